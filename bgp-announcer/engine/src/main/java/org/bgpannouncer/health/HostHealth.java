package org.bgpannouncer.health;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Predicate;
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
 * state      of the named aspects                of all aspects
 * DOWN       one is HARD, and fails still        -
 * NOT_READY  one is not OK                       one says NOT_READY
 * DOWN       one is HARD                         -
 * INIT       one has no verdict                  -
 * DEGRADED   all OK                              one is HARD, or a check is SOFT
 * UP         all OK                              nothing to remark
 * </pre>
 *
 * <p>NOT_READY of any configured aspect, named or not, keeps every aspect that is not OK from
 * becoming so: a node in its initial block download answers every ping, but has no blocks for
 * clients (requirements 2.5: healthy is "no HARD and B5 ready"). It moves nothing that is OK, and
 * says nothing about an adopted route; how long the word stands is {@link NotReady}'s business.
 * Nothing else of an aspect that a service does not name keeps a host from being fit for it: not
 * that it fails, not that we cannot ask it, not that it was never observed.
 *
 * <p>A mute node (connected, but no answer) is SOFT until it has been mute for {@code stall-down}
 * while RPC is dead too or not configured, or for {@code stall-down-alone} whatever RPC says: then
 * it is HARD ({@link Stall}). Liveness that answers with a refusal is not dead, nor is one that we
 * could not ask.
 */
public final class HostHealth {
  /** How long a check may be UNKNOWN before somebody should mend what is ours (M02). */
  public static final Duration UNKNOWN_BORNE = Duration.ofMinutes(10);

  private final HealthThresholds thresholds;
  private final Set<Aspect> configured;
  private final Map<Aspect, AspectHealth> aspects;

  /** The word of the host that it is still starting, by whatever aspect; empty if it is not. */
  private final Optional<NotReady> starting;

  private HostHealth(
      HealthThresholds thresholds,
      Set<Aspect> configured,
      Map<Aspect, AspectHealth> aspects,
      Optional<NotReady> starting) {
    this.thresholds = thresholds;
    this.configured = configured;
    this.aspects = aspects;
    this.starting = starting;
  }

  /** A host of which nothing is known. */
  public static HostHealth unobserved(HealthThresholds thresholds, Set<Aspect> configured) {
    return new HostHealth(
        thresholds,
        Collections.unmodifiableSet(
            configured.isEmpty() ? EnumSet.noneOf(Aspect.class) : EnumSet.copyOf(configured)),
        new EnumMap<>(Aspect.class),
        Optional.empty());
  }

  /** This host after one more observation; one of an aspect not configured changes nothing. */
  public HostHealth after(Observation observation, long nowNanos) {
    Aspect aspect = observation.check().aspect();
    if (!configured.contains(aspect)) {
      return this;
    }
    Map<Aspect, AspectHealth> next = new EnumMap<>(aspects);
    next.put(aspect, aspect(aspect).after(observation, thresholds, nowNanos));
    return settled(next, nowNanos);
  }

  /** This host once {@code nowNanos} has come: a hold-down may have ended, a stall expired. */
  public HostHealth at(long nowNanos) {
    return settled(new EnumMap<>(aspects), nowNanos);
  }

  private HostHealth settled(Map<Aspect, AspectHealth> next, long nowNanos) {
    Optional<NotReady> word = starting(next, nowNanos);
    for (Map.Entry<Aspect, AspectHealth> aspect : next.entrySet()) {
      AspectHealth health = aspect.getValue();
      aspect.setValue(word.isPresent() ? health.interrupted() : health.risen(thresholds, nowNanos));
    }
    expireStalls(next, nowNanos);
    return new HostHealth(thresholds, configured, next, word);
  }

  private static Optional<NotReady> starting(Map<Aspect, AspectHealth> next, long nowNanos) {
    for (AspectHealth aspect : next.values()) {
      Optional<NotReady> word = aspect.notReady(nowNanos);
      if (word.isPresent()) {
        return word;
      }
    }
    return Optional.empty();
  }

