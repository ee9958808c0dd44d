package org.bgpannouncer.probe.net;

import io.netty.channel.EventLoop;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollIoHandle;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.util.concurrent.DefaultThreadFactory;

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

  /** The socket channel type that runs on {@code eventLoop}. */
  public static Class<? extends SocketChannel> socketChannelFor(EventLoop eventLoop) {
    return eventLoop.parent() instanceof MultiThreadIoEventLoopGroup group
            && group.isCompatible(EpollIoHandle.class)
        ? EpollSocketChannel.class
        : NioSocketChannel.class;
  }
}
