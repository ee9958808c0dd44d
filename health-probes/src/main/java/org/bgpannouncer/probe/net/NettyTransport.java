package org.bgpannouncer.probe.net;

import io.netty.channel.Channel;
import io.netty.channel.ChannelConfig;
import io.netty.channel.EventLoop;
import io.netty.channel.IoEventLoop;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollChannelOption;
import io.netty.channel.epoll.EpollIoHandle;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioChannelOption;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.util.concurrent.DefaultThreadFactory;
import jdk.net.ExtendedSocketOptions;

/** Chooses epoll where the native library loads, NIO elsewhere. */
public final class NettyTransport {
  private NettyTransport() {}

  /** A group of {@code threads} daemon threads named {@code announcer-probes-N}. */
  public static MultiThreadIoEventLoopGroup newGroup(int threads) {
    IoHandlerFactory io =
        Epoll.isAvailable() ? EpollIoHandler.newFactory() : NioIoHandler.newFactory();
    return new MultiThreadIoEventLoopGroup(
        threads, new DefaultThreadFactory("announcer-probes", true), io);
  }

  /** Whether sockets of epoll run on {@code eventLoop}; else those of NIO do. */
  static boolean isEpoll(EventLoop eventLoop) {
    return eventLoop instanceof IoEventLoop loop && loop.isCompatible(EpollIoHandle.class);
  }

  /**
   * Has the kernel look after an idle connection, so that a middlebox neither cuts it nor leaves us
   * holding half of one.
   *
   * @param idleSeconds before the first probe
   * @param intervalSeconds between probes
   * @param probes how many unanswered ones end the connection
   */
  public static void keepAlive(Channel channel, int idleSeconds, int intervalSeconds, int probes) {
    ChannelConfig config = channel.config();
    if (channel instanceof EpollSocketChannel) {
      config.setOption(EpollChannelOption.TCP_KEEPIDLE, idleSeconds);
      config.setOption(EpollChannelOption.TCP_KEEPINTVL, intervalSeconds);
      config.setOption(EpollChannelOption.TCP_KEEPCNT, probes);
    } else if (channel instanceof NioSocketChannel) {
      config.setOption(NioChannelOption.of(ExtendedSocketOptions.TCP_KEEPIDLE), idleSeconds);
      config.setOption(
          NioChannelOption.of(ExtendedSocketOptions.TCP_KEEPINTERVAL), intervalSeconds);
      config.setOption(NioChannelOption.of(ExtendedSocketOptions.TCP_KEEPCOUNT), probes);
    }
  }
}
