package org.bgpannouncer.bgp.session;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.socket.SocketChannel;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;

/**
 * Connects to a BGP peer and runs one session with it, on one thread of its own. There is no second
 * attempt: when the session has ended, dialling again is the caller's.
 */
public final class BgpDialer implements AutoCloseable {
  private final SessionLoop loop;
  private final Channel channel;

  private BgpDialer(SessionLoop loop, Channel channel) {
    this.loop = loop;
    this.channel = channel;
  }

  /**
   * Connects to {@code remote}; the session follows as events.
   *
   * @param patience for the connection, up to about 24 days
   * @throws IOException when there is no connection
   */
  public static BgpDialer dial(
      InetSocketAddress remote, SessionConfig config, SessionListener listener, Duration patience)
      throws IOException {
    SessionLoop loop = SessionLoop.start("bgp-dialer");
    Bootstrap bootstrap =
        new Bootstrap()
            .group(loop.group())
            .channel(loop.channel())
            .option(ChannelOption.TCP_NODELAY, true)
            .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, Math.toIntExact(patience.toMillis()))
            .handler(
                new ChannelInitializer<SocketChannel>() {
                  @Override
                  protected void initChannel(SocketChannel channel) {
                    SoloSession.on(
                        channel,
                        1,
                        remote,
                        SessionMachine.dialling(config, SoloSession.JITTER),
                        listener,
                        System::nanoTime);
                  }
                });
    var connected = bootstrap.connect(remote).awaitUninterruptibly();
    if (!connected.isSuccess()) {
      loop.stop();
      throw new IOException("connect: " + remote + " (expected: a peer)", connected.cause());
    }
    return new BgpDialer(loop, connected.channel());
  }

  /** Closes the connection without a NOTIFICATION; the session has ended on return. */
  @Override
  public void close() {
    channel.close().awaitUninterruptibly();
    loop.stop();
  }
}
