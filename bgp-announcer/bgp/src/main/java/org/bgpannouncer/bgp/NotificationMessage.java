package org.bgpannouncer.bgp;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;

/**
 * NOTIFICATION (RFC 4271 section 4.5): the sender closes the session, and says why.
 *
 * @param code 0 to 255
 * @param subcode 0 to 255
 * @param data what the code says; at most 4075 octets, or 65514 in an extended message
 */
public record NotificationMessage(int code, int subcode, Octets data) implements BgpMessage {
  /** The octets of a shutdown communication (RFC 9003 section 2). */
  public static final int MAX_COMMUNICATION_BYTES = 255;

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

  /**
   * The notification of {@code error} with a shutdown communication, the operator's own words (RFC
   * 9003 section 2).
   *
   * @param error {@code ADMINISTRATIVE_SHUTDOWN} or {@code ADMINISTRATIVE_RESET}
   * @param text at most {@value #MAX_COMMUNICATION_BYTES} octets of UTF-8
   */
  public static NotificationMessage of(BgpError error, String text) {
    if (!carriesCommunication(error)) {
      throw new IllegalArgumentException(
          "error: " + error + " (expected: one that carries a shutdown communication)");
    }
    byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
    Ranges.require("shutdown communication", utf8.length, 0, MAX_COMMUNICATION_BYTES);
    byte[] data = new byte[1 + utf8.length];
    data[0] = (byte) utf8.length;
    System.arraycopy(utf8, 0, data, 1, utf8.length);
    return of(error, Octets.of(data));
  }

  /**
   * The notification that ends a session for good although graceful restart was agreed (RFC 8538
   * section 3.1); {@code reason} travels inside it.
   */
  public static NotificationMessage hardReset(NotificationMessage reason) {
    byte[] inner = reason.data.toBytes();
    byte[] data = new byte[2 + inner.length];
    data[0] = (byte) reason.code;
    data[1] = (byte) reason.subcode;
    System.arraycopy(inner, 0, data, 2, inner.length);
    return of(BgpError.HARD_RESET, Octets.of(data));
  }

  /** The error that the codes name; empty when we know no such codes. */
  public Optional<BgpError> error() {
    return BgpError.of(code, subcode);
  }

  /** The reason inside a hard reset; empty for any other, and for one that has none. */
  public Optional<NotificationMessage> reason() {
    if (error().filter(BgpError.HARD_RESET::equals).isEmpty() || data.length() < 2) {
      return Optional.empty();
    }
    byte[] bytes = data.toBytes();
    return Optional.of(
        new NotificationMessage(
            bytes[0] & 0xff,
            bytes[1] & 0xff,
            Octets.of(Arrays.copyOfRange(bytes, 2, bytes.length))));
  }

  /**
   * The shutdown communication, as it came; empty when there is none, or none that holds together
   * (RFC 9003 section 4). May hold control characters: {@link #toString} does not.
   */
  public Optional<String> communication() {
    byte[] bytes = data.toBytes();
    if (bytes.length == 0 || error().filter(NotificationMessage::carriesCommunication).isEmpty()) {
      return Optional.empty();
    }
    int length = bytes[0] & 0xff;
    if (length > bytes.length - 1) {
      return Optional.empty();
    }
    byte[] utf8 = Arrays.copyOfRange(bytes, 1, 1 + length);
    String text = new String(utf8, StandardCharsets.UTF_8);
    boolean isUtf8 = Arrays.equals(text.getBytes(StandardCharsets.UTF_8), utf8);
    return isUtf8 ? Optional.of(text) : Optional.empty();
  }

  private static boolean carriesCommunication(BgpError error) {
    return error == BgpError.ADMINISTRATIVE_SHUTDOWN || error == BgpError.ADMINISTRATIVE_RESET;
  }

  @Override
  public MessageType type() {
    return MessageType.NOTIFICATION;
  }

  @Override
  public String toString() {
    return MessageText.of(this);
  }
}
