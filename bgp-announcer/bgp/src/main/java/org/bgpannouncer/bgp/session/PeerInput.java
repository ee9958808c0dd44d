package org.bgpannouncer.bgp.session;

import org.bgpannouncer.bgp.NotificationMessage;

/** What the world does to a peer; connections are told apart by numbers of the caller. */
sealed interface PeerInput {
  /** The operator wants a session. */
  record Started() implements PeerInput {}

  /** The operator wants none any more. */
  record Stopped(NotificationMessage notification) implements PeerInput {}

  /** The connection that was to be dialled stands. */
  record Dialled(long connection) implements PeerInput {}

  /** The connection that was to be dialled does not come. */
  record DialFailed(String text) implements PeerInput {}

  /** The peer dialled. */
  record Accepted(long connection) implements PeerInput {}

  /** Something happened on a connection. */
  record OnConnection(long connection, SessionInput input) implements PeerInput {}

  /** {@link PeerMachine#deadlineNanos} may have passed. */
  record TimePassed() implements PeerInput {}
}
