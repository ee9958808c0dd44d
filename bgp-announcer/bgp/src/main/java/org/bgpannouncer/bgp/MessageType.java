package org.bgpannouncer.bgp;

import java.util.Optional;

/**
 * The type octet of the message header (RFC 4271 section 4.1), and the message's own limits.
 *
 * <p>A message that may be extended has up to {@value #MAX_EXTENDED_LENGTH} octets where the
 * receiver offered that, which neither OPEN nor KEEPALIVE may have (RFC 8654 section 4).
 */
public enum MessageType {
  /** RFC 4271 section 4.2: 19 of header, 10 fixed. */
  OPEN(1, 29, 4096, 4096),
  /** RFC 4271 section 4.3: two empty length fields. */
  UPDATE(2, 23, 4096, MessageType.MAX_EXTENDED_LENGTH),
  /** RFC 4271 section 4.5: code and subcode. */
  NOTIFICATION(3, 21, 4096, MessageType.MAX_EXTENDED_LENGTH),
  /** RFC 4271 section 4.4: the header alone. */
  KEEPALIVE(4, 19, 19, 19),
  /** RFC 2918 section 3: the header; what a wrong length means depends on what follows it. */
  ROUTE_REFRESH(5, 19, 4096, MessageType.MAX_EXTENDED_LENGTH);

  /** RFC 8654 section 4. */
  public static final int MAX_EXTENDED_LENGTH = 65535;

  private final int code;
  private final int minLength;
  private final int maxLength;
  private final int maxExtendedLength;

  MessageType(int code, int minLength, int maxLength, int maxExtendedLength) {
    this.code = code;
    this.minLength = minLength;
    this.maxLength = maxLength;
    this.maxExtendedLength = maxExtendedLength;
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

  /**
   * The greatest length of a whole message, header included.
   *
   * @param extended whether extended messages may go this way (RFC 8654)
   */
  public int maxLength(boolean extended) {
    return extended ? maxExtendedLength : maxLength;
  }
}
