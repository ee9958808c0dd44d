package org.bgpannouncer.bgp.wire;

import io.netty.buffer.ByteBuf;
import org.bgpannouncer.bgp.BgpError;
import org.bgpannouncer.bgp.MessageType;
import org.bgpannouncer.bgp.Octets;

/**
 * The message header (RFC 4271 section 4.1).
 *
 * @param type the message that follows
 * @param length of the whole message, header included
 */
record Header(MessageType type, int length) {
  /** RFC 4271 section 4.1: marker 16, length 2, type 1. */
  static final int LENGTH = 19;

  /** RFC 4271 section 4.1. */
  static final int MAX_MESSAGE_LENGTH = 4096;

  private static final int MARKER_LENGTH = 16;

  /** Reads {@link #LENGTH} octets (checks: RFC 4271 section 6.1). */
  static Header read(ByteBuf in) {
    for (int i = 0; i < MARKER_LENGTH; i++) {
      if (in.readByte() != (byte) 0xff) {
        throw new WireException(
            BgpError.CONNECTION_NOT_SYNCHRONIZED, "marker: not all ones (expected: all ones)");
      }
    }
    int length = in.readUnsignedShort();
    int code = in.readUnsignedByte();
    if (length < LENGTH || length > MAX_MESSAGE_LENGTH) {
      throw badLength(length, LENGTH, MAX_MESSAGE_LENGTH);
    }
    MessageType type =
        MessageType.of(code)
            .orElseThrow(
                () ->
                    new WireException(
                        BgpError.BAD_MESSAGE_TYPE,
                        Octets.of((byte) code),
                        "type: " + code + " (expected: 1 to 4)"));
    if (length < type.minLength() || length > type.maxLength()) {
      throw badLength(length, type.minLength(), type.maxLength());
    }
    return new Header(type, length);
  }

  private static WireException badLength(int length, int min, int max) {
    return new WireException(
        BgpError.BAD_MESSAGE_LENGTH,
        Octets.of((byte) (length >> 8), (byte) length),
        "length: " + length + " (expected: " + min + " to " + max + ")");
  }

  /** Writes a header whose length is filled in by {@link #finish}. */
  static void begin(ByteBuf out, MessageType type) {
    for (int i = 0; i < MARKER_LENGTH; i++) {
      out.writeByte(0xff);
    }
    out.writeShort(0).writeByte(type.code());
  }

  /** Fills in the length of the message that begins at {@code start}. */
  static void finish(ByteBuf out, int start) {
    int length = out.writerIndex() - start;
    if (length > MAX_MESSAGE_LENGTH) {
      throw new IllegalArgumentException(
          "length: " + length + " (expected: <= " + MAX_MESSAGE_LENGTH + ")");
    }
    out.setShort(start + MARKER_LENGTH, length);
  }
}
