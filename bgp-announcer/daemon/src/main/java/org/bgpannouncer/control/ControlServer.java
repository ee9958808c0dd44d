package org.bgpannouncer.control;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.ServerChannel;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerDomainSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerDomainSocketChannel;
import io.netty.channel.unix.DomainSocketAddress;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.timeout.ReadTimeoutHandler;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.io.IOException;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Serves the {@link ControlApi} on a Unix-domain socket of mode 0600.
 *
 * <p>Everything a client can cost is bounded: {@link #MAX_CONNECTIONS} at a time, 5 s to send a
 * request, a few kilobytes of it, one request a connection. Runs on one thread of its own.
 */
public final class ControlServer implements AutoCloseable {
  static final int MAX_CONNECTIONS = 16;
  private static final int READ_TIMEOUT_SECONDS = 5;
  private static final int MAX_LINE_BYTES = 1024;
  private static final int MAX_HEADER_BYTES = 4096;
  private static final int MAX_BODY_BYTES = 4096;
  private static final Logger LOG = LoggerFactory.getLogger(ControlServer.class);

  private final MultiThreadIoEventLoopGroup group;
  private final Path socket;
  private final @Nullable Object fileKey;

  private ControlServer(MultiThreadIoEventLoopGroup group, Path socket) throws IOException {
    this.group = group;
    this.socket = socket;
    this.fileKey = fileKey(socket);
  }

  /**
   * Opens the socket. A file that is left there is replaced if nobody answers on it.
   *
   * @throws IOException if the socket cannot be made, or another daemon answers on it
   */
  public static ControlServer open(Path socket, ControlApi api) throws IOException {
    Path parent = Objects.requireNonNull(socket.getParent(), "absolute path");
    Files.createDirectories(parent);
    if (Files.exists(socket, LinkOption.NOFOLLOW_LINKS) && answers(socket)) {
      throw new IOException(
          "control.socket: " + socket + " (expected: a path no other daemon answers on)");
    }
    IoHandlerFactory io =
        Epoll.isAvailable() ? EpollIoHandler.newFactory() : NioIoHandler.newFactory();
    MultiThreadIoEventLoopGroup group =
        new MultiThreadIoEventLoopGroup(1, new DefaultThreadFactory("announcer-control", true), io);
    // Bound aside and renamed, so that the socket is never there with other permissions.
    Path aside = parent.resolve("." + ProcessHandle.current().pid() + ".sock");
    try {
      Files.deleteIfExists(aside);
      bind(group, aside, api);
      Files.setPosixFilePermissions(aside, PosixFilePermissions.fromString("rw-------"));
      Files.move(
          aside, socket, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
      return new ControlServer(group, socket);
    } catch (IOException | RuntimeException e) {
      group.shutdownGracefully(0, 1, TimeUnit.SECONDS);
      Files.deleteIfExists(aside);
      throw e;
    }
  }

  private static void bind(MultiThreadIoEventLoopGroup group, Path path, ControlApi api)
      throws IOException {
    boolean epoll = Epoll.isAvailable();
    Class<? extends ServerChannel> type =
        epoll ? EpollServerDomainSocketChannel.class : NioServerDomainSocketChannel.class;
    SocketAddress address =
        epoll ? new DomainSocketAddress(path.toFile()) : UnixDomainSocketAddress.of(path);
    AtomicInteger connections = new AtomicInteger();
    var bound =
        new ServerBootstrap()
            .group(group)
            .channel(type)
            .childHandler(
                new ChannelInitializer<Channel>() {
                  @Override
                  protected void initChannel(Channel client) {
                    accept(client, connections, api);
                  }
                })
            .bind(address)
            .awaitUninterruptibly();
    if (!bound.isSuccess()) {
      throw new IOException("control.socket: " + path + ": " + bound.cause(), bound.cause());
    }
  }

  private static void accept(Channel client, AtomicInteger connections, ControlApi api) {
    client.closeFuture().addListener(closed -> connections.decrementAndGet());
    if (connections.incrementAndGet() > MAX_CONNECTIONS) {
      client.close();
      return;
    }
    client.pipeline().addLast(new ReadTimeoutHandler(READ_TIMEOUT_SECONDS));
    addHandlers(client.pipeline(), api);
  }

  /** Adds what reads requests and answers them. */
  static void addHandlers(ChannelPipeline pipeline, ControlApi api) {
    pipeline
        .addLast(new HttpServerCodec(MAX_LINE_BYTES, MAX_HEADER_BYTES, MAX_BODY_BYTES))
        .addLast(new HttpObjectAggregator(MAX_BODY_BYTES, true))
        .addLast(new ControlHandler(api));
  }

  private static boolean answers(Path socket) {
    try (SocketChannel probe = SocketChannel.open(StandardProtocolFamily.UNIX)) {
      return probe.connect(UnixDomainSocketAddress.of(socket));
    } catch (IOException e) {
      return false;
    }
  }

  private static @Nullable Object fileKey(Path path) throws IOException {
    return Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS)
        .fileKey();
  }

  /** Closes the socket and removes its file, unless another daemon has taken the place. */
  @Override
  public void close() {
    try {
      if (Objects.equals(fileKey, fileKey(socket))) {
        Files.deleteIfExists(socket);
      }
    } catch (IOException e) {
      LOG.debug("control socket {} is gone already", socket, e);
    }
    group.shutdownGracefully(0, 200, TimeUnit.MILLISECONDS);
  }
}
