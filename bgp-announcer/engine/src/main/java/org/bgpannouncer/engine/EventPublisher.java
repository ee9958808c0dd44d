package org.bgpannouncer.engine;

import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.bgpannouncer.observe.AnnouncerEvent;
import org.bgpannouncer.observe.AnnouncerListener;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes events off the engine's thread and tells the listeners on its own, {@code
 * announcer-events}: neither a slow listener nor a log that cannot be written delays a decision.
 *
 * <p>Bounded: when {@value #CAPACITY} events wait, the oldest is lost and counted.
 */
public final class EventPublisher implements Consumer<AnnouncerEvent>, AutoCloseable {
  /** How many events may wait. */
  static final int CAPACITY = 16_384;

  private static final Logger log = LoggerFactory.getLogger(EventPublisher.class);

  private final BlockingQueue<AnnouncerEvent> waiting = new ArrayBlockingQueue<>(CAPACITY);
  private final List<AnnouncerListener> listeners;
  private final AtomicLong lost = new AtomicLong();
  private final Thread thread;
  private volatile boolean closed;

  /** Starts its thread. */
  public EventPublisher(List<AnnouncerListener> listeners) {
    this.listeners = List.copyOf(listeners);
    this.thread = new Thread(this::run, "announcer-events");
    thread.setDaemon(true);
    thread.start();
  }

  @Override
  public void accept(AnnouncerEvent event) {
    while (!waiting.offer(event)) {
      if (waiting.poll() != null) {
        lost.incrementAndGet();
      }
    }
  }

  /** How many events were lost. */
  public long lost() {
    return lost.get();
  }

  /** Tells what waits, for at most a second, then ends the thread. */
  @Override
  public void close() {
    closed = true;
    thread.interrupt();
    try {
      thread.join(TimeUnit.SECONDS.toMillis(1));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void run() {
    while (!closed) {
      try {
        tell(waiting.take());
      } catch (InterruptedException e) {
        // close() does that; anybody else is ignored.
      }
    }
    for (AnnouncerEvent event = waiting.poll(); event != null; event = waiting.poll()) {
      tell(event);
    }
  }

  // A listener is not ours: whatever it throws must not end the events of the others.
  @SuppressWarnings("CatchThrowable")
  private void tell(AnnouncerEvent event) {
    for (AnnouncerListener listener : listeners) {
      try {
        listener.happened(event);
      } catch (Throwable failure) {
        log.warn("event=listener-failed listener={}", listener.getClass().getName(), failure);
      }
    }
  }
}
