package org.bgpannouncer.probe.time;

import java.util.concurrent.Executor;

/**
 * One thread's worth of tasks and timers: whatever runs on a loop runs alone. {@link
 * Executor#execute} may be called from any thread; {@link #schedule} too.
 */
public interface Loop extends Ticker, Executor {
  /** Runs {@code task} on this loop once {@code delayNanos} have passed; at once if negative. */
  Timer schedule(long delayNanos, Runnable task);

  /** Whether the caller is on this loop. */
  boolean isCurrent();

  /** A scheduled task. */
  @FunctionalInterface
  interface Timer {
    /** Makes sure that the task does not run, unless it already has. Call it on the loop. */
    void cancel();
  }
}
