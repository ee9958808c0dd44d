package org.bgpannouncer.health;

import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.bgpannouncer.probe.Aspect;
import org.bgpannouncer.probe.Check;
import org.bgpannouncer.probe.Observation;
import org.bgpannouncer.probe.Outcome;
import org.bgpannouncer.probe.Pace;
import org.bgpannouncer.probe.Reason;

/**
 * Everything that the observations of one host add up to. Immutable; time is handed in.
 *
 * <p>Counts are kept per check ({@link CheckHealth}), verdicts per aspect ({@link AspectHealth}),
 * and a service asks for the state by the aspects it names: {@link #verdict}.
 *
 * <pre>
 * state      of the named aspects                           and of the others
 * DOWN       one is HARD                                    -
 * NOT_READY  one is not OK, and one says NOT_READY          -
 * INIT       one has no verdict                             -
 * DEGRADED   all OK, and a check is SOFT                    or one is HARD, or a check is SOFT
 * UP         all OK, nothing to remark                      nothing to remark
 * </pre>
 *
 * <p>A mute node (connected, but no answer) is SOFT until it has been mute for {@code stall-down}
 * while RPC's liveness does not answer either, or for {@code stall-down-alone} whatever RPC says:
 * then it is HARD.
 */
public final class HostHealth {
  private final HealthThresholds thresholds;
  private final Set<Aspect> configured;
  private final Map<Aspect, AspectHealth> aspects;

  private HostHealth(
      HealthThresholds thresholds, Set<Aspect> configured, Map<Aspect, AspectHealth> aspects) {
    this.thresholds = thresholds;
    this.configured = configured;
    this.aspects = aspects;
  }

  /** A host of which nothing is known. */
  public static HostHealth unobserved(HealthThresholds thresholds, Set<Aspect> configured) {
    return new HostHealth(
        thresholds,
        Collections.unmodifiableSet(
            configured.isEmpty() ? EnumSet.noneOf(Aspect.class) : EnumSet.copyOf(configured)),
        new EnumMap<>(Aspect.class));
  }

  /** This host after one more observation; one of an aspect not configured changes nothing. */
  public HostHealth after(Observation observation, long nowNanos) {
    Aspect aspect = observation.check().aspect();
    if (!configured.contains(aspect)) {
      return this;
    }
    Map<Aspect, AspectHealth> next = new EnumMap<>(aspects);
    next.put(aspect, aspect(aspect).after(observation, thresholds, nowNanos));
    expireStalls(next, nowNanos);
    return new HostHealth(thresholds, configured, next);
  }

  /** This host once {@code nowNanos} has come: a hold-down may have ended, a stall expired. */
  public HostHealth at(long nowNanos) {
    Map<Aspect, AspectHealth> next = new EnumMap<>(aspects);
    next.replaceAll((aspect, health) -> health.risen(thresholds, nowNanos));
    expireStalls(next, nowNanos);
    return new HostHealth(thresholds, configured, next);
  }

  /**
   * This host under another configuration: counts and verdicts stay, aspects that are no longer
   * probed are forgotten.
   */
  public HostHealth reconfigured(HealthThresholds newThresholds, Set<Aspect> newConfigured) {
    HostHealth next = unobserved(newThresholds, newConfigured);
    aspects.forEach(
        (aspect, health) -> {
          if (next.configured.contains(aspect)) {
            next.aspects.put(aspect, health);
          }
        });
    return next;
  }

  private void expireStalls(Map<Aspect, AspectHealth> next, long nowNanos) {
    AspectHealth p2p = next.get(Aspect.P2P);
    if (p2p == null || p2p.verdict() == Verdict.HARD) {
      return;
    }
    boolean rpcAnswers = rpcAnswers(next);
    for (CheckHealth check : p2p.checks()) {
      if (check.stalledSinceNanos().isPresent()) {
        long muteNanos = nowNanos - check.stalledSinceNanos().getAsLong();
        if (muteNanos >= boundNanos(rpcAnswers)) {
          next.put(Aspect.P2P, p2p.stallExpired(check, expiryDetail(next, rpcAnswers)));
          return;
        }
      }
    }
  }