  /**
   * This host under another configuration: counts and verdicts stay, aspects that are no longer
   * probed are forgotten, and so are checks that do not go on: their last word would hold the host
   * back for ever. An aspect of which no check goes on has to rise anew.
   *
   * @param continues whether a check goes on, and speaks of the same thing as before
   */
  public HostHealth reconfigured(
      HealthThresholds newThresholds, Set<Aspect> newConfigured, Predicate<Check> continues) {
    HostHealth bare = unobserved(newThresholds, newConfigured);
    Map<Aspect, AspectHealth> kept = new EnumMap<>(aspects);
    kept.keySet().retainAll(bare.configured);
    kept.replaceAll((aspect, health) -> health.keeping(continues));
    kept.values().removeIf(health -> health.checks().isEmpty());
    return new HostHealth(
        newThresholds,
        bare.configured,
        kept,
        starting
            .filter(word -> kept.containsKey(word.said().check().aspect()))
            .filter(word -> continues.test(word.said().check())));
  }

  private void expireStalls(Map<Aspect, AspectHealth> next, long nowNanos) {
    AspectHealth p2p = next.get(Aspect.P2P);
    if (p2p == null || p2p.verdict() == Verdict.HARD) {
      return;
    }
    long bound = boundNanos(next);
    for (CheckHealth check : p2p.checks()) {
      if (check.isMuteFor(bound, thresholds, nowNanos)) {
        next.put(Aspect.P2P, p2p.stallExpired(check, expiryDetail(next)));
        return;
      }
    }
  }

  private String expiryDetail(Map<Aspect, AspectHealth> next) {
    String rpc = "no RPC to ask";
    if (configured.contains(Aspect.RPC)) {
      Outcome last = liveness(next).map(Observation::outcome).orElse(Outcome.UNKNOWN);
      rpc =
          isRpcDead(next)
              ? "RPC does not answer"
              : last == Outcome.UNKNOWN ? "RPC could not be asked" : "although RPC answers";
    }
    return "mute for " + Duration.ofNanos(boundNanos(next)).toSeconds() + " s, " + rpc;
  }

  private long boundNanos(Map<Aspect, AspectHealth> next) {
    boolean alone = configured.contains(Aspect.RPC) && !isRpcDead(next);
    return (alone ? thresholds.stallDownAlone() : thresholds.stallDown()).toNanos();
  }

  private static boolean isRpcDead(Map<Aspect, AspectHealth> next) {
    return liveness(next).filter(Stall::isDead).isPresent();
  }

  private static Optional<Observation> liveness(Map<Aspect, AspectHealth> next) {
    return next.getOrDefault(Aspect.RPC, AspectHealth.UNOBSERVED).last(Check.RPC_LIVENESS);
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
      for (CheckHealth check : p2p.checks()) {
        OptionalLong expires = check.muteAtNanos(boundNanos(aspects));
        if (expires.isPresent()) {
          soonest = found ? earlier(soonest, expires.getAsLong()) : expires.getAsLong();
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
    if (starting.isPresent() && !(state == HostState.DOWN && fails(by))) {
      Observation said = starting.get().said();
      return new HostVerdict(HostState.NOT_READY, said.reason(), join(said.check(), said.detail()));
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

  private boolean fails(Set<Aspect> by) {
    return by.stream()
        .flatMap(named -> aspect(named).checks().stream())
        .map(CheckHealth::last)
        .anyMatch(last -> last.outcome() == Outcome.HARD || Stall.isStall(last));
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
        boolean mute = Stall.isStall(check.last());
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
                && check.muteAtNanos(thresholds.stallDown().toNanos()).isPresent()
                && !check.isMuteFor(thresholds.stallDown().toNanos(), thresholds, nowNanos);
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
    return p2p.checks().stream()
        .map(check -> check.muteAtNanos(boundNanos(aspects)))
        .flatMapToLong(OptionalLong::stream)
        .map(expires -> Math.max(0, expires - nowNanos))
        .min();
  }

  /**
   * The check that has been UNKNOWN without interruption for longest, or empty if there is none.
   * Passed over is one that another check of its aspect explains, by saying meanwhile what ails the
   * host: the chain is not asked while liveness is refused, and nothing of ours is to mend then.
   */
  public Optional<CheckHealth> unknown() {
    CheckHealth longest = null;
    for (AspectHealth aspect : aspects.values()) {
      for (CheckHealth check : aspect.checks()) {
        OptionalLong since = check.spans().unknownNanos();
        if (since.isPresent()
            && !aspect.explainsSince(since.getAsLong())
            && (longest == null
                || since.getAsLong() - longest.spans().unknownNanos().getAsLong() < 0)) {
          longest = check;
        }
      }
    }
    return Optional.ofNullable(longest);
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
