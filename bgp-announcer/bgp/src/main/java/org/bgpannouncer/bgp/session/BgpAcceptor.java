package org.bgpannouncer.bgp.session;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.socket.SocketChannel;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Map;
import org.bgpannouncer.bgp.BgpError;
import org.bgpannouncer.bgp.NotificationMessage;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One listening socket that the peers of a runtime share; see {@link BgpRuntime#listen}. A
 * connection from nobody we know is closed with Connection Rejected (RFC 4486 section 4), and told
 * of at most once a second.
 */
public final class BgpAcceptor implements AutoCloseable {
  /**
   * Strangers whose connections are being closed, at a time; a further one gets no NOTIFICATION.
   */
  private static final int MAX_STRANGERS = 64;

  private static final long LOG_INTERVAL_NANOS = 1_000_000_000L;
  private static final Logger LOG = LoggerFactory.getLogger(BgpAcceptor.class);

  private final BgpRuntime runtime;
  private final Channel server;
  private final InetSocketAddress address;

  private BgpAcceptor(BgpRuntime runtime, Channel server) {
    this.runtime = runtime;
    this.server = server;
    this.address = (InetSocketAddress) server.localAddress();
  }

  static BgpAcceptor bind(BgpRuntime runtime, InetSocketAddress local) throws IOException {
    ServerBootstrap bootstrap =
        new ServerBootstrap()
            .group(runtime.loop().group())
            .channel(runtime.loop().serverChannel())
            .option(ChannelOption.SO_REUSEADDR, true)
            .childOption(ChannelOption.TCP_NODELAY, true)
            .childHandler(new Reception(runtime));
    var bound = bootstrap.bind(local).awaitUninterruptibly();
    if (!bound.isSuccess()) {
      throw new IOException("listen: " + local + " (expected: free)", bound.cause());
    }
    return new BgpAcceptor(runtime, bound.channel());
  }

  /** Where it listens. */
  public InetSocketAddress address() {
    return address;
  }

  /** Listens no more; sessions go on. */
  @Override
  public void close() {
    if (runtime.isClosed()) {
      return;
    }
    try {
      runtime.call(
          () -> {
            runtime.forget(this);
            return null;
          });
    } catch (IOException e) {
      LOG.warn("event=close-failed reason={}", e.getMessage());
    }
  }

  void prepare(Map<InetAddress, byte[]> keys, int minTtl) throws IOException {
    SocketOptions.listening(server, keys, minTtl);
  }

  void closeNow() {
    server.close();
  }

  /** Brings each connection to its peer, or to the door. */
  private static final class Reception extends ChannelInitializer<SocketChannel> {
    private static final SessionListener NOBODY = (session, event) -> {};

    private final BgpRuntime runtime;
    private int strangers;
    private long unlogged;
    private boolean logged;
    private long loggedNanos;

    Reception(BgpRuntime runtime) {
      this.runtime = runtime;
    }

    @Override
    protected void initChannel(SocketChannel channel) {
      var peer = runtime.peerOf(channel);
      if (peer.isPresent()) {
        peer.get().accept(channel);
        return;
      }
      log(channel.remoteAddress());
      if (strangers >= MAX_STRANGERS) {
        channel.close();
        return;
      }
      strangers++;
      channel.closeFuture().addListener(closed -> strangers--);
      new SessionHandler(
          0,
          channel,
          channel.remoteAddress(),
          NOBODY,
          System::nanoTime,
          (session, input) -> {
            if (input instanceof SessionInput.Connected) {
              session.refuse(NotificationMessage.of(BgpError.CONNECTION_REJECTED));
            }
          });
    }

    private void log(InetSocketAddress stranger) {
      long nowNanos = runtime.nanoTime();
      if (logged && nowNanos - loggedNanos < LOG_INTERVAL_NANOS) {
        unlogged++;
        return;
      }
      LOG.warn("event=refused peer={} reason=unknown others={}", stranger, unlogged);
      logged = true;
      loggedNanos = nowNanos;
      unlogged = 0;
    }
  }
}
