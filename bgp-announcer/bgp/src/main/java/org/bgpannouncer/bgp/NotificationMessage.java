package org.bgpannouncer.bgp;

import java.util.Optional;

/**
 * NOTIFICATION (RFC 4271 section 4.5): the sender closes the session, and says why.
 *
 * @param code 0 to 255
 * @param subcode 0 to 255
 * @param data what the code says; at most 4075 octets
 */
public record NotificationMessage(int code, int subcode, Octets data) implements BgpMessage {
  /** Rejects codes beyond an octet. */
  public NotificationMessage {
    Ranges.require("code", code, 0, 255);
    Ranges.require("subcode", subcode, 0, 255);
  }

  /** The notification of {@code error} without data. */
  public static NotificationMessage of(BgpError error) {
    return of(error, Octets.EMPTY);
  }

  /** The notification of {@code error}. */
  public static NotificationMessage of(BgpError error, Octets data) {
    return new NotificationMessage(error.code(), error.subcode(), data);
  }

  /** The error that the codes name; empty when we know no such codes. */
  public Optional<BgpError> error() {
    return BgpError.of(code, subcode);
  }

  @Override
  public MessageType type() {
    return MessageType.NOTIFICATION;
  }

  @Override
  public String toString() {
    String name = error().map(BgpError::name).orElse("UNKNOWN");
    String codes = "NOTIFICATION " + code + "/" + subcode + " " + name;
    return data.length() == 0 ? codes : codes + " data " + data;
  }
}
