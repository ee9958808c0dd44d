package org.bgpannouncer.bgp.session;

import org.bgpannouncer.bgp.BgpMessage;

/** What a session does to the world, in order. */
sealed interface SessionEffect {
  /** Write this message. */
  record Send(BgpMessage message) implements SessionEffect {}

  /** Read and write in the agreed form from here on. */
  record Agree(Negotiated negotiated) implements SessionEffect {}

  /** Tell the listener. */
  record Report(SessionEvent event) implements SessionEffect {}

  /** Close the connection once everything before is written. */
  record Close() implements SessionEffect {}
}
