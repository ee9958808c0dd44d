package org.bgpannouncer.engine;

import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.PriorityQueue;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.bgpannouncer.probe.time.Loop;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A {@link Loop} on one plain thread, which sleeps until there is something to do: no polling.
 *
 * <p>Its queue is short by construction: observations and receipts go through the {@link Mailbox},
 * which has at most one task here. A task that throws is logged, and the loop goes on.
 */
public final class ThreadLoop implements Loop, AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(ThreadLoop.class);
  private static final Comparator<Entry> BY_TIME_THEN_ORDER =
      (left, right) -> {
        int byTime = Long.signum(left.dueNanos - right.dueNanos);
        return byTime != 0 ? byTime : Long.compare(left.order, right.order);
      };

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition wake = lock.newCondition();
  private final ArrayDeque<Runnable> tasks = new ArrayDeque<>();
  private final PriorityQueue<Entry> timers = new PriorityQueue<>(BY_TIME_THEN_ORDER);
  private final Thread thread;
  private long nextOrder;
  private boolean closed;
  private volatile boolean busy;
  private volatile long busySinceNanos;

  /** A loop on a daemon thread of this name; nothing runs before {@link #start}. */
  public ThreadLoop(String name) {
    thread = new Thread(this::run, name);
    thread.setDaemon(true);
  }

  /** Starts the thread. Call it once. */
  public void start() {
    thread.start();
  }

  @Override
  public long nanoTime() {
    return System.nanoTime();
  }

  @Override
  public boolean isCurrent() {
    return Thread.currentThread() == thread;
  }

  /** For how long the task under way has been running; zero if none is. */
  public long busyNanos() {
    return busy ? Math.max(0, System.nanoTime() - busySinceNanos) : 0;
  }

  /** Tasks after {@link #close} are dropped. */
  @Override
  public void execute(Runnable task) {
    lock.lock();
    try {
      if (!closed) {
        tasks.add(task);
        wake.signal();
      }
    } finally {
      lock.unlock();
    }
  }

  @Override
  public Timer schedule(long delayNanos, Runnable task) {
    lock.lock();
    try {
      Entry entry = new Entry(nanoTime() + Math.max(0, delayNanos), nextOrder++, task);
      if (!closed) {
        timers.add(entry);
        wake.signal();
      }
      return () -> cancel(entry);
    } finally {
      lock.unlock();
    }
  }

  private void cancel(Entry entry) {
    lock.lock();
    try {
      timers.remove(entry);
    } finally {
      lock.unlock();
    }
  }

  /** Ends the thread after the task under way; what waits is dropped. */
  @Override
  public void close() {
    lock.lock();
    try {
      closed = true;
      tasks.clear();
      timers.clear();
      wake.signal();
    } finally {
      lock.unlock();
    }
  }

  // Fail-static (requirements M36): whatever a task throws, Errors included, must not end the one
  // thread that can still withdraw.
  @SuppressWarnings("CatchThrowable")
  private void run() {
    for (Runnable task = next(); task != null; task = next()) {
      busySinceNanos = System.nanoTime();
      busy = true;
      try {
        task.run();
      } catch (Throwable failure) {
        log.error("event=task-failed thread={}", thread.getName(), failure);
      }
      busy = false;
    }
  }

  private @Nullable Runnable next() {
    lock.lock();
    try {
      while (!closed) {
        Entry timer = timers.peek();
        long leftNanos = timer == null ? Long.MAX_VALUE : timer.dueNanos - nanoTime();
        if (timer != null && leftNanos <= 0) {
          timers.remove();
          return timer.task;
        }
        Runnable task = tasks.poll();
        if (task != null) {
          return task;
        }
        try {
          if (timer == null) {
            wake.await();
          } else {
            wake.awaitNanos(leftNanos);
          }
        } catch (InterruptedException e) {
          // Only close() may stop this thread: an interrupt is no reason to leave the routes alone.
          log.warn("event=interrupted thread={}", thread.getName());
        }
      }
      return null;
    } finally {
      lock.unlock();
    }
  }

  private static final class Entry {
    final long dueNanos;
    final long order;
    final Runnable task;

    Entry(long dueNanos, long order, Runnable task) {
      this.dueNanos = dueNanos;
      this.order = order;
      this.task = task;
    }
  }
}
