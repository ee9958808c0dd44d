package org.bgpannouncer.probe.net;

import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.bgpannouncer.probe.time.Loop;

/** A {@link Loop} on a Netty event loop. */
public final class NettyLoop implements Loop {
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
    Future<?> future = eventLoop.schedule(task, Math.max(0, delayNanos), TimeUnit.NANOSECONDS);
    return () -> future.cancel(false);
  }

  @Override
  public boolean isCurrent() {
    return eventLoop.inEventLoop();
  }
}
