package org.bgpannouncer.testkit.bitcoin;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOption;
import io.netty.handler.codec.ByteToMessageDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** One accepted connection, on the simulator's loop. */
final class P2pServerConnection extends ByteToMessageDecoder {
  private static final int LARGE_PAYLOAD_BYTES = 3_900_000;
  private static final int MAX_PAYLOAD_BYTES = 4_000_000;

  private final SimulatedP2pServer server;
  private final Queue<Runnable> postponed = new ArrayDeque<>();
  private @Nullable ChannelHandlerContext context;
  private boolean unread;
  private boolean introduced;
  private boolean acknowledged;

  P2pServerConnection(SimulatedP2pServer server) {
    this.server = server;
  }

  /** Closes with FIN. */
  void disconnect() {
    ChannelHandlerContext current = context;
    if (current != null) {
      current.close();
    }
  }

  /** Closes with RST. */
  void reset() {
    ChannelHandlerContext current = context;
    if (current != null) {
      current.channel().config().setOption(ChannelOption.SO_LINGER, 0);
      current.close();
    }
  }

  /** Does what a stopped process would have done meanwhile. */
  void resume() {
    while (!postponed.isEmpty()) {
      postponed.remove().run();
    }
  }

  @Override
  public void channelActive(ChannelHandlerContext newContext) {
    context = newContext;
    server.opened(this, newContext.channel().remoteAddress());
    unread = server.has(P2pFault.NOT_ACCEPTED);
    if (server.has(P2pFault.CLOSE_AT_ACCEPT)) {
      newContext.close();
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext ended) throws Exception {
    server.closed(this);
    super.channelInactive(ended);
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext failed, Throwable cause) {
    failed.close();
  }

  @Override
  protected void decode(ChannelHandlerContext here, ByteBuf in, List<Object> out) {
    if (unread) {
      in.skipBytes(in.readableBytes());
      return;
    }
    if (in.readableBytes() < P2pFrames.HEADER_BYTES) {
      return;
    }
    int start = in.readerIndex();
    long length = in.getUnsignedIntLE(start + 16);
    if (in.getInt(start) != server.identity().messageStart() || length > MAX_PAYLOAD_BYTES) {
      here.close(); // as Bitcoin Core does
      in.skipBytes(in.readableBytes());
      return;
    }
    if (in.readableBytes() < P2pFrames.HEADER_BYTES + length) {
      return;
    }
    String command = in.toString(start + 4, 12, StandardCharsets.US_ASCII).replace("\0", "");
    byte[] payload = new byte[(int) length];
    in.skipBytes(P2pFrames.HEADER_BYTES).readBytes(payload);
    server.received(command);
    perform(() -> answer(here, command, payload));
  }

  private void perform(Runnable action) {
    if (server.isPaused()) {
      postponed.add(action);
    } else {
      action.run();
    }
  }

  private void answer(ChannelHandlerContext here, String command, byte[] payload) {
    if (server.has(P2pFault.MUTE)) {
      return;
    }
    switch (command) {
      case "version" -> {
        introduced = true;
        answerVersion(here);
      }
      case "verack" -> answerVerack(here);
      case "ping" -> {
        if (acknowledged) { // before that Bitcoin Core drops it
          answerPing(here, payload);
        }
      }
      default -> {}
    }
  }

  private void answerVersion(ChannelHandlerContext here) {
    NodeIdentity identity = server.identity();
    int start = identity.messageStart();
    byte[] version = P2pFrames.version(identity, server.nowSeconds());
    if (server.has(P2pFault.CLOSE_BEFORE_VERSION)) {
      here.close();
    } else if (server.has(P2pFault.GARBAGE)) {
      here.writeAndFlush(Unpooled.copyLong(0x5a17c0de5a17c0deL, 0x0badcafe0badcafeL));
    } else if (server.has(P2pFault.HUGE_LENGTH)) {
      here.writeAndFlush(P2pFrames.header(start, "version", -1, new byte[4]));
    } else if (server.has(P2pFault.BAD_CHECKSUM)) {
      here.writeAndFlush(
          P2pFrames.header(start, "version", version.length, new byte[4]).writeBytes(version));
    } else if (server.has(P2pFault.WRONG_NETWORK)) {
      int other = start == NodeIdentity.TESTNET4 ? NodeIdentity.MAINNET : NodeIdentity.TESTNET4;
      here.writeAndFlush(P2pFrames.frame(other, "version", version));
    } else {
      here.write(P2pFrames.frame(start, "version", version));
      if (server.has(P2pFault.CLOSE_AFTER_VERSION)) {
        here.flush();
        here.close();
        return;
      }
      // What Bitcoin Core 28 and later send here, in their order.
      here.write(P2pFrames.frame(start, "wtxidrelay", new byte[0]));
      here.write(P2pFrames.frame(start, "sendaddrv2", new byte[0]));
      here.writeAndFlush(P2pFrames.frame(start, "verack", new byte[0]));
    }
  }

  private void answerVerack(ChannelHandlerContext here) {
    if (!introduced || acknowledged) {
      return;
    }
    acknowledged = true;
    int start = server.identity().messageStart();
    here.write(P2pFrames.frame(start, "sendcmpct", new byte[] {0, 2, 0, 0, 0, 0, 0, 0, 0}));
    here.write(P2pFrames.frame(start, "ping", new byte[] {1, 2, 3, 4, 5, 6, 7, 8}));
    here.writeAndFlush(P2pFrames.frame(start, "feefilter", new byte[8]));
  }

  private void answerPing(ChannelHandlerContext here, byte[] nonce) {
    if (server.has(P2pFault.NO_PONG)) {
      return;
    }
    int start = server.identity().messageStart();
    if (server.has(P2pFault.LARGE_FRAMES)) {
      here.write(P2pFrames.frame(start, "block", new byte[LARGE_PAYLOAD_BYTES]));
    }
    ByteBuf pong = P2pFrames.frame(start, "pong", nonce);
    long delay = server.pongDelayNanos();
    if (delay == 0) {
      here.writeAndFlush(pong);
    } else {
      here.executor().schedule(() -> here.writeAndFlush(pong), delay, TimeUnit.NANOSECONDS);
    }
  }
}
