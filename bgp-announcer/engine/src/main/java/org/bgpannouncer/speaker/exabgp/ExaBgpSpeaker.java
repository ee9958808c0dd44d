package org.bgpannouncer.speaker.exabgp;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.bgpannouncer.route.Nlri;
import org.bgpannouncer.speaker.RibUpdate;
import org.bgpannouncer.speaker.Speaker;
import org.bgpannouncer.speaker.SpeakerEvent;
import org.bgpannouncer.speaker.SpeakerEvent.Ended.Cause;
import org.bgpannouncer.speaker.SpeakerListener;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Speaks BGP through ExaBGP 4.2 or 5.x, over its process pipe or its named pipes.
 *
 * <p>Three daemon threads. <i>exabgp-reader</i> always reads: unread answers would stop ExaBGP's
 * keepalives. <i>exabgp-writer</i> alone may block on a full pipe. <i>exabgp-clock</i> runs the
 * deadlines and calls the listener. The state machine between them is guarded by one lock, held for
 * microseconds a line (milliseconds where 10,000 routes end a report) and never over parsing JSON,
 * I/O or a listener. Whatever a thread dies of ends the speaker: a process that is half alive would
 * hold its routes.
 *
 * <p>Source: ExaBGP's API as measured on 4.2.21 and 5.0.15, see docs/exabgp.md.
 */
public final class ExaBgpSpeaker implements Speaker {
  private static final Logger log = LoggerFactory.getLogger(ExaBgpSpeaker.class);

  private static final String TAKEN_OVER = "another process has taken over the pipe to ExaBGP";

  /** How soon an overtaken process stops reading the other's answers. */
  private static final long OWNERSHIP_NANOS = TimeUnit.SECONDS.toNanos(1);

  private final ExaBgpPipe pipe;
  private final ExaBgpSession session;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final Deque<SpeakerEvent> events = new ArrayDeque<>();
  private final LinkedBlockingQueue<String> toWrite = new LinkedBlockingQueue<>();
  private final AtomicInteger unwritten = new AtomicInteger();
  private final Thread reader = new Thread(this::read, "exabgp-reader");
  private final Thread writer = new Thread(this::write, "exabgp-writer");
  private final Thread clock = new Thread(this::tick, "exabgp-clock");

  private @Nullable SpeakerListener listener;
  private @Nullable CompletableFuture<Boolean> withdrawn;
  private long withdrawnByNanos;
  private long awaitedNanos;
  private boolean drainDue;
  private boolean closed;

  /**
   * A speaker that is not started.
   *
   * @param pipe to ExaBGP; closed by {@link #close}
   * @param owned every path that may be announced here: what is not wished of these is withdrawn
   *     whenever a session comes up
   */
  public ExaBgpSpeaker(ExaBgpPipe pipe, Set<Nlri> owned) {
    this.pipe = pipe;
    this.session =
        new ExaBgpSession(
            pipe.outlivesExaBgp(), owned, ThreadLocalRandom.current(), new ToThreads());
    for (Thread thread : List.of(reader, writer, clock)) {
      thread.setDaemon(true);
    }
  }

