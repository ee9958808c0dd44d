package org.bgpannouncer.bgp;

/** A BGP-4 message (RFC 4271 section 4) as an immutable value. */
public sealed interface BgpMessage
    permits OpenMessage, UpdateMessage, NotificationMessage, KeepaliveMessage {
  /** Which of the messages this is. */
  MessageType type();
}
