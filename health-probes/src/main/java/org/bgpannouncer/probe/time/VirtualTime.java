package org.bgpannouncer.probe.time;

import java.time.Duration;
import java.util.Comparator;
import java.util.PriorityQueue;

/**
 * A {@link Loop} whose time moves only when told: tasks run on the caller's thread, ordered by due
 * time and then by the order of scheduling. Hours pass in microseconds, and always the same way.
 *
 * <p>Not thread-safe: one test, one thread.
 */
public final class VirtualTime implements Loop {
  private static final Comparator<Entry> BY_TIME_THEN_ORDER =
      Comparator.<Entry>comparingLong(entry -> entry.dueNanos)
          .thenComparingLong(entry -> entry.order);

  private final PriorityQueue<Entry> queue = new PriorityQueue<>(BY_TIME_THEN_ORDER);
  private long nowNanos;
  private long nextOrder;
  private boolean running;

  /** Starts at zero. */
  public VirtualTime() {
    this(0);
  }

  /** Starts at {@code startNanos}. */
  public VirtualTime(long startNanos) {
    this.nowNanos = startNanos;
  }

  @Override
  public long nanoTime() {
    return nowNanos;
  }

  @Override
  public void execute(Runnable task) {
    schedule(0, task);
  }

  @Override
  public Timer schedule(long delayNanos, Runnable task) {
    Entry entry = new Entry(nowNanos + Math.max(0, delayNanos), nextOrder++, task);
    queue.add(entry);
    return () -> queue.remove(entry);
  }

  /** True while a task runs. */
  @Override
  public boolean isCurrent() {
    return running;
  }

  /** Runs everything due now, including what that schedules for now. */
  public void runDue() {
    advance(Duration.ZERO);
  }

  /** Lets {@code duration} pass, running every task at its due time. */
  public void advance(Duration duration) {
    long untilNanos = nowNanos + duration.toNanos();
    for (Entry next = queue.peek();
        next != null && next.dueNanos <= untilNanos;
        next = queue.peek()) {
      queue.remove();
      nowNanos = Math.max(nowNanos, next.dueNanos);
      running = true;
      try {
        next.task.run();
      } finally {
        running = false;
      }
    }
    nowNanos = untilNanos;
  }

  /** How many tasks wait. */
  public int pending() {
    return queue.size();
  }

  private static final class Entry {
    private final long dueNanos;
    private final long order;
    private final Runnable task;

    Entry(long dueNanos, long order, Runnable task) {
      this.dueNanos = dueNanos;
      this.order = order;
      this.task = task;
    }
  }
}
