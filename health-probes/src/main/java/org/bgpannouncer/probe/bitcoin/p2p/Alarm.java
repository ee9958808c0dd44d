package org.bgpannouncer.probe.bitcoin.p2p;

import java.util.function.Consumer;
import org.bgpannouncer.probe.time.Loop;
import org.jspecify.annotations.Nullable;

/**
 * A timer that can be set again, brought forward and cancelled; one task, at most one pending run.
 * Confined to its loop.
 */
final class Alarm {
  private final Loop loop;
  private final Runnable task;
  private final Consumer<RuntimeException> onBug;
  private Loop.@Nullable Timer timer;
  private long dueNanos;

  /**
   * @param onBug told when the task throws, which is a bug of ours; it decides how to go on
   */
  Alarm(Loop loop, Runnable task, Consumer<RuntimeException> onBug) {
    this.loop = loop;
    this.task = task;
    this.onBug = onBug;
  }

  /** Runs the task in {@code delayNanos}, and not when it was to run before. */
  void set(long delayNanos) {
    cancel();
    dueNanos = loop.nanoTime() + Math.max(0, delayNanos);
    timer = loop.schedule(delayNanos, this::run);
  }

  /** If set for later than {@code atNanos}, sets it for that moment. */
  void bringForward(long atNanos) {
    if (timer != null && atNanos - dueNanos < 0) {
      set(atNanos - loop.nanoTime());
    }
  }

  boolean isSet() {
    return timer != null;
  }

  void cancel() {
    if (timer != null) {
      timer.cancel();
      timer = null;
    }
  }

  private void run() {
    timer = null;
    try {
      task.run();
    } catch (RuntimeException e) {
      onBug.accept(e);
    }
  }
}