  private String expiryDetail(Map<Aspect, AspectHealth> next, boolean rpcAnswers) {
    if (rpcAnswers) {
      return "mute for " + thresholds.stallDownAlone().toSeconds() + " s, although RPC answers";
    }
    String rpc = next.containsKey(Aspect.RPC) ? "RPC does not answer" : "no RPC to ask";
    return "mute for " + thresholds.stallDown().toSeconds() + " s, " + rpc;
  }

  private long boundNanos(boolean rpcAnswers) {
    return (rpcAnswers ? thresholds.stallDownAlone() : thresholds.stallDown()).toNanos();
  }

  private static boolean rpcAnswers(Map<Aspect, AspectHealth> aspects) {
    AspectHealth rpc = aspects.get(Aspect.RPC);
    return rpc != null
        && rpc.checks().stream()
            .anyMatch(
                check -> check.check().equals(Check.RPC_LIVENESS) && Stall.answered(check.last()));
  }

  /** When {@link #at} will next have something to do, if nothing is observed before. */
  public OptionalLong nextDeadlineNanos() {
    long soonest = Long.MAX_VALUE;
    boolean found = false;
    for (AspectHealth aspect : aspects.values()) {
      if (aspect.waitsForHoldDown(thresholds)) {
        long ends = aspect.healthySinceNanos().getAsLong() + thresholds.holdDown().toNanos();
        soonest = found ? earlier(soonest, ends) : ends;
        found = true;
      }
    }
    AspectHealth p2p = aspect(Aspect.P2P);
    if (p2p.verdict() != Verdict.HARD) {
      long bound = boundNanos(rpcAnswers(aspects));
      for (CheckHealth check : p2p.checks()) {
        if (check.stalledSinceNanos().isPresent()) {
          long expires = check.stalledSinceNanos().getAsLong() + bound;
          soonest = found ? earlier(soonest, expires) : expires;
          found = true;
        }
      }
    }
    return found ? OptionalLong.of(soonest) : OptionalLong.empty();
  }

  // nanoTime may wrap around: compare differences only.
  private static long earlier(long left, long right) {
    return left - right <= 0 ? left : right;
  }

  /** What the host is worth to a service that names {@code by}. */
  public HostVerdict verdict(Set<Aspect> by) {
    for (Aspect aspect : by) {
      AspectHealth health = aspect(aspect);
      if (health.verdict() == Verdict.HARD) {
        return unfit(by, HostState.DOWN, aspect, health);
      }
    }
    for (Aspect aspect : by) {
      AspectHealth health = aspect(aspect);
      if (health.verdict() != Verdict.OK) {
        return unfit(by, HostState.INIT, aspect, health);
      }
    }
    for (Map.Entry<Aspect, AspectHealth> entry : aspects.entrySet()) {
      AspectHealth health = entry.getValue();
      if (health.verdict() == Verdict.HARD) {
        return new HostVerdict(HostState.DEGRADED, health.causeReason(), detail(health));
      }
      Optional<CheckHealth> soft = health.soft();
      if (soft.isPresent()) {
        Observation cause = soft.get().cause();
        return new HostVerdict(
            HostState.DEGRADED, cause.reason(), join(cause.check(), cause.detail()));
      }
    }
    return new HostVerdict(HostState.UP, Reason.PASSED, "");
  }

  private HostVerdict unfit(Set<Aspect> by, HostState state, Aspect aspect, AspectHealth health) {
    for (Aspect named : by) {
      for (CheckHealth check : aspect(named).checks()) {
        if (check.last().outcome() == Outcome.NOT_READY) {
          return new HostVerdict(
              HostState.NOT_READY,
              check.last().reason(),
              join(check.check(), check.last().detail()));
        }
      }
    }
    if (health.checks().isEmpty()) {
      return new HostVerdict(state, Reason.UNOBSERVED, aspect.key() + " not observed yet");
    }
    if (health.cause().isPresent()) {
      return new HostVerdict(state, health.causeReason(), detail(health));
    }
    Observation last =
        health.checks().stream()
            .filter(CheckHealth::blocksRise)
            .findFirst()
            .orElse(health.checks().get(0))
            .last();
    return new HostVerdict(state, last.reason(), join(last.check(), last.detail()));
  }

