package org.bgpannouncer.engine;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.bgpannouncer.decision.ServiceState;
import org.bgpannouncer.health.HostHealth;
import org.bgpannouncer.health.HostVerdict;
import org.bgpannouncer.observe.AnnouncerEvent;
import org.bgpannouncer.observe.StatusSnapshot.HostDrain;
import org.bgpannouncer.probe.Observation;
import org.bgpannouncer.probe.Pace;
import org.bgpannouncer.reconcile.Reconciler;
import org.bgpannouncer.route.IpAddress;
import org.bgpannouncer.route.Nlri;
import org.bgpannouncer.route.Prefix;
import org.bgpannouncer.route.Rib;
import org.bgpannouncer.route.Route;
import org.bgpannouncer.route.RouteChange;
import org.bgpannouncer.speaker.RibUpdate;
import org.bgpannouncer.speaker.SpeakerEvent;
import org.jspecify.annotations.Nullable;

/**
 * The state of a site and what moves it: observations, receipts, the passing of time. Everything
 * that changes while the announcer runs is here, and confined to the engine's loop.
 *
 * <p>A step first works out what follows and tells the speaker; then paces, timers and events,
 * which nobody waits for.
 */
final class Site {
  final SpeakerState speakerState;
  final Reconciler reconciler = new Reconciler();
  final InstantSource clock;

  /** What happened in the step under way; the engine publishes it afterwards. */
  final List<AnnouncerEvent> events = new ArrayList<>();

  private final Timers timers;
  private final FencedSpeaker speaker;

  SiteConfig config;
  Map<String, HostSlot> hosts = new LinkedHashMap<>();
  Map<String, ServiceSlot> services = new LinkedHashMap<>();
  Map<Prefix, ServiceSlot> owners = new HashMap<>();
  private Map<String, List<ServiceSlot>> servicesOf = new HashMap<>();
  private Map<String, IpAddress> addresses = new HashMap<>();
  private Rib target = Rib.EMPTY;
  private boolean everSynchronised;
  private OptionalLong adoptUntilNanos = OptionalLong.empty();

  /** What was withdrawn although the speaker has not said what it holds. */
  private final Set<Nlri> withdrawnUnseen = new HashSet<>();

  Site(SiteConfig config, FencedSpeaker speaker, Timers timers, InstantSource clock) {
    this.config = config;
    this.speaker = speaker;
    this.timers = timers;
    this.clock = clock;
    this.speakerState = new SpeakerState(clock.instant());
  }

  Timers timers() {
    return timers;
  }

  Rib target() {
    return target;
  }

  /** Puts a configuration and the slots made for it in force. */
  void install(
      SiteConfig next, Map<String, HostSlot> nextHosts, Map<String, ServiceSlot> nextServices) {
    config = next;
    hosts = nextHosts;
    services = nextServices;
    servicesOf = new HashMap<>();
    owners = new HashMap<>();
    for (ServiceSlot service : services.values()) {
      service.config.prefixes().forEach(prefix -> owners.put(prefix, service));
      service
          .config
          .hosts()
          .forEach(host -> servicesOf.computeIfAbsent(host, h -> new ArrayList<>()).add(service));
    }
    addresses = next.addresses();
    speaker.scopes(next::scopeOf);
  }

  /** From now on what a predecessor left has {@code adopt-for} to be confirmed. */
  void started() {
    adoptUntilNanos = OptionalLong.of(timers.nanoTime() + config.adoptFor().toNanos());
    if (!everSynchronised) {
      timers.ofUnseen().set(adoptUntilNanos);
    }
  }

  /** The speaker still has not said what it holds. */
  void unseenDue() {
    long nowNanos = timers.nanoTime();
    withdrawUnseen(services.values(), true, nowNanos);
    timers.ofUnseen().set(OptionalLong.of(nowNanos + Reconciler.RECEIPT_NANOS));
  }

  /**
   * Withdraws what a predecessor may have left for services that would not adopt it, or for hosts
   * that have failed: a withdraw of nothing costs one UPDATE, a leftover of a dead host all its
   * clients.
   *
   * @param again whether also what was withdrawn before, because it may have been refused
   */
  private void withdrawUnseen(Collection<ServiceSlot> candidates, boolean again, long nowNanos) {
    if (everSynchronised || adoptUntilNanos.isEmpty()) {
      return;
    }
    List<RouteChange> withdraws = new ArrayList<>();
    for (ServiceSlot service : candidates) {
      Optional<String> reason = service.wouldGiveUp(adoptUntilNanos.getAsLong(), nowNanos);
      if (reason.isPresent()) {
        withdrawUnseen(service.config.paths(addresses), reason.get(), again, withdraws);
      } else {
        withdrawUnseen(service.failedPaths(addresses), "its host has failed", again, withdraws);
      }
    }
    if (!withdraws.isEmpty()) {
      reconciler.wish(withdraws, nowNanos); // so that their receipts are waited for
      tell(withdraws, nowNanos);
      awaitReceipts(nowNanos);
    }
  }

