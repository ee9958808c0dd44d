package org.bgpannouncer.bgp.session;

/** Hears what happens on sessions, on their one thread: must return at once. */
@FunctionalInterface
public interface SessionListener {
  /** Called for each event of {@code session}, in order. What it throws is logged and dropped. */
  void happened(BgpSession session, SessionEvent event);
}
