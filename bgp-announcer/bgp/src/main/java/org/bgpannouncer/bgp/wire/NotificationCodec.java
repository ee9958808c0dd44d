package org.bgpannouncer.bgp.wire;

import io.netty.buffer.ByteBuf;
import org.bgpannouncer.bgp.NotificationMessage;
import org.bgpannouncer.bgp.Octets;

/** NOTIFICATION (RFC 4271 section 4.5). */
final class NotificationCodec {
  private NotificationCodec() {}

  static NotificationMessage read(ByteBuf body) {
    int code = body.readUnsignedByte();
    int subcode = body.readUnsignedByte();
    return new NotificationMessage(code, subcode, octets(body, body.readableBytes()));
  }

  static void write(NotificationMessage message, ByteBuf out) {
    out.writeByte(message.code()).writeByte(message.subcode());
    out.writeBytes(message.data().toBytes());
  }

  /** The next {@code length} octets; the caller has checked that they are there. */
  static Octets octets(ByteBuf in, int length) {
    byte[] bytes = new byte[length];
    in.readBytes(bytes);
    return Octets.of(bytes);
  }
}
