package org.bgpannouncer.engine;

import java.util.OptionalLong;
import org.bgpannouncer.probe.time.Loop;
import org.jspecify.annotations.Nullable;

/** Wakes one part of the engine at its next deadline; at most one timer each. */
final class Alarm {
  private final Loop loop;
  private final Runnable task;
  private Loop.@Nullable Timer timer;
  private long atNanos;

  Alarm(Loop loop, Runnable task) {
    this.loop = loop;
    this.task = task;
  }

  /**
   * Sets the deadline. A timer that fires too early stays: the task asks for its deadline again,
   * and that is cheaper than a new timer for each of 10,000 receipts.
   */
  void set(OptionalLong deadlineNanos) {
    if (deadlineNanos.isEmpty()) {
      cancel();
      return;
    }
    long deadline = deadlineNanos.getAsLong();
    if (timer != null && atNanos - deadline <= 0) {
      return;
    }
    cancel();
    atNanos = deadline;
    timer = loop.schedule(deadline - loop.nanoTime(), this::fire);
  }

  private void fire() {
    timer = null;
    task.run();
  }

  void cancel() {
    if (timer != null) {
      timer.cancel();
      timer = null;
    }
  }
}
