package org.bgpannouncer.testkit.bitcoin;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.socket.SocketChannel;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.concurrent.Callable;
import java.util.function.Consumer;

/**
 * A TCP port of a simulated node, which can refuse and listen again. Thread-safe; every method
 * returns when it has taken effect. Never call one on the loop's own thread.
 */
final class SimulatorPort implements AutoCloseable {
  private final SimulatorLoop simulator;
  private final EventLoop loop;
  private final Consumer<SocketChannel> accepted;
  // Bound for as long as the port is, and never listening: while the node is dead the kernel
  // refuses, and gives the port to nobody who connects somewhere.
  private final Socket reservation = new Socket();
  private final InetSocketAddress address;
  private volatile Channel listener;

  /**
   * Listens.
   *
   * @param wanted port 0 for any free one
   * @param accepted prepares each connection, on the loop's thread
   * @throws UncheckedIOException when the address cannot be bound
   */
  SimulatorPort(
      SimulatorLoop simulator, InetSocketAddress wanted, Consumer<SocketChannel> accepted) {
    this.simulator = simulator;
    this.loop = simulator.eventLoop();
    this.accepted = accepted;
    try {
      reservation.setReuseAddress(true);
      reservation.bind(wanted);
      this.address = (InetSocketAddress) reservation.getLocalSocketAddress();
      this.listener = listen();
    } catch (IOException e) {
      release();
      throw new UncheckedIOException("listen: " + wanted + " (expected: free)", e);
    }
  }

  private Channel listen() throws IOException {
    ChannelFuture bound =
        new ServerBootstrap()
            .group(loop)
            .channel(simulator.serverChannel())
            .option(ChannelOption.SO_REUSEADDR, true)
            .childOption(ChannelOption.TCP_NODELAY, true)
            .childHandler(
                new ChannelInitializer<SocketChannel>() {
                  @Override
                  protected void initChannel(SocketChannel channel) {
                    accepted.accept(channel);
                  }
                })
            .bind(address)
            .awaitUninterruptibly();
    if (!bound.isSuccess()) {
      throw new IOException(bound.cause());
    }
    return bound.channel();
  }

  /** Where it listens, or listened while it refuses. */
  InetSocketAddress address() {
    return address;
  }

  /** Refuses new connections; those there are go on. */
  void stopListening() {
    listener.close().awaitUninterruptibly();
  }

  /** Listens again on the same port; no-op while it listens. */
  void revive() {
    if (!listener.isOpen()) {
      try {
        listener = listen();
      } catch (IOException e) {
        throw new UncheckedIOException("listen: " + address + " (expected: ours)", e);
      }
    }
  }

  /** Refuses new connections, and gives the port to others: it must not be revived. */
  @Override
  public void close() {
    stopListening();
    release();
  }

  private void release() {
    try {
      reservation.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Does this on the thread that all connections of the port share. */
  void run(Runnable task) {
    loop.submit(task).syncUninterruptibly();
  }

  /** Asks this on the thread that all connections of the port share. */
  <T> T call(Callable<T> task) {
    return loop.submit(task).syncUninterruptibly().getNow();
  }
}
