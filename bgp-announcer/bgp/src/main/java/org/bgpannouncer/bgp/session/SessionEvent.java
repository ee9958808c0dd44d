package org.bgpannouncer.bgp.session;

import java.util.Optional;
import org.bgpannouncer.bgp.BgpMessage;
import org.bgpannouncer.bgp.NotificationMessage;

/** What happens on a session, in order. {@link Ended} is always the last. */
public sealed interface SessionEvent {
  /** The TCP connection stands; our OPEN follows. */
  record Connected() implements SessionEvent {}

  /**
   * Both sides agreed and UPDATEs may flow.
   *
   * @param negotiated on what
   */
  record Established(Negotiated negotiated) implements SessionEvent {}

  /**
   * The peer sent a message.
   *
   * @param message which
   * @param nanos when its last octet came off the socket, {@link System#nanoTime}
   */
  record Received(BgpMessage message, long nanos) implements SessionEvent {}

  /**
   * The kernel has taken the last octet of a message of ours.
   *
   * @param message which
   * @param nanos when, {@link System#nanoTime}
   */
  record Sent(BgpMessage message, long nanos) implements SessionEvent {}

  /** {@link BgpSession#isWritable} was false, and is true again. */
  record Writable() implements SessionEvent {}

  /**
   * The session is over, and every route heard on it is void.
   *
   * @param cause who ended it
   * @param notification the NOTIFICATION that went or came, if one did
   * @param text for people
   */
  record Ended(EndCause cause, Optional<NotificationMessage> notification, String text)
      implements SessionEvent {}

  /** Who ended a session. */
  enum EndCause {
    /** The connection closed or broke without a word. */
    CONNECTION_LOST,
    /** The peer sent a NOTIFICATION. */
    NOTIFICATION_RECEIVED,
    /** We sent a NOTIFICATION: the peer broke a rule, fell silent, or the caller stopped. */
    NOTIFICATION_SENT
  }
}