  @Override
  public void start(SpeakerListener newListener) {
    lock.lock();
    try {
      if (listener != null) {
        throw new IllegalStateException("start: called twice (expected: once)");
      }
      listener = newListener;
      session.start(System.nanoTime());
      reader.start();
      writer.start();
      clock.start();
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void apply(RibUpdate update) {
    step(() -> session.apply(update, System.nanoTime()));
  }

  @Override
  public CompletionStage<Boolean> withdrawAll(Duration bound) {
    CompletableFuture<Boolean> result = new CompletableFuture<>();
    boolean open =
        step(
            () -> {
              long nowNanos = System.nanoTime();
              if (listener == null || withdrawn != null) {
                result.complete(false);
                return;
              }
              withdrawn = result;
              withdrawnByNanos = nowNanos + bound.toNanos();
              session.withdrawAll(nowNanos);
              changed.signal();
            });
    if (!open) {
      result.complete(false);
    }
    return result;
  }

  @Override
  public void close() {
    lock.lock();
    try {
      if (closed) {
        return;
      }
      closed = true;
      changed.signal();
    } finally {
      lock.unlock();
    }
    writer.interrupt();
    closePipe();
  }

  private void closePipe() {
    try {
      pipe.close();
    } catch (IOException e) {
      log.debug("closing the pipe to ExaBGP", e);
    }
  }

  // ---- threads ----

  @SuppressWarnings("CatchThrowable") // see failed
  private void read() {
    LineReader lines = new LineReader(pipe.input());
    try {
      for (String line = lines.next(); line != null; line = lines.next()) {
        StreamLine each = StreamLine.Parser.parse(line);
        if (!pipe.isOurs()) {
          disowned();
          return;
        }
        step(() -> session.line(each, System.nanoTime()));
      }
      step(() -> session.end(Cause.OTHER_SIDE_GONE, "ExaBGP has ended"));
    } catch (IOException e) {
      step(() -> session.end(Cause.FAILED, "reading from ExaBGP: " + e.getMessage()));
    } catch (Throwable e) {
      failed(e);
    }
  }

  /** Ends the speaker for whatever a thread of it dies of, so that the process is started anew. */
  private void failed(Throwable failure) {
    log.error("{} failed", Thread.currentThread().getName(), failure);
    step(() -> session.end(Cause.FAILED, "internal error: " + failure));
  }

  @SuppressWarnings("CatchThrowable") // see failed
  private void write() {
    try {
      while (true) {
        String lines = toWrite.take();
        if (!pipe.isOurs()) {
          disowned();
          return;
        }
        // One write per command: a killed process of ours leaves no half line (see MAX_LINE_BYTES).
        pipe.output().write((lines + "\n").getBytes(StandardCharsets.US_ASCII));
        pipe.output().flush();
        unwritten.decrementAndGet();
      }
    } catch (IOException e) {
      step(() -> session.end(Cause.FAILED, "writing to ExaBGP: " + e.getMessage()));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (Throwable e) {
      failed(e);
    }
  }

  @SuppressWarnings("CatchThrowable") // see failed
  private void tick() {
    lock.lock();
    try {
      while (!closed) {
        try {
          turn();
        } catch (RuntimeException | Error e) {
          failed(e); // and on: who else would tell the listener?
        }
        if (events.isEmpty() && finished(System.nanoTime()) == null) {
          changed.awaitNanos(untilDeadlineNanos());
        } else {
          deliver();
        }
      }
      if (withdrawn != null) {
        withdrawn.complete(session.isWithdrawn());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      lock.unlock();
    }
  }

  private void turn() {
    if (session.phase() == Phase.ENDED) {
      return;
    }
    if (!pipe.isOurs()) {
      session.end(Cause.TAKEN_OVER, TAKEN_OVER);
      closePipe(); // the reader must not take an answer away from the new owner
    }
    session.tick(System.nanoTime());
    if (drainDue) {
      drain();
    }
  }

  /** The result of withdrawAll, once there is one. */
  private @Nullable CompletableFuture<Boolean> finished(long nowNanos) {
    CompletableFuture<Boolean> waiting = withdrawn;
    return waiting != null
            && !waiting.isDone()
            && (session.isSettled() || nowNanos - withdrawnByNanos >= 0)
        ? waiting
        : null;
  }

  private long untilDeadlineNanos() {
    long nowNanos = System.nanoTime();
    OptionalLong deadline = session.deadlineNanos();
    long waitNanos =
        deadline.isPresent()
            ? Math.min(deadline.getAsLong() - nowNanos, OWNERSHIP_NANOS)
            : OWNERSHIP_NANOS;
    if (withdrawn != null && !withdrawn.isDone()) {
      waitNanos = Math.min(waitNanos, withdrawnByNanos - nowNanos);
    }
    awaitedNanos = nowNanos + waitNanos;
    return waitNanos;
  }

  /** Called with the lock held; lets go of it meanwhile. */
  private void deliver() {
    CompletableFuture<Boolean> finished = finished(System.nanoTime());
    List<SpeakerEvent> due = new ArrayList<>(events);
    events.clear();
    boolean allDown = session.isWithdrawn();
    SpeakerListener to = listener;
    lock.unlock();
    try {
      for (SpeakerEvent event : due) {
        tell(to, event);
      }
    } finally {
      if (finished != null) {
        finished.complete(allDown);
      }
      lock.lock();
    }
  }

  /** Called with the lock held; lets go of it meanwhile. */
  private void drain() {
    drainDue = false;
    lock.unlock();
    try {
      pipe.drain();
    } catch (IOException e) {
      log.warn("draining ExaBGP's named pipe: {}", e.getMessage());
    } finally {
      lock.lock();
    }
  }

  private static void tell(@Nullable SpeakerListener listener, SpeakerEvent event) {
    try {
      if (listener != null) {
        listener.happened(event);
      }
    } catch (RuntimeException e) {
      log.error("the listener failed on {}", event, e);
    }
  }

  private void disowned() {
    step(() -> session.end(Cause.TAKEN_OVER, TAKEN_OVER));
  }

  /**
   * Runs one step of the state machine, and wakes the clock when that matters to it; false, and
   * nothing run, once closed.
   */
  private boolean step(Runnable step) {
    lock.lock();
    try {
      if (closed) {
        return false;
      }
      step.run();
      OptionalLong deadline = session.deadlineNanos();
      if (!events.isEmpty()
          || withdrawn != null
          || (deadline.isPresent() && deadline.getAsLong() - awaitedNanos < 0)) {
        changed.signal();
      }
      return true;
    } finally {
      lock.unlock();
    }
  }

  private final class ToThreads implements Effects {
    @Override
    public void write(String lines) {
      unwritten.incrementAndGet();
      toWrite.add(lines);
    }

    @Override
    public boolean isWritten() {
      return unwritten.get() == 0;
    }

    @Override
    public void drain() {
      while (toWrite.poll() != null) {
        unwritten.decrementAndGet();
      }
      drainDue = true;
    }

    @Override
    public void emit(SpeakerEvent event) {
      events.add(event);
    }
  }
}
