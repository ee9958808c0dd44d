package org.bgpannouncer.bgp.session;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Lets BGP peers connect and runs a passive session with each, on one thread of its own. At most
 * {@value #MAX_SESSIONS} at a time; a further connection is closed at once.
 */
public final class BgpListener implements AutoCloseable {
  /** The sessions of one listener at a time. */
  public static final int MAX_SESSIONS = 256;

  private static final Logger LOG = LoggerFactory.getLogger(BgpListener.class);

  private final MultiThreadIoEventLoopGroup group;
  private final Channel server;
  private final ChannelGroup sessions;

  private BgpListener(MultiThreadIoEventLoopGroup group, Channel server, ChannelGroup sessions) {
    this.group = group;
    this.server = server;
    this.sessions = sessions;
  }

  /**
   * Listens on {@code local}; port 0 takes a free one.
   *
   * @throws IOException when the address cannot be bound
   */
  public static BgpListener open(
      InetSocketAddress local, SessionConfig config, SessionListener listener) throws IOException {
    boolean epoll = Epoll.isAvailable();
    MultiThreadIoEventLoopGroup group =
        new MultiThreadIoEventLoopGroup(
            1,
            new DefaultThreadFactory("bgp-listener", true),
            epoll ? EpollIoHandler.newFactory() : NioIoHandler.newFactory());
    ChannelGroup sessions = new DefaultChannelGroup(group.next());
    AtomicLong ids = new AtomicLong();
    ServerBootstrap bootstrap =
        new ServerBootstrap()
            .group(group)
            .channel(epoll ? EpollServerSocketChannel.class : NioServerSocketChannel.class)
            .option(ChannelOption.SO_REUSEADDR, true)
            .childOption(ChannelOption.TCP_NODELAY, true)
            .childHandler(
                new ChannelInitializer<SocketChannel>() {
                  @Override
                  protected void initChannel(SocketChannel channel) {
                    if (sessions.size() >= MAX_SESSIONS) {
                      LOG.warn("event=refused peer={} reason=full", channel.remoteAddress());
                      channel.close();
                      return;
                    }
                    sessions.add(channel);
                    new SessionHandler(
                        ids.incrementAndGet(), channel, config, listener, System::nanoTime);
                  }
                });
    var bound = bootstrap.bind(local).awaitUninterruptibly();
    if (!bound.isSuccess()) {
      group.shutdownGracefully(0, 1, TimeUnit.SECONDS);
      throw new IOException("listen: " + local + " (expected: free)", bound.cause());
    }
    return new BgpListener(group, bound.channel(), sessions);
  }

  /** Where it listens. */
  public InetSocketAddress address() {
    return (InetSocketAddress) server.localAddress();
  }

  /** Closes the listener and every session, without a NOTIFICATION; all have ended on return. */
  @Override
  public void close() {
    server.close().awaitUninterruptibly();
    sessions.close().awaitUninterruptibly();
    group.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly();
  }
}
