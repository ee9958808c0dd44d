package org.bgpannouncer.observe;

/**
 * Hears what an announcer does.
 *
 * <p>Called on a thread of its own, never on the one that decides: a slow listener delays the next
 * event, and at worst loses the oldest ones (counted in {@link
 * StatusSnapshot.EngineStatus#eventsLost}), but never a decision. What it throws is logged and
 * dropped.
 */
@FunctionalInterface
public interface AnnouncerListener {
  /** Called for each event, in order. */
  void happened(AnnouncerEvent event);
}
