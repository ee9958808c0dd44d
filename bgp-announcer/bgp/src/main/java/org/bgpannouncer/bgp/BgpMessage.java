package org.bgpannouncer.bgp;

import java.util.Map;

/**
 * A BGP-4 message (RFC 4271 section 4) as an immutable value. Prints as one line for a log: the
 * message's name, then what it says in the words that routers use.
 */
public sealed interface BgpMessage
    permits OpenMessage, UpdateMessage, NotificationMessage, KeepaliveMessage, RouteRefreshMessage {
  /** Which of the messages this is. */
  MessageType type();

  /**
   * The whole message for JSON: names to strings, numbers, booleans, lists and maps of these, in an
   * order that does not change.
   */
  default Map<String, Object> toMap() {
    return MessageMap.of(this);
  }
}
