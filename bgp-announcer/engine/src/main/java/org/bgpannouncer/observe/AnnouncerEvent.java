package org.bgpannouncer.observe;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.bgpannouncer.decision.ServiceState;
import org.bgpannouncer.health.HostState;
import org.bgpannouncer.probe.Reason;
import org.bgpannouncer.route.Nlri;
import org.bgpannouncer.route.Route;
import org.bgpannouncer.route.RouteChange;
import org.bgpannouncer.speaker.SpeakerEvent;

/** Something that happened at a site, with the reason why and the wall-clock time. */
public sealed interface AnnouncerEvent {
  /** When, for people; decisions are made on a monotonic clock. */
  Instant at();

  /** The site it happened at. */
  String site();

  /**
   * A host changed its state.
   *
   * @param host its name
   * @param from before
   * @param to now
   * @param reason why, as a word
   * @param detail why, in free text, led by the check that gave the verdict; may be empty
   */
  record HostTransition(
      Instant at,
      String site,
      String host,
      HostState from,
      HostState to,
      Reason reason,
      String detail)
      implements AnnouncerEvent {}

  /**
   * A host has been UNKNOWN for ten minutes: our own side fails (no descriptors, no route, an
   * unreadable cookie, a refused login), its state is held, and somebody should look. Said again
   * once an hour while it lasts.
   *
   * @param host its name
   * @param lasting for how long
   * @param reason why, as a word
   * @param detail why, in free text, led by the check
   */
  record HostUnknown(
      Instant at, String site, String host, Duration lasting, Reason reason, String detail)
      implements AnnouncerEvent {}

  /**
   * The operator drains a host, or it is drained no more.
   *
   * @param host its name
   * @param until when it ends by itself; empty: it has ended
   * @param reason the operator's, or why it has ended; may be empty
   */
  record HostDrained(Instant at, String site, String host, Optional<Instant> until, String reason)
      implements AnnouncerEvent {}

  /**
   * A service changed its state.
   *
   * @param service its name
   * @param from before
   * @param to now
   * @param reason why, e.g. {@code 0 of 2 hosts fit, 1 needed; gva-btc1: PROVEN_DEAD}
   */
  record ServiceTransition(
      Instant at, String site, String service, ServiceState from, ServiceState to, String reason)
      implements AnnouncerEvent {}

  /**
   * Another route is wished for a path; the speaker has been told. From none to none: it has not
   * said what it holds, and is told to withdraw what a predecessor may have left.
   *
   * @param nlri the path
   * @param from what was wished before; empty: nothing
   * @param to what is wished now; empty: nothing
   * @param reason why
   */
  record RouteWished(
      Instant at, String site, Nlri nlri, Optional<Route> from, Optional<Route> to, String reason)
      implements AnnouncerEvent {}

  /**
   * The speaker acknowledged a change.
   *
   * @param change what is now true
   * @param nanos from the wish to the receipt
   */
  record RouteAcknowledged(Instant at, String site, RouteChange change, long nanos)
      implements AnnouncerEvent {}

  /**
   * A change was refused or not answered in time; it is retried.
   *
   * @param change what is not known to be true
   * @param reason the speaker's answer, or that there was none
   * @param attempts how often it has been tried
   */
  record RouteRejected(Instant at, String site, RouteChange change, String reason, int attempts)
      implements AnnouncerEvent {}

  /**
   * A withdraw is not acknowledged for longer than it may take: clients may still be sent here.
   * Said once, and once more when it is over.
   *
   * @param nlri the path
   * @param lasting since the withdraw was wished
   * @param over whether that has ended: the withdraw is acknowledged, or a route wished again
   * @param reason why it is withdrawn and what the speaker said; how it ended
   */
  record WithdrawOverdue(
      Instant at, String site, Nlri nlri, Duration lasting, boolean over, String reason)
      implements AnnouncerEvent {}

  /**
   * A route was found at the speaker that nobody in this process announced.
   *
   * @param route the route
   * @param adopted kept for a service that has no verdict yet; otherwise withdrawn at once
   * @param reason why it is kept or withdrawn
   */
  record RouteFound(Instant at, String site, Route route, boolean adopted, String reason)
      implements AnnouncerEvent {}

  /**
   * The speaker reported something about itself or its sessions.
   *
   * @param event any but a receipt
   */
  record SpeakerReported(Instant at, String site, SpeakerEvent event) implements AnnouncerEvent {}

  /**
   * The configuration was replaced. Handed out before the speaker is told of the differences.
   *
   * @param differences one line per change of what is announced; empty if nothing changes
   */
  record Reloaded(Instant at, String site, List<String> differences) implements AnnouncerEvent {
    /** Copies the list. */
    public Reloaded {
      differences = List.copyOf(differences);
    }
  }

  /**
   * A step of the engine failed on our side; every state is as it was before.
   *
   * @param step what was being done
   * @param failure the exception, as text
   */
  record StepFailed(Instant at, String site, String step, String failure)
      implements AnnouncerEvent {}
}
