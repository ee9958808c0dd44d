package org.bgpannouncer.bgp.session;

import java.util.EnumSet;
import java.util.Set;

/** The states of RFC 4271 section 8.2.2, from the least to the most of a session. */
public enum SessionPhase {
  /** Nothing is tried, and whoever connects is refused. */
  IDLE,
  /** A TCP connection is being dialled. */
  CONNECT,
  /** Waits for the peer to connect, or for the time to dial. */
  ACTIVE,
  /** Our OPEN is sent, the peer's is awaited. */
  OPEN_SENT,
  /** Both OPENs are accepted, the peer's KEEPALIVE is awaited. */
  OPEN_CONFIRM,
  /** UPDATEs flow. */
  ESTABLISHED;

  private Set<SessionPhase> next() {
    return switch (this) {
      case IDLE -> EnumSet.of(CONNECT, ACTIVE);
      case CONNECT -> EnumSet.of(OPEN_SENT, IDLE);
      case ACTIVE -> EnumSet.of(CONNECT, OPEN_SENT, IDLE);
      case OPEN_SENT -> EnumSet.of(OPEN_CONFIRM, ACTIVE, IDLE);
      case OPEN_CONFIRM -> EnumSet.of(ESTABLISHED, IDLE);
      case ESTABLISHED -> EnumSet.of(IDLE);
    };
  }

  /** {@code to}, or an error of ours when the RFC has no such step; staying is always one. */
  SessionPhase transitionTo(SessionPhase to) {
    if (to != this && !next().contains(to)) {
      throw new IllegalStateException(
          "transition: " + this + " to " + to + " (expected: " + next() + ")");
    }
    return to;
  }
}
