package org.bgpannouncer.bgp.wire;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.MessageToByteEncoder;
import org.bgpannouncer.bgp.BgpMessage;
import org.bgpannouncer.bgp.NotificationMessage;
import org.bgpannouncer.bgp.OpenMessage;
import org.bgpannouncer.bgp.RouteRefreshMessage;
import org.bgpannouncer.bgp.UpdateMessage;

/** Writes BGP messages; one that is longer than the peer reads fails its write. */
public final class BgpEncoder extends MessageToByteEncoder<BgpMessage> {
  private WireOptions options = WireOptions.INITIAL;

  /** An encoder as it is before the OPENs are exchanged. */
  public BgpEncoder() {
    super(BgpMessage.class);
  }

  /** Applies to every message from now on. */
  public void setOptions(WireOptions options) {
    this.options = options;
  }

  @Override
  protected void encode(ChannelHandlerContext context, BgpMessage message, ByteBuf out) {
    int start = out.writerIndex();
    Header.begin(out, message.type());
    switch (message.type()) {
      case OPEN -> OpenCodec.write((OpenMessage) message, out);
      case UPDATE -> UpdateCodec.write((UpdateMessage) message, out, options);
      case NOTIFICATION -> NotificationCodec.write((NotificationMessage) message, out, options);
      case KEEPALIVE -> {
        // The header is the whole message.
      }
      case ROUTE_REFRESH -> RouteRefreshCodec.write((RouteRefreshMessage) message, out);
    }
    Header.finish(out, start, message.type(), options);
  }
}