  private static String detail(AspectHealth health) {
    return health.cause().map(check -> join(check, health.causeDetail())).orElse("");
  }

  private static String join(Check check, String detail) {
    return detail.isEmpty() ? check.toString() : check + " " + detail;
  }

  /** What the observations of the named aspects speak for while there is no verdict. */
  public Evidence evidence(Set<Aspect> by) {
    boolean all = true;
    for (Aspect aspect : by) {
      boolean one = false;
      for (CheckHealth check : aspect(aspect).checks()) {
        Outcome outcome = check.last().outcome();
        boolean mute = outcome == Outcome.SOFT && check.last().reason() == Reason.STALL;
        if (outcome == Outcome.HARD) {
          return Evidence.AGAINST;
        }
        one |= outcome == Outcome.OK || (outcome == Outcome.SOFT && !mute);
      }
      all &= one;
    }
    return all ? Evidence.FOR : Evidence.NONE;
  }

  /** How urgently more observations are wanted. */
  public Pace pace(long nowNanos) {
    for (AspectHealth aspect : aspects.values()) {
      if (aspect.isRising(thresholds)) {
        return Pace.FAST;
      }
      for (CheckHealth check : aspect.checks()) {
        boolean stalling =
            aspect.verdict() != Verdict.HARD
                && check.stalledSinceNanos().isPresent()
                && nowNanos - check.stalledSinceNanos().getAsLong()
                    < thresholds.stallDown().toNanos();
        if (stalling || check.isUndecided(thresholds)) {
          return Pace.FAST;
        }
      }
    }
    return Pace.NORMAL;
  }

  /** How far the named aspects are from rising; empty if they need not, or something blocks. */
  public Optional<Rise> rise(Set<Aspect> by, long nowNanos) {
    Optional<Rise> slowest = Optional.empty();
    for (Aspect named : by) {
      AspectHealth health = aspect(named);
      if (health.verdict() == Verdict.OK || health.healthySinceNanos().isEmpty()) {
        continue;
      }
      Rise rise =
          new Rise(
              Math.min(health.passes(), thresholds.rise()),
              thresholds.rise(),
              Math.max(
                  0,
                  thresholds.holdDown().toNanos()
                      - (nowNanos - health.healthySinceNanos().getAsLong())));
      if (slowest.isEmpty() || rise.isLaterThan(slowest.get())) {
        slowest = Optional.of(rise);
      }
    }
    return slowest;
  }

  /** When the stall of a peer-to-peer check expires, or empty if there is none. */
  public OptionalLong stallLeftNanos(long nowNanos) {
    AspectHealth p2p = aspect(Aspect.P2P);
    if (p2p.verdict() == Verdict.HARD) {
      return OptionalLong.empty();
    }
    long bound = boundNanos(rpcAnswers(aspects));
    return p2p.checks().stream()
        .filter(check -> check.stalledSinceNanos().isPresent())
        .mapToLong(check -> Math.max(0, bound - (nowNanos - check.stalledSinceNanos().getAsLong())))
        .min();
  }

  /** Every check observed so far, by aspect. */
  public List<CheckHealth> checks() {
    List<CheckHealth> all = new ArrayList<>();
    aspects.values().forEach(aspect -> all.addAll(aspect.checks()));
    return all;
  }

  /** The thresholds it is judged by. */
  public HealthThresholds thresholds() {
    return thresholds;
  }

  private AspectHealth aspect(Aspect aspect) {
    return aspects.getOrDefault(aspect, AspectHealth.UNOBSERVED);
  }

  /**
   * How far a host is from rising.
   *
   * @param passes so far
   * @param needed passes needed
   * @param holdDownLeftNanos what is left of the hold-down; zero when it is over
   */
  public record Rise(int passes, int needed, long holdDownLeftNanos) {
    boolean isLaterThan(Rise other) {
      return holdDownLeftNanos != other.holdDownLeftNanos
          ? holdDownLeftNanos > other.holdDownLeftNanos
          : needed - passes > other.needed - other.passes;
    }
  }
}
