package org.bgpannouncer.probe.zmtp;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.MessageToByteEncoder;
import io.netty.handler.codec.TooLongFrameException;

/**
 * Turns {@link ZmtpSignal.Outbound} into bytes. A peer that sends PING after PING but never reads
 * would fill our memory with answers: what cannot be queued breaks the connection.
 */
final class ZmtpEncoder extends MessageToByteEncoder<ZmtpSignal.Outbound> {
  ZmtpEncoder() {
    super(ZmtpSignal.Outbound.class);
  }

  @Override
  public void write(ChannelHandlerContext context, Object message, ChannelPromise promise)
      throws Exception {
    if (context.channel().isActive() && !context.channel().isWritable()) {
      TooLongFrameException failure =
          new TooLongFrameException(
              "unread answers: "
                  + context.channel().config().getWriteBufferHighWaterMark()
                  + " bytes and more (expected: a peer that reads)");
      promise.setFailure(failure);
      context.fireExceptionCaught(failure);
      return;
    }
    super.write(context, message, promise);
  }

  @Override
  protected void encode(ChannelHandlerContext context, ZmtpSignal.Outbound signal, ByteBuf out) {
    signal.encode(out);
  }
}
