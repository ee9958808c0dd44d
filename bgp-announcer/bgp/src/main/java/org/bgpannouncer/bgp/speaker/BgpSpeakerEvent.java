package org.bgpannouncer.bgp.speaker;

import org.bgpannouncer.bgp.session.Negotiated;
import org.bgpannouncer.route.RouteChange;

/** What a {@link BgpSpeaker} reports. */
public sealed interface BgpSpeakerEvent {
  /**
   * A session is up; the whole wish follows on it.
   *
   * @param neighbor the neighbor's name
   * @param negotiated what was agreed
   */
  record SessionUp(String neighbor, Negotiated negotiated) implements BgpSpeakerEvent {}

  /**
   * A session that was up is over; the neighbor has forgotten our routes.
   *
   * @param neighbor the neighbor's name
   * @param reason who ended it, and why
   */
  record SessionDown(String neighbor, String reason) implements BgpSpeakerEvent {}

  /**
   * A change stands: the kernel has taken it for every session that is up and may be told of it. A
   * withdraw while no session is up stands at once.
   *
   * @param change the newest wish for its path
   */
  record Delivered(RouteChange change) implements BgpSpeakerEvent {}

  /**
   * No session that is up can be told of a route.
   *
   * @param change the newest wish for its path
   * @param reason what keeps the first of them from it
   */
  record Refused(RouteChange change, String reason) implements BgpSpeakerEvent {}

  /**
   * What a neighbor is not told of although others are, has changed.
   *
   * @param neighbor the neighbor's name
   * @param text how many routes, one of them, and why; empty when there are none any more
   */
  record Untold(String neighbor, String text) implements BgpSpeakerEvent {}
}
