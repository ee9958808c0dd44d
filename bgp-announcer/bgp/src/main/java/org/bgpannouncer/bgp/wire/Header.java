package org.bgpannouncer.bgp.wire;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
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

  private static final int MARKER_LENGTH = 16;

  /** Reads {@link #LENGTH} octets (checks: RFC 4271 section 6.1). */
  static Header read(ByteBuf in, WireOptions options) {
    for (int i = 0; i < MARKER_LENGTH; i++) {
      if (in.readByte() != (byte) 0xff) {
        throw new WireException(
            BgpError.CONNECTION_NOT_SYNCHRONIZED, "marker: not all ones (expected: all ones)");
      }
    }
    int length = in.readUnsignedShort();
    int code = in.readUnsignedByte();
    // What a type beyond our table may be long is that of the longest.
    int longest = MessageType.UPDATE.maxLength(options.extendedMessages());
    if (length < LENGTH || length > longest) {
      throw badLength(length, LENGTH, longest);
    }
    MessageType type =
        MessageType.of(code)
            .orElseThrow(
                () ->
                    new WireException(
                        BgpError.BAD_MESSAGE_TYPE,
                        Octets.of((byte) code),
                        "type: " + code + " (expected: 1 to 5)"));
    int max = type.maxLength(options.extendedMessages());
    if (length < type.minLength() || length > max) {
      throw badLength(length, type.minLength(), max);
    }
    return new Header(type, length);
  }

  private static WireException badLength(int length, int min, int max) {
    return new WireException(
        BgpError.BAD_MESSAGE_LENGTH,
        lengthField(length),
        "length: " + length + " (expected: " + min + " to " + max + ")");
  }

  /** The length field of the header, for the data of a NOTIFICATION. */
  static Octets lengthField(int length) {
    return Octets.of((byte) (length >> 8), (byte) length);
  }

  /** The message of which {@code body} is the body, for the data of a NOTIFICATION. */
  static Octets whole(MessageType type, ByteBuf body) {
    ByteBuf whole = Unpooled.buffer(LENGTH + body.readableBytes());
    begin(whole, type);
    whole.writeBytes(body, body.readerIndex(), body.readableBytes());
    whole.setShort(MARKER_LENGTH, whole.readableBytes());
    return NotificationCodec.octets(whole, whole.readableBytes());
  }

  /** Writes a header whose length is filled in by {@link #finish}. */
  static void begin(ByteBuf out, MessageType type) {
    out.writeLong(-1).writeLong(-1);
    out.writeShort(0).writeByte(type.code());
  }

  /** Fills in the length of the message that begins at {@code start}. */
  static void finish(ByteBuf out, int start, MessageType type, WireOptions options) {
    int length = out.writerIndex() - start;
    int max = type.maxLength(options.extendedMessages());
    if (length > max) {
      throw new IllegalArgumentException("length: " + length + " (expected: <= " + max + ")");
    }
    out.setShort(start + MARKER_LENGTH, length);
  }
}