  private void withdrawUnseen(
      Collection<Nlri> paths, String reason, boolean again, List<RouteChange> withdraws) {
    for (Nlri nlri : paths) {
      boolean first = withdrawnUnseen.add(nlri);
      if (first) {
        events.add(
            new AnnouncerEvent.RouteWished(
                clock.instant(),
                config.site(),
                nlri,
                Optional.empty(),
                Optional.empty(),
                reason + "; the speaker has not said what it holds"));
      }
      if (first || again) {
        withdraws.add(new RouteChange.Withdraw(nlri));
      }
    }
  }

  void observed(Observation observation) {
    HostSlot host = hosts.get(observation.host());
    if (host != null) { // else: removed by a reload, its last observation still under way
      long nowNanos = timers.nanoTime();
      hostChanged(host, host.health.after(observation, nowNanos), nowNanos);
    }
  }

  void hostDue(String name) {
    HostSlot host = hosts.get(name);
    if (host != null) {
      long nowNanos = timers.nanoTime();
      if (host.drain != null && nowNanos - host.drainUntilNanos >= 0) {
        drained(host, null, "its time is over");
      }
      hostChanged(host, host.health.at(nowNanos), nowNanos);
    }
  }

  /** Notes that a host is drained from now on, or no more. */
  void drained(HostSlot host, @Nullable HostDrain drain, String reason) {
    host.drain = drain;
    events.add(
        new AnnouncerEvent.HostDrained(
            clock.instant(),
            config.site(),
            host.config.name(),
            Optional.ofNullable(drain).map(HostDrain::until),
            reason));
  }

  /** The services that a host is of. */
  List<ServiceSlot> servicesOf(String host) {
    return servicesOf.getOrDefault(host, List.of());
  }

  void serviceDue(String name) {
    ServiceSlot service = services.get(name);
    if (service != null) {
      decide(List.of(service), timers.nanoTime());
    }
  }

  private void hostChanged(HostSlot host, HostHealth health, long nowNanos) {
    host.health = health;
    String name = host.config.name();
    HostVerdict before = host.verdict;
    host.verdict = health.verdict(host.by);
    if (before.state() != host.verdict.state()) {
      host.since = clock.instant();
      events.add(
          new AnnouncerEvent.HostTransition(
              host.since,
              config.site(),
              name,
              before.state(),
              host.verdict.state(),
              host.verdict.reason(),
              host.verdict.detail()));
    }
    List<ServiceSlot> concerned = new ArrayList<>();
    for (ServiceSlot service : servicesOf(name)) {
      if (service.look(host)) {
        concerned.add(service);
      }
    }
    decide(concerned, nowNanos);
    Pace pace = health.pace(nowNanos);
    if (pace != host.pace) {
      host.probe.pace(pace);
      host.pace = pace;
    }
    warnOfUnknown(host, nowNanos);
    host.alarm.set(host.nextDeadlineNanos());
  }

  private void warnOfUnknown(HostSlot host, long nowNanos) {
    host.warning(nowNanos)
        .ifPresent(
            check ->
                events.add(
                    new AnnouncerEvent.HostUnknown(
                        clock.instant(),
                        config.site(),
                        host.config.name(),
                        Duration.ofNanos(nowNanos - HostSlot.unknownSinceNanos(check)),
                        check.last().reason(),
                        (check.check() + " " + check.last().detail()).strip())));
  }

  /** Decides anew about {@code concerned} and states what is wished from now on. */
  void decide(Collection<ServiceSlot> concerned, long nowNanos) {
    List<RouteChange> wishes = new ArrayList<>();
    for (ServiceSlot service : concerned) {
      ServiceState before = service.decision.state();
      service.decide(nowNanos);
      if (before != service.decision.state()) {
        service.since = clock.instant();
        events.add(
            new AnnouncerEvent.ServiceTransition(
                service.since,
                config.site(),
                service.config.name(),
                before,
                service.decision.state(),
                service.decision.reason()));
      }
      Map<Nlri, Route> wished = service.wish(addresses, config);
      for (Prefix prefix : service.config.prefixes()) {
        withdrawOthers(prefix, wished, service.decision.reason(), wishes);
      }
      wished.forEach((nlri, route) -> wish(nlri, route, service.decision.reason(), wishes));
      service.alarm.set(service.decision.nextDeadlineNanos());
    }
    send(wishes, nowNanos);
    withdrawUnseen(concerned, false, nowNanos);
  }

  /** Adds the withdraws of every path to {@code prefix} but these. */
  void withdrawOthers(
      Prefix prefix, Map<Nlri, Route> wished, String reason, List<RouteChange> wishes) {
    for (Route route : target.paths(prefix)) {
      if (!wished.containsKey(route.nlri())) {
        wish(route.nlri(), null, reason, wishes);
      }
    }
  }

