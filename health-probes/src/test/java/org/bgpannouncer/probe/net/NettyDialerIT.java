package org.bgpannouncer.probe.net;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.bgpannouncer.probe.net.Dialer.CloseCause;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** How a real connection ends when something of ours throws. */
final class NettyDialerIT {
  private final MultiThreadIoEventLoopGroup group = NettyTransport.newGroup(1);
  private final ServerSocket server;

  NettyDialerIT() throws IOException {
    server = new ServerSocket(0, 8, InetAddress.getLoopbackAddress());
  }

  @AfterEach
  void close() throws Exception {
    server.close();
    group.shutdownGracefully(0, 0, TimeUnit.SECONDS).await(10, TimeUnit.SECONDS);
  }

  @Test
  void aHandlerThatThrowsOnConnectEndsTheConnectionAsOurs() throws Exception {
    Ending ending =
        new Ending() {
          @Override
          public void connected(Dialer.Link<ByteBuf> link) {
            throw new IllegalStateException("listener");
          }
        };

    assertThat(endOf(ending, false)).isEqualTo("OURS java.lang.IllegalStateException: listener");
  }

  @Test
  void aHandlerThatThrowsOnAMessageEndsTheConnectionAsOurs() throws Exception {
    Ending ending =
        new Ending() {
          @Override
          public void received(ByteBuf message) {
            throw new IllegalStateException("listener");
          }
        };

    assertThat(endOf(ending, true)).isEqualTo("OURS java.lang.IllegalStateException: listener");
  }

  @Test
  void aMessageThatCannotBeEncodedEndsTheConnectionAsOurs() throws Exception {
    CompletableFuture<String> ended = new CompletableFuture<>();
    NettyDialer<String> withoutEncoder =
        new NettyDialer<>(group.next(), String.class, pipeline -> {});
    Dialer.Handler<String> handler =
        new Dialer.Handler<>() {
          @Override
          public void connected(Dialer.Link<String> link) {
            link.send("text");
          }

          @Override
          public void failed(DialFailure failure) {
            ended.complete(failure.toString());
          }

          @Override
          public void received(String message) {}

          @Override
          public void closed(CloseCause cause, String detail) {
            ended.complete(cause + " " + detail);
          }
        };

    group.next().execute(() -> withoutEncoder.dial(address(), null, 5_000_000_000L, handler));

    assertThat(ended.get(10, TimeUnit.SECONDS)).startsWith("OURS ").contains("Unsupported");
  }

  private String endOf(Ending ending, boolean speak) throws Exception {
    NettyDialer<ByteBuf> dialer = new NettyDialer<>(group.next(), ByteBuf.class, pipeline -> {});
    group.next().execute(() -> dialer.dial(address(), null, 5_000_000_000L, ending));
    try (Socket accepted = server.accept()) {
      if (speak) {
        accepted.getOutputStream().write(1);
      }
      String end = ending.ended.get(10, TimeUnit.SECONDS);
      assertThat(accepted.getInputStream().read()).as("closed by us").isEqualTo(-1);
      return end;
    }
  }

  private InetSocketAddress address() {
    return new InetSocketAddress(InetAddress.getLoopbackAddress(), server.getLocalPort());
  }

  private static class Ending implements Dialer.Handler<ByteBuf> {
    final CompletableFuture<String> ended = new CompletableFuture<>();

    @Override
    public void connected(Dialer.Link<ByteBuf> link) {}

    @Override
    public void failed(DialFailure failure) {
      ended.complete(failure.toString());
    }

    @Override
    public void received(ByteBuf message) {}

    @Override
    public void closed(CloseCause cause, String detail) {
      ended.complete(cause + " " + detail);
    }
  }
}
