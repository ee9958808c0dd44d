package org.bgpannouncer.probe.net;

import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.bgpannouncer.probe.time.Loop;

/**
 * A {@link Loop} on a Netty event loop.
 *
 * <p>A timer of {@value #LONG_MILLIS} ms or more fires up to {@value #SLOT_MILLIS} ms late, when
 * others of its loop do: a processor that is woken for one probe at a time spends most of its time
 * on waking up.
 */
public final class NettyLoop implements Loop {
  /** Timers from here on have time to spare. */
  static final long LONG_MILLIS = 500;

  /** How far apart they fire. */
  static final long SLOT_MILLIS = 50;

  private static final long LONG_NANOS = TimeUnit.MILLISECONDS.toNanos(LONG_MILLIS);
  private static final long SLOT_NANOS = TimeUnit.MILLISECONDS.toNanos(SLOT_MILLIS);

  private final EventLoop eventLoop;

  /** Wraps {@code eventLoop}. */
  public NettyLoop(EventLoop eventLoop) {
    this.eventLoop = eventLoop;
  }

  /** The event loop, for the dialers of the same probe. */
  public EventLoop eventLoop() {
    return eventLoop;
  }

  @Override
  public long nanoTime() {
    return System.nanoTime();
  }

  @Override
  public void execute(Runnable task) {
    eventLoop.execute(task);
  }

  @Override
  public Timer schedule(long delayNanos, Runnable task) {
    long shared = shared(nanoTime(), delayNanos);
    Future<?> future = eventLoop.schedule(task, shared, TimeUnit.NANOSECONDS);
    return () -> future.cancel(false);
  }

  /** The delay until the slot at or after {@code delayNanos} from now, if that is long. */
  static long shared(long nowNanos, long delayNanos) {
    return delayNanos < LONG_NANOS
        ? Math.max(0, delayNanos)
        : delayNanos + Math.floorMod(-(nowNanos + delayNanos), SLOT_NANOS);
  }

  @Override
  public boolean isCurrent() {
    return eventLoop.inEventLoop();
  }
}
