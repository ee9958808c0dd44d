package org.bgpannouncer.bgp.session;

import java.util.Set;

/** The states of RFC 4271 section 8.2.2 that a session goes through once somebody dialled. */
enum SessionPhase {
  /** Waits for the TCP connection. */
  ACTIVE,
  /** Our OPEN is sent, the peer's is awaited. */
  OPEN_SENT,
  /** Both OPENs are accepted, the peer's KEEPALIVE is awaited. */
  OPEN_CONFIRM,
  /** UPDATEs flow. */
  ESTABLISHED,
  /** Over; a new connection is a new session. */
  IDLE;

  private Set<SessionPhase> next() {
    return switch (this) {
      case ACTIVE -> Set.of(OPEN_SENT, IDLE);
      case OPEN_SENT -> Set.of(OPEN_CONFIRM, IDLE);
      case OPEN_CONFIRM -> Set.of(ESTABLISHED, IDLE);
      case ESTABLISHED -> Set.of(IDLE);
      case IDLE -> Set.of();
    };
  }

  /** {@code to}, or an error of ours when the table has no such step. */
  SessionPhase transitionTo(SessionPhase to) {
    if (!next().contains(to)) {
      throw new IllegalStateException(
          "transition: " + this + " to " + to + " (expected: " + next());
    }
    return to;
  }
}
