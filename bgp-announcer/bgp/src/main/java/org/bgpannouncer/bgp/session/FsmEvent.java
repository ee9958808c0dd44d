package org.bgpannouncer.bgp.session;

/** The events of RFC 4271 section 8.1 that can happen here, each with its number there. */
enum FsmEvent {
  /** The operator starts the peer. */
  MANUAL_START(1),
  /** The operator stops the peer. */
  MANUAL_STOP(2),
  /** The operator starts the peer, and the other side is to connect. */
  MANUAL_START_PASSIVE(4),
  /** We start again after a failure, when its damping allows: AutomaticStart_with_Damp... */
  DAMPED_START(6),
  /** The same, and the other side is to connect. */
  DAMPED_START_PASSIVE(7),
  /** Time to dial (again). */
  CONNECT_RETRY_EXPIRED(9),
  /** Nothing was heard for the hold time. */
  HOLD_EXPIRED(10),
  /** Time for a KEEPALIVE. */
  KEEPALIVE_EXPIRED(11),
  /** The connection that we dialled stands: Tcp_CR_Acked. */
  TCP_DIALLED(16),
  /** A connection that the peer dialled stands: TcpConnectionConfirmed. */
  TCP_ACCEPTED(17),
  /** The connection is gone, or there is none. */
  TCP_FAILED(18),
  /** An acceptable OPEN. */
  OPEN(19),
  /** Not a BGP message. */
  HEADER_ERROR(21),
  /** An OPEN that cannot be read or is not acceptable. */
  OPEN_ERROR(22),
  /** The connection lost against the other one of the peer. */
  COLLISION_DUMP(23),
  /** A NOTIFICATION that says: unsupported version. */
  NOTIFICATION_VERSION(24),
  /** Any other NOTIFICATION. */
  NOTIFICATION(25),
  /** A KEEPALIVE. */
  KEEPALIVE(26),
  /** An UPDATE, or a ROUTE-REFRESH, which RFC 2918 leaves without an event of its own. */
  UPDATE(27),
  /** An UPDATE that ends the session. */
  UPDATE_ERROR(28),
  /** The peer takes nothing any more: SendHoldTimer_Expires (RFC 9687 section 4.2). */
  SEND_HOLD_EXPIRED(29);

  private final int number;

  FsmEvent(int number) {
    this.number = number;
  }

  /** The number of the event in RFC 4271 section 8.1, or in RFC 9687. */
  int number() {
    return number;
  }
}
