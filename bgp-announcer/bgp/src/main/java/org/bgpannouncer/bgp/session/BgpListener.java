package org.bgpannouncer.bgp.session;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.channel.socket.SocketChannel;
import java.io.IOException;
import java.net.InetSocketAddress;
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

  private final SessionLoop loop;
  private final Channel server;
  private final ChannelGroup sessions;

  private BgpListener(SessionLoop loop, Channel server, ChannelGroup sessions) {
    this.loop = loop;
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
    SessionLoop loop = SessionLoop.start("bgp-listener");
    ChannelGroup sessions = new DefaultChannelGroup(loop.group().next());
    AtomicLong ids = new AtomicLong();
    ServerBootstrap bootstrap =
        new ServerBootstrap()
            .group(loop.group())
            .channel(loop.serverChannel())
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
                    SoloSession.on(
                        channel,
                        ids.incrementAndGet(),
                        channel.remoteAddress(),
                        SessionMachine.accepting(config, SoloSession.JITTER),
                        listener,
                        System::nanoTime);
                  }
                });
    var bound = bootstrap.bind(local).awaitUninterruptibly();
    if (!bound.isSuccess()) {
      loop.stop();
      throw new IOException("listen: " + local + " (expected: free)", bound.cause());
    }
    return new BgpListener(loop, bound.channel(), sessions);
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
    loop.stop();
  }
}
