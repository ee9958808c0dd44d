package org.bgpannouncer.probe.bitcoin.p2p.wire;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.MessageToByteEncoder;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import org.bgpannouncer.probe.bitcoin.BitcoinNetwork;

/** Messages to bytes. */
public final class P2pEncoder extends MessageToByteEncoder<P2pMessage> {
  private final BitcoinNetwork network;
  private final MessageDigest digest = Frame.newSha256();

  /** Sends the message start of {@code network}. */
  public P2pEncoder(BitcoinNetwork network) {
    super(P2pMessage.class);
    this.network = network;
  }

  @Override
  protected ByteBuf allocateBuffer(
      ChannelHandlerContext context, P2pMessage message, boolean preferDirect) {
    return context.alloc().ioBuffer(Frame.HEADER_BYTES + Long.BYTES);
  }

  @Override
  protected void encode(ChannelHandlerContext context, P2pMessage message, ByteBuf out) {
    int start = out.writerIndex();
    out.writeInt(network.magic()).writeZero(Frame.HEADER_BYTES - Frame.START_BYTES);
    int payload = out.writerIndex();
    String command =
        switch (message.kind()) {
          case VERSION -> {
            ((P2pMessage.Version) message).payload().write(out);
            yield "version";
          }
          case VERACK -> "verack";
          case PING -> {
            out.writeLongLE(((P2pMessage.Ping) message).nonce());
            yield "ping";
          }
          case PONG -> {
            out.writeLongLE(((P2pMessage.Pong) message).nonce());
            yield "pong";
          }
          case OTHER_NETWORK ->
              throw new IllegalArgumentException("message: " + message + " (expected: never sent)");
        };
    int length = out.writerIndex() - payload;
    Frame.feed(digest, out, payload, length);
    out.setBytes(start + Frame.START_BYTES, command.getBytes(StandardCharsets.US_ASCII));
    out.setIntLE(payload - 2 * Integer.BYTES, length);
    out.setInt(payload - Integer.BYTES, Frame.checksum(digest));
  }
}
