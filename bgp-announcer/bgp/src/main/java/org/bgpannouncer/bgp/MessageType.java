package org.bgpannouncer.bgp;

import java.util.Optional;

/** The type octet of the message header (RFC 4271 section 4.1), and the message's own limits. */
public enum MessageType {
  /** Section 4.2: 19 of header, 10 fixed. */
  OPEN(1, 29, 4096),
  /** Section 4.3: two empty length fields. */
  UPDATE(2, 23, 4096),
  /** Section 4.5: code and subcode. */
  NOTIFICATION(3, 21, 4096),
  /** Section 4.4: the header alone. */
  KEEPALIVE(4, 19, 19);

  private final int code;
  private final int minLength;
  private final int maxLength;

  MessageType(int code, int minLength, int maxLength) {
    this.code = code;
    this.minLength = minLength;
    this.maxLength = maxLength;
  }

  /** The type with this octet; empty for one that we do not speak. */
  public static Optional<MessageType> of(int code) {
    for (MessageType type : values()) {
      if (type.code == code) {
        return Optional.of(type);
      }
    }
    return Optional.empty();
  }

  /** The octet. */
  public int code() {
    return code;
  }

  /** The least length of a whole message, header included. */
  public int minLength() {
    return minLength;
  }

  /** The greatest length of a whole message, header included. */
  public int maxLength() {
    return maxLength;
  }
}
