package org.bgpannouncer.engine;

import java.time.Instant;
import java.util.EnumSet;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.bgpannouncer.health.CheckHealth;
import org.bgpannouncer.health.HostHealth;
import org.bgpannouncer.health.HostVerdict;
import org.bgpannouncer.observe.StatusSnapshot.HostDrain;
import org.bgpannouncer.probe.Aspect;
import org.bgpannouncer.probe.HostTarget;
import org.bgpannouncer.probe.Pace;
import org.bgpannouncer.probe.Probe;
import org.jspecify.annotations.Nullable;

/** What the engine holds of one host; confined to its loop. */
final class HostSlot {
  /** How often it is said again that a host is UNKNOWN. */
  private static final long WARN_AGAIN_NANOS = TimeUnit.HOURS.toNanos(1);

  HostConfig config;
  HostHealth health;
  Probe probe;
  Pace pace = Pace.NORMAL;

  /** The aspects that any service names; by them the host's own state is judged. */
  Set<Aspect> by;

  HostVerdict verdict;
  Instant since;

  /** The operator's word that it is to serve no new client. */
  @Nullable HostDrain drain;

  /** When that ends by itself; of no meaning without it. */
  long drainUntilNanos;

  final Alarm alarm;
  private OptionalLong warnedNanos = OptionalLong.empty();

  HostSlot(
      HostConfig config,
      HostHealth health,
      Probe probe,
      Set<Aspect> by,
      Instant since,
      Alarm alarm) {
    this.config = config;
    this.health = health;
    this.probe = probe;
    this.by = by;
    this.verdict = health.verdict(by);
    this.since = since;
    this.alarm = alarm;
  }

  /** The check to warn of now, because it is UNKNOWN for too long; at most once an hour. */
  Optional<CheckHealth> warning(long nowNanos) {
    OptionalLong due = warningDueNanos();
    if (due.isEmpty() || due.getAsLong() - nowNanos > 0) {
      return Optional.empty();
    }
    warnedNanos = OptionalLong.of(nowNanos);
    return health.unknown();
  }

  private OptionalLong warningDueNanos() {
    Optional<CheckHealth> unknown = health.unknown();
    if (unknown.isEmpty()) {
      return OptionalLong.empty();
    }
    long due = unknownSinceNanos(unknown.get()) + HostHealth.UNKNOWN_BORNE.toNanos();
    if (warnedNanos.isPresent()) {
      long again = warnedNanos.getAsLong() + WARN_AGAIN_NANOS;
      return OptionalLong.of(due - again > 0 ? due : again);
    }
    return OptionalLong.of(due);
  }

  static long unknownSinceNanos(CheckHealth unknown) {
    return unknown.spans().unknownNanos().getAsLong();
  }

  /**
   * When it will next change, be warned of or be drained no more, if nothing is observed before.
   */
  OptionalLong nextDeadlineNanos() {
    OptionalLong ends = drain == null ? OptionalLong.empty() : OptionalLong.of(drainUntilNanos);
    return earlier(earlier(health.nextDeadlineNanos(), warningDueNanos()), ends);
  }

  private static OptionalLong earlier(OptionalLong left, OptionalLong right) {
    if (left.isEmpty() || right.isEmpty()) {
      return left.isPresent() ? left : right;
    }
    return left.getAsLong() - right.getAsLong() < 0 ? left : right;
  }

  /** The aspects a target has probes for. */
  static Set<Aspect> aspectsOf(HostTarget target) {
    Set<Aspect> aspects = EnumSet.noneOf(Aspect.class);
    target.p2p().ifPresent(p2p -> aspects.add(Aspect.P2P));
    target.rpc().ifPresent(rpc -> aspects.add(Aspect.RPC));
    if (!target.zmq().isEmpty()) {
      aspects.add(Aspect.ZMQ);
    }
    if (!target.tcp().isEmpty()) {
      aspects.add(Aspect.TCP);
    }
    if (!target.http().isEmpty()) {
      aspects.add(Aspect.HTTP);
    }
    return aspects;
  }

  /** The aspects that any of {@code site}'s services names for {@code host}, or all it has. */
  static Set<Aspect> namedFor(HostConfig host, SiteConfig site) {
    Set<Aspect> named = EnumSet.noneOf(Aspect.class);
    site.services().stream()
        .filter(service -> service.hosts().contains(host.name()))
        .forEach(service -> named.addAll(service.by()));
    return named.isEmpty() ? aspectsOf(host.target()) : named;
  }
}
