package org.bgpannouncer.testkit.bitcoin;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.socket.SocketChannel;
import java.net.InetSocketAddress;
import java.util.concurrent.Callable;
import java.util.function.Consumer;

/**
 * A TCP port of a simulated node, which can refuse and listen again. Thread-safe; every method
 * returns when it has taken effect. Never call one on the loop's own thread.
 */
final class SimulatorPort {
  private final SimulatorLoop simulator;
  private final EventLoop loop;
  private final Consumer<SocketChannel> accepted;
  private final InetSocketAddress address;
  private volatile Channel listener;

  /**
   * Listens.
   *
   * @param wanted port 0 for any free one
   * @param accepted prepares each connection, on the loop's thread
   */
  SimulatorPort(
      SimulatorLoop simulator, InetSocketAddress wanted, Consumer<SocketChannel> accepted) {
    this.simulator = simulator;
    this.loop = simulator.eventLoop();
    this.accepted = accepted;
    this.listener = listen(wanted);
    this.address = (InetSocketAddress) listener.localAddress();
  }

  private Channel listen(InetSocketAddress where) {
    return new ServerBootstrap()
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
        .bind(where)
        .syncUninterruptibly()
        .channel();
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
      listener = listen(address);
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
