package org.bgpannouncer.bgp.session;

/** What RFC 4271 section 8.2.2 has a transition do. */
enum FsmAction {
  /** Set ConnectRetryCounter to zero. */
  CLEAR_COUNTER,
  /** Increment ConnectRetryCounter. */
  COUNT,
  /** Start the ConnectRetryTimer, with jitter. */
  START_RETRY,
  /** Stop the ConnectRetryTimer. */
  STOP_RETRY,
  /** Dial. */
  DIAL,
  /** Drop the connection, and give up a dial. */
  DROP,
  /** Send our OPEN. */
  SEND_OPEN,
  /** Start the hold timer with the large value that stands for an OPEN to come. */
  START_OPEN_HOLD,
  /** Settle what both OPENs agree on. */
  AGREE,
  /** Send a KEEPALIVE. */
  SEND_KEEPALIVE,
  /** Send the NOTIFICATION that belongs to the event. */
  SEND_NOTIFICATION,
  /** Restart the hold timer with the negotiated time. */
  RESTART_HOLD,
  /** Restart the keepalive timer, with jitter. */
  RESTART_KEEPALIVE,
  /** Let UPDATEs flow. */
  ESTABLISH
}
