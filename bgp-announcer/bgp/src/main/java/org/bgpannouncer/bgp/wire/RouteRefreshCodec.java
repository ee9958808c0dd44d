package org.bgpannouncer.bgp.wire;

import io.netty.buffer.ByteBuf;
import org.bgpannouncer.bgp.AddressFamily;
import org.bgpannouncer.bgp.BgpError;
import org.bgpannouncer.bgp.MessageType;
import org.bgpannouncer.bgp.RouteRefreshMessage;

/** ROUTE-REFRESH (RFC 2918 section 3, RFC 7313 section 3.2): AFI 2, subtype 1, SAFI 1. */
final class RouteRefreshCodec {
  private static final int BODY_LENGTH = 4;

  private RouteRefreshCodec() {}

  static RouteRefreshMessage read(ByteBuf body, WireOptions options) {
    int length = body.readableBytes();
    boolean isMark = options.enhancedRouteRefresh() && length >= 3 && isMark(body.getByte(2));
    if (isMark && length != BODY_LENGTH) {
      // RFC 7313 section 5: the data is the whole message.
      throw new WireException(
          BgpError.INVALID_ROUTE_REFRESH_LENGTH,
          Header.whole(MessageType.ROUTE_REFRESH, body),
          text(length));
    }
    if (length < BODY_LENGTH) {
      throw new WireException(
          BgpError.BAD_MESSAGE_LENGTH, Header.lengthField(Header.LENGTH + length), text(length));
    }
    int afi = body.readUnsignedShort();
    int subtype = body.readUnsignedByte();
    AddressFamily family = new AddressFamily(afi, body.readUnsignedByte());
    // RFC 2918 section 3: the octet is reserved, and ignored, unless RFC 7313 is agreed. What may
    // follow (RFC 5291) filters what we would send; we offer no such thing, and pass it over.
    return new RouteRefreshMessage(
        family, options.enhancedRouteRefresh() ? subtype : RouteRefreshMessage.REQUEST);
  }

  private static boolean isMark(int subtype) {
    return subtype == RouteRefreshMessage.BEGIN || subtype == RouteRefreshMessage.END;
  }

  private static String text(int length) {
    return "route refresh length: " + length + " (expected: " + BODY_LENGTH + ")";
  }

  static void write(RouteRefreshMessage message, ByteBuf out) {
    out.writeShort(message.family().afi())
        .writeByte(message.subtype())
        .writeByte(message.family().safi());
  }
}
