package org.bgpannouncer.bgp.wire;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.ByteToMessageDecoder;
import java.util.List;
import java.util.function.LongSupplier;
import org.bgpannouncer.bgp.BgpMessage;
import org.bgpannouncer.bgp.KeepaliveMessage;
import org.jspecify.annotations.Nullable;

/**
 * Cuts a TCP stream into BGP messages. Holds at most one message, 4096 octets or 65535 where that
 * was offered, and what the socket delivered with it. After a {@link WireException} it reads
 * nothing more.
 */
public final class BgpDecoder extends ByteToMessageDecoder {
  private enum State {
    READ_HEADER,
    READ_BODY,
    FAILED
  }

  private final LongSupplier nanoTime;
  private State state = State.READ_HEADER;
  private @Nullable Header header;
  private WireOptions options = WireOptions.INITIAL;
  private long receivedNanos;

  /** A decoder that stamps what it receives with {@code nanoTime}. */
  public BgpDecoder(LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
  }

  /** Applies to every message after the one being handled. */
  public void setOptions(WireOptions options) {
    this.options = options;
  }

  /** When the octets that completed the latest message came off the socket. */
  public long receivedNanos() {
    return receivedNanos;
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object input) throws Exception {
    receivedNanos = nanoTime.getAsLong();
    super.channelRead(context, input);
  }

  @Override
  protected void decode(ChannelHandlerContext context, ByteBuf in, List<Object> out) {
    try {
      switch (state) {
        case READ_HEADER -> {
          // Netty calls again only while octets are left: a KEEPALIVE has none behind its header.
          if (readHeader(in)) {
            readBody(in, out);
          }
        }
        case READ_BODY -> readBody(in, out);
        case FAILED -> in.skipBytes(in.readableBytes());
      }
    } catch (WireException e) {
      state = State.FAILED;
      in.skipBytes(in.readableBytes());
      throw e;
    }
  }

  private boolean readHeader(ByteBuf in) {
    if (in.readableBytes() < Header.LENGTH) {
      return false;
    }
    header = Header.read(in, options);
    state = State.READ_BODY;
    return true;
  }

  private void readBody(ByteBuf in, List<Object> out) {
    Header current = header;
    if (current == null || in.readableBytes() < current.length() - Header.LENGTH) {
      return;
    }
    ByteBuf body = in.readSlice(current.length() - Header.LENGTH);
    state = State.READ_HEADER;
    header = null;
    out.add(message(current, body));
  }

  private BgpMessage message(Header current, ByteBuf body) {
    return switch (current.type()) {
      case OPEN -> OpenCodec.read(body);
      case UPDATE -> UpdateCodec.read(body, options);
      case NOTIFICATION -> NotificationCodec.read(body);
      case KEEPALIVE -> KeepaliveMessage.INSTANCE;
      case ROUTE_REFRESH -> RouteRefreshCodec.read(body, options);
    };
  }
}
