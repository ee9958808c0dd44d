package org.bgpannouncer.probe.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.DefaultEventLoop;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.handler.codec.CorruptedFrameException;
import io.netty.handler.codec.DecoderException;
import io.netty.handler.codec.EncoderException;
import io.netty.handler.codec.TooLongFrameException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.channels.NotYetConnectedException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import javax.net.ssl.SSLHandshakeException;
import org.bgpannouncer.probe.Outcome;
import org.bgpannouncer.probe.net.Dialer.CloseCause;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

final class NettyDialerTest {
  static Stream<Arguments> everyEndHasAnOwner() {
    return Stream.of(
        Arguments.of(new IOException("recvAddress(..) failed with error(-104): x"), "RST"),
        Arguments.of(new IOException("Connection reset"), "RST"),
        Arguments.of(new IOException("recvAddress(..) failed with error(-110): x"), "ERROR"),
        Arguments.of(new CorruptedFrameException("checksum"), "PROTOCOL_ERROR"),
        Arguments.of(new TooLongFrameException("length"), "PROTOCOL_ERROR"),
        Arguments.of(new DecoderException(new SSLHandshakeException("alert")), "PROTOCOL_ERROR"),
        // A bug in a codec, a handler or a listener, and no memory, are never the host's.
        Arguments.of(new DecoderException(new IndexOutOfBoundsException("bug")), "OURS"),
        Arguments.of(new EncoderException(new IllegalStateException("bug")), "OURS"),
        Arguments.of(new IllegalStateException("listener"), "OURS"),
        Arguments.of(new OutOfMemoryError("direct"), "OURS"));
  }

  @ParameterizedTest
  @MethodSource
  void everyEndHasAnOwner(Throwable thrown, CloseCause owner) {
    assertThat(NettyDialer.causeOf(thrown)).isEqualTo(owner);
  }

  // As with EMFILE: the channel was never registered, and has no event loop to be closed on.
  @Test
  void aDialWithoutASocketCanBeCancelled() throws Exception {
    DefaultEventLoop withoutSockets = new DefaultEventLoop();
    try {
      NettyDialer<Void> dialer = new NettyDialer<>(withoutSockets, Void.class, pipeline -> {});
      InetSocketAddress remote = new InetSocketAddress(InetAddress.getLoopbackAddress(), 9);
      List<Outcome> failures = new CopyOnWriteArrayList<>();

      Dialer.Dial dial =
          withoutSockets
              .submit(() -> dialer.dial(remote, null, 1_000_000_000, into(failures)))
              .get(10, TimeUnit.SECONDS);
      await().atMost(Duration.ofSeconds(10)).until(() -> !failures.isEmpty());
      withoutSockets.submit(dial::cancel).get(10, TimeUnit.SECONDS);

      assertThat(failures).containsExactly(Outcome.UNKNOWN);
    } finally {
      withoutSockets.shutdownGracefully(0, 0, TimeUnit.SECONDS).await(10, TimeUnit.SECONDS);
    }
  }

  @Test
  void aDialThatIsCancelledAtOnceIsNotMade() throws Exception {
    DefaultEventLoop withoutSockets = new DefaultEventLoop();
    try {
      NettyDialer<Void> dialer = new NettyDialer<>(withoutSockets, Void.class, pipeline -> {});
      InetSocketAddress remote = new InetSocketAddress(InetAddress.getLoopbackAddress(), 9);
      List<Outcome> failures = new CopyOnWriteArrayList<>();

      withoutSockets
          .submit(() -> dialer.dial(remote, null, 1_000_000_000, into(failures)).cancel())
          .get(10, TimeUnit.SECONDS);
      withoutSockets.submit(() -> {}).get(10, TimeUnit.SECONDS); // behind the dial

      assertThat(failures).isEmpty();
    } finally {
      withoutSockets.shutdownGracefully(0, 0, TimeUnit.SECONDS).await(10, TimeUnit.SECONDS);
    }
  }

  @Test
  void aDialThatBreaksBeforeItIsConnectedFailsOnce() throws Exception {
    EventLoopGroup loops = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
    try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      ChannelInboundHandlerAdapter breaking =
          new ChannelInboundHandlerAdapter() {
            @Override
            public void channelRegistered(ChannelHandlerContext context) {
              context.fireExceptionCaught(new NotYetConnectedException());
            }
          };
      EventLoop loop = loops.next();
      NettyDialer<Void> dialer =
          new NettyDialer<>(loop, Void.class, pipeline -> pipeline.addLast(breaking));
      List<Outcome> failures = new CopyOnWriteArrayList<>();
      InetSocketAddress remote = (InetSocketAddress) server.getLocalSocketAddress();

      loop.submit(() -> dialer.dial(remote, null, 1_000_000_000, into(failures))).get();

      await().atMost(Duration.ofSeconds(10)).until(() -> !failures.isEmpty());
      loop.schedule(() -> {}, 1100, TimeUnit.MILLISECONDS).get(); // past the dial's deadline
      assertThat(failures).containsExactly(Outcome.UNKNOWN);
    } finally {
      loops.shutdownGracefully(0, 0, TimeUnit.SECONDS).await(10, TimeUnit.SECONDS);
    }
  }

  private static Dialer.Handler<Void> into(List<Outcome> failures) {
    return new Dialer.Handler<>() {
      @Override
      public void connected(Dialer.Link<Void> link) {}

      @Override
      public void failed(DialFailure failure) {
        failures.add(failure.outcome());
      }

      @Override
      public void received(Void message) {}

      @Override
      public void closed(CloseCause cause, String detail) {}
    };
  }
}
