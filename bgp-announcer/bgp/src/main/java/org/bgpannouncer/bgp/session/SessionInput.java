package org.bgpannouncer.bgp.session;

import org.bgpannouncer.bgp.BgpMessage;
import org.bgpannouncer.bgp.NotificationMessage;

/** What the world does to a session. */
sealed interface SessionInput {
  /** The TCP connection stands. */
  record Connected() implements SessionInput {}

  /** A whole message arrived. */
  record Arrived(BgpMessage message) implements SessionInput {}

  /** What arrived is not a message; {@code notification} says why. */
  record Unreadable(NotificationMessage notification, String text) implements SessionInput {}

  /** {@link SessionMachine#deadlineNanos} may have passed. */
  record TimePassed() implements SessionInput {}

  /** The connection is gone. */
  record ConnectionLost(String text) implements SessionInput {}

  /** The peer has another connection, and that one stays (RFC 4271 section 6.8). */
  record Collided() implements SessionInput {}

  /** The peer takes no octets any more. */
  record SendStalled(String text) implements SessionInput {}

  /** The caller wants it to end. */
  record Stopped(NotificationMessage notification) implements SessionInput {}
}