  /** Adds the change that {@code route} (null: none) means for a path, if it is one. */
  private void wish(Nlri nlri, @Nullable Route route, String reason, List<RouteChange> wishes) {
    Optional<Route> from = target.route(nlri);
    if (Objects.equals(from.orElse(null), route)) {
      return;
    }
    wishes.add(route == null ? new RouteChange.Withdraw(nlri) : new RouteChange.Announce(route));
    events.add(
        new AnnouncerEvent.RouteWished(
            clock.instant(), config.site(), nlri, from, Optional.ofNullable(route), reason));
  }

  void send(List<RouteChange> wishes, long nowNanos) {
    if (!wishes.isEmpty()) {
      target = target.after(wishes);
      apply(reconciler.wish(wishes, nowNanos), nowNanos);
    }
  }

  private void apply(List<RouteChange> changes, long nowNanos) {
    if (!changes.isEmpty()) {
      tell(changes, nowNanos);
    }
    awaitReceipts(nowNanos);
  }

  /** Sets the deadlines of what was told to the speaker. */
  void awaitReceipts(long nowNanos) {
    timers.ofRetries().set(reconciler.nextDeadlineNanos());
    overdueDue(nowNanos);
  }

  /** Tells of withdraws whose receipt takes too long, once each, and of the end of that. */
  void overdueDue(long nowNanos) {
    reconciler
        .delays(nowNanos)
        .forEach(delay -> events.add(StatusReport.overdue(this, delay, clock.instant())));
    timers.ofOverdue().set(reconciler.nextDelayNanos());
  }

  private void tell(List<RouteChange> changes, long nowNanos) {
    try {
      speaker.apply(new RibUpdate(target, changes));
    } catch (RuntimeException failure) {
      changes.forEach(change -> rejected(change, failure.toString(), nowNanos));
    }
  }

  void retryDue() {
    long nowNanos = timers.nanoTime();
    apply(reconciler.due(nowNanos), nowNanos);
  }

  /** Takes in a report of the speaker; {@link #awaitReceipts} must follow, once for several. */
  void spoke(SpeakerEvent event) {
    Instant at = clock.instant();
    long nowNanos = timers.nanoTime();
    if (event instanceof SpeakerEvent.Acknowledged receipt) {
      acknowledged(receipt.change(), at, nowNanos);
      return;
    }
    if (event instanceof SpeakerEvent.Rejected rejection) {
      rejected(rejection.change(), rejection.reason(), nowNanos);
      return;
    }
    if (speakerState.happened(event, at)) {
      events.add(new AnnouncerEvent.SpeakerReported(at, config.site(), event));
    }
    if (event instanceof SpeakerEvent.Synchronised synchronised) {
      synchronised(synchronised.held(), synchronised.inexact(), nowNanos);
    } else if (event instanceof SpeakerEvent.Lost || event instanceof SpeakerEvent.Ended) {
      reconciler.lost();
    }
    reconciler.announcesHeld(speakerState.allSessionsDown());
  }

  private void acknowledged(RouteChange change, Instant at, long nowNanos) {
    long sinceNanos = reconciler.wishedAtNanos(change.nlri()).orElse(nowNanos);
    events.add(
        new AnnouncerEvent.RouteAcknowledged(at, config.site(), change, nowNanos - sinceNanos));
    List<RouteChange> due = reconciler.acknowledged(change, nowNanos);
    if (!due.isEmpty()) {
      tell(due, nowNanos);
    }
  }

  private void rejected(RouteChange change, String reason, long nowNanos) {
    events.add(
        new AnnouncerEvent.RouteRejected(
            clock.instant(), config.site(), change, reason, reconciler.attempts(change.nlri())));
    reconciler.rejected(change, reason, nowNanos);
  }

  private void synchronised(Rib held, Set<Nlri> inexact, long nowNanos) {
    List<RouteChange> kept = new ArrayList<>();
    Set<ServiceSlot> adopting = new LinkedHashSet<>();
    long untilNanos = adoptUntilNanos.orElse(nowNanos + config.adoptFor().toNanos());
    timers.ofUnseen().cancel();
    for (Route route : held.routes().values()) {
      ServiceSlot service = owners.get(route.prefix());
      boolean allowed = FencedSpeaker.passes(route, config::scopeOf);
      boolean adopts =
          service != null
              && allowed
              && !everSynchronised // what is found later is no predecessor's
              && (adopting.contains(service) || service.decision.mayAdopt());
      if (service != null && adopts) {
        service.adopt(route, untilNanos, addresses);
        adopting.add(service);
        wish(route.nlri(), route, "found at the speaker", kept);
      }
      if (target.route(route.nlri()).isEmpty()) {
        String reason =
            !allowed
                ? "outside allow"
                : service == null ? "of no service" : "of service " + service.config.name();
        events.add(
            new AnnouncerEvent.RouteFound(clock.instant(), config.site(), route, adopts, reason));
      }
    }
    everSynchronised = true;
    target = target.after(kept);
    reconciler.wish(kept, nowNanos); // what must be sent follows from the truth, stated next
    List<RouteChange> changes = reconciler.synchronised(held, inexact, nowNanos);
    tell(changes, nowNanos);
    decide(adopting, nowNanos);
  }
}
