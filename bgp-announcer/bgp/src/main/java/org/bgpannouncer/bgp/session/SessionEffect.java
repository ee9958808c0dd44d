package org.bgpannouncer.bgp.session;

import org.bgpannouncer.bgp.BgpMessage;
import org.bgpannouncer.bgp.wire.WireOptions;

/** What a session does to the world, in order. */
sealed interface SessionEffect {
  /** Write this message. */
  record Send(BgpMessage message) implements SessionEffect {}

  /** Read and write in the agreed form from here on. */
  record Agree(Negotiated negotiated, WireOptions read, WireOptions write)
      implements SessionEffect {}

  /** Tell the listener. */
  record Report(SessionEvent event) implements SessionEffect {}

  /**
   * Close the connection.
   *
   * @param reset whether to reset it, because the peer does not take what was sent before;
   *     otherwise what the socket takes at once still goes
   */
  record Close(boolean reset) implements SessionEffect {}
}
