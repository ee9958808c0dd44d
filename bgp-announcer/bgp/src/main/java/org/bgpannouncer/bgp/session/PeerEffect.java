package org.bgpannouncer.bgp.session;

import org.bgpannouncer.bgp.NotificationMessage;

/** What a peer does to the world, in order. */
sealed interface PeerEffect {
  /** Dial. */
  record Dial() implements PeerEffect {}

  /** Give up the dial; nothing of it is reported any more. */
  record CancelDial() implements PeerEffect {}

  /** Close a connection that gets no session. */
  record Refuse(long connection, NotificationMessage notification) implements PeerEffect {}

  /** Carry this out on a connection. */
  record OnConnection(long connection, SessionEffect effect) implements PeerEffect {}
}
