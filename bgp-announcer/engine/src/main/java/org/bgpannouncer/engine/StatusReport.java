package org.bgpannouncer.engine;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.bgpannouncer.announcement.ServiceConfig;
import org.bgpannouncer.health.CheckHealth;
import org.bgpannouncer.health.HostHealth;
import org.bgpannouncer.observe.AnnouncerEvent;
import org.bgpannouncer.observe.StatusSnapshot;
import org.bgpannouncer.observe.StatusSnapshot.CheckStatus;
import org.bgpannouncer.observe.StatusSnapshot.EngineStatus;
import org.bgpannouncer.observe.StatusSnapshot.HostStatus;
import org.bgpannouncer.observe.StatusSnapshot.HostUnknown;
import org.bgpannouncer.observe.StatusSnapshot.NextChange;
import org.bgpannouncer.observe.StatusSnapshot.RoutePhase;
import org.bgpannouncer.observe.StatusSnapshot.RouteStatus;
import org.bgpannouncer.observe.StatusSnapshot.ServiceStatus;
import org.bgpannouncer.probe.Aspect;
import org.bgpannouncer.reconcile.PathState;
import org.bgpannouncer.reconcile.WithdrawDelay;
import org.bgpannouncer.route.Prefix;

/** Takes a snapshot of a site; runs on the engine's loop. */
final class StatusReport {
  private StatusReport() {}

  static StatusSnapshot of(Site site, Instant since, EngineStatus engine) {
    long nowNanos = site.timers().nanoTime();
    return new StatusSnapshot(
        site.config.site(),
        site.clock.instant(),
        since,
        site.config.dryRun(),
        site.speakerState.status(),
        site.hosts.values().stream().map(host -> host(host, nowNanos)).toList(),
        site.services.values().stream().map(service -> service(site, service, nowNanos)).toList(),
        site.reconciler.states(nowNanos).stream().map(state -> route(site, state)).toList(),
        engine);
  }

  private static HostStatus host(HostSlot host, long nowNanos) {
    List<CheckStatus> checks = new ArrayList<>();
    host.health
        .checks()
        .forEach(
            check ->
                checks.add(
                    new CheckStatus(check, Duration.ofNanos(nowNanos - check.last().atNanos()))));
    return new HostStatus(
        host.config.name(),
        host.config.address(),
        host.verdict.state(),
        host.verdict.reason(),
        host.verdict.detail(),
        host.since,
        next(host.health, host.by, nowNanos),
        Optional.ofNullable(host.drain),
        host.health
            .unknown()
            .map(check -> unknown(check, nowNanos))
            .filter(unknown -> unknown.lasting().compareTo(HostHealth.UNKNOWN_BORNE) >= 0),
        checks);
  }

  private static HostUnknown unknown(CheckHealth check, long nowNanos) {
    return new HostUnknown(
        check.check(), Duration.ofNanos(nowNanos - HostSlot.unknownSinceNanos(check)));
  }

  private static Optional<NextChange> next(HostHealth health, Set<Aspect> by, long nowNanos) {
    Optional<HostHealth.Rise> rise = health.rise(by, nowNanos);
    if (rise.isPresent()) {
      return Optional.of(next(rise.get()));
    }
    if (health.stallLeftNanos(nowNanos).isPresent()) {
      Duration left = Duration.ofNanos(health.stallLeftNanos(nowNanos).getAsLong());
      return Optional.of(
          new NextChange("stall-down", Optional.of(left), "stall-down in " + seconds(left)));
    }
    return Optional.empty();
  }

  private static NextChange next(HostHealth.Rise rise) {
    Duration left = Duration.ofNanos(rise.holdDownLeftNanos());
    String passes = rise.passes() + " of " + rise.needed() + " passes";
    if (rise.passes() < rise.needed()) {
      String text = left.isZero() ? passes : passes + ", hold-down " + seconds(left) + " left";
      return new NextChange("rise", Optional.empty(), text);
    }
    return new NextChange("hold-down", Optional.of(left), "hold-down " + seconds(left) + " left");
  }

  private static String seconds(Duration left) {
    return (left.toMillis() + 999) / 1000 + " s";
  }

  private static ServiceStatus service(Site site, ServiceSlot service, long nowNanos) {
    ServiceConfig config = service.config;
    String reason = service.decision.reason();
    if (!service.routes.refused().isEmpty()) {
      reason += "; refused: " + String.join(", ", service.routes.refused());
    }
    return new ServiceStatus(
        config.name(),
        service.decision.state(),
        reason,
        service.since,
        next(site, service, nowNanos),
        service.decision.fitHosts(),
        config.atLeast(),
        config.prefixes());
  }

  private static Optional<NextChange> next(Site site, ServiceSlot service, long nowNanos) {
    if (service.decision.nextDeadlineNanos().isPresent()) {
      Duration left =
          Duration.ofNanos(
              Math.max(0, service.decision.nextDeadlineNanos().getAsLong() - nowNanos));
      return Optional.of(
          new NextChange(
              "adopt-for",
              Optional.of(left),
              "adopted route kept for " + seconds(left) + " without a verdict"));
    }
    if (service.decision.state().isAnnounced()) {
      return Optional.empty();
    }
    for (String name : service.config.hosts()) {
      HostSlot host = site.hosts.get(name);
      if (host != null) {
        Optional<NextChange> change = next(host.health, service.config.by(), nowNanos);
        if (change.isPresent()) {
          NextChange found = change.get();
          return Optional.of(
              new NextChange(found.what(), found.left(), name + ": " + found.text()));
        }
      }
    }
    return Optional.empty();
  }

  private static RouteStatus route(Site site, PathState state) {
    return new RouteStatus(
        state.nlri(),
        Optional.ofNullable(site.owners.get(state.nlri().prefix())).map(slot -> slot.config.name()),
        state.wished(),
        state.acknowledged(),
        phase(state),
        reason(site, state.nlri().prefix(), state.rejection()),
        state.attempts());
  }

  /** Why a prefix is wished or not, and what the speaker said to that, if anything. */
  private static String reason(Site site, Prefix prefix, String spoken) {
    ServiceSlot service = site.owners.get(prefix);
    String reason = service == null ? "of no service: withdrawn" : service.decision.reason();
    return spoken.isEmpty() ? reason : reason + "; speaker: " + spoken;
  }

  /** A delay of a withdraw as an event. */
  static AnnouncerEvent overdue(Site site, WithdrawDelay delay, Instant at) {
    String why =
        switch (delay.end()) {
          case NONE ->
              reason(
                  site,
                  delay.nlri().prefix(),
                  Stream.of(delay.rejection(), site.speakerState.reason(), "no receipt yet")
                      .filter(text -> !text.isEmpty())
                      .findFirst()
                      .orElseThrow());
          case WITHDRAWN -> "withdrawn";
          case REPLACED -> "a route is wished again";
        };
    return new AnnouncerEvent.WithdrawOverdue(
        at,
        site.config.site(),
        delay.nlri(),
        Duration.ofNanos(delay.nanos()),
        delay.end() != WithdrawDelay.End.NONE,
        why);
  }

  private static RoutePhase phase(PathState state) {
    if (state.settled()) {
      return RoutePhase.SETTLED;
    }
    if (state.overdue()) {
      return RoutePhase.OVERDUE;
    }
    return state.attempts() > 1 || !state.rejection().isEmpty()
        ? RoutePhase.RETRYING
        : RoutePhase.PENDING;
  }
}
