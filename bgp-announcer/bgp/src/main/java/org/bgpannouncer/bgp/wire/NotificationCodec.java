package org.bgpannouncer.bgp.wire;

import io.netty.buffer.ByteBuf;
import org.bgpannouncer.bgp.MessageType;
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

  /** Cuts data off that makes it too long for the peer: the codes have to arrive. */
  static void write(NotificationMessage message, ByteBuf out, WireOptions options) {
    out.writeByte(message.code()).writeByte(message.subcode());
    int room =
        MessageType.NOTIFICATION.maxLength(options.extendedMessages())
            - MessageType.NOTIFICATION.minLength();
    out.writeBytes(message.data().toBytes(), 0, Math.min(message.data().length(), room));
  }

  /** The next {@code length} octets; the caller has checked that they are there. */
  static Octets octets(ByteBuf in, int length) {
    byte[] bytes = new byte[length];
    in.readBytes(bytes);
    return Octets.of(bytes);
  }
}
