package org.bgpannouncer.testkit.bgp;

import org.bgpannouncer.bgp.NotificationMessage;

/** How a {@link SimulatedPeer} misbehaves, as a value. */
public sealed interface PeerFault {
  /** Connections are refused by the kernel; sessions are cut without a word. */
  record Refuse() implements PeerFault {}

  /** Connections are taken and never answered; sessions are cut without a word. */
  record Silence() implements PeerFault {}

  /**
   * Every session, those that stand and those to come, gets this and is closed.
   *
   * @param notification what it gets
   */
  record Notify(NotificationMessage notification) implements PeerFault {}
}
