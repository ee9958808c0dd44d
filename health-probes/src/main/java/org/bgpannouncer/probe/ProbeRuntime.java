package org.bgpannouncer.probe;

import io.netty.channel.MultiThreadIoEventLoopGroup;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.bgpannouncer.probe.net.NettyLoop;
import org.bgpannouncer.probe.net.NettyTransport;
import org.bgpannouncer.probe.time.Loop;

/**
 * The threads all probes share: one event-loop group, one loop per probe, nothing blocking.
 *
 * <p>Close it after its probes. Thread-safe.
 */
public final class ProbeRuntime implements AutoCloseable {
  private static final double GOLDEN_RATIO = 0.6180339887498949;
  private static final long SPLAY_NANOS = TimeUnit.SECONDS.toNanos(1);

  private final MultiThreadIoEventLoopGroup group;
  private final AtomicInteger hosts = new AtomicInteger();

  /** One event-loop thread, which serves a thousand hosts at one second. */
  public ProbeRuntime() {
    this(1);
  }

  /**
   * @param threads at least 1
   */
  public ProbeRuntime(int threads) {
    if (threads < 1) {
      throw new IllegalArgumentException("threads: " + threads + " (expected: >= 1)");
    }
    this.group = NettyTransport.newGroup(threads);
  }

  /**
   * The loop for one more host: what {@code create} of each probe asks for, and {@link Probes}
   * takes by itself. The probes of one host share one loop.
   */
  public Loop nextLoop() {
    return new NettyLoop(group.next());
  }

  /**
   * The start delay of one more host: the golden ratio's multiples, modulo one, cut a second into
   * nearly equal parts whatever the number of hosts, and the first is zero.
   */
  long nextSplayNanos() {
    double part = hosts.getAndIncrement() * GOLDEN_RATIO % 1;
    return (long) (part * SPLAY_NANOS);
  }

  /** Stops the threads; returns when they have ended or after one second. */
  @Override
  public void close() {
    group.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly(1, TimeUnit.SECONDS);
  }
}
