package org.bgpannouncer.engine;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.bgpannouncer.probe.Check;
import org.bgpannouncer.probe.Observation;
import org.bgpannouncer.probe.Outcome;
import org.bgpannouncer.probe.time.Loop;
import org.bgpannouncer.speaker.SpeakerEvent;
import org.jspecify.annotations.Nullable;

/**
 * Hands what other threads found to the engine's loop, in order; at once, but for passes: the
 * probes of many hosts answer within moments of each other, and the loop is woken for all of them
 * together.
 *
 * <p>Bounded: per (host, check) at most one unread observation waits, the newest; an unread proof
 * is never replaced by anything but another proof, so then two wait: the proof and the newest after
 * it. Everything else (receipts, requests) is never dropped: receipts are bounded by the commands
 * sent, requests by their callers.
 *
 * <p>Thread-safe; {@code post} returns at once.
 */
final class Mailbox {
  private static final int BATCH = 256;

  /** How long a pass may wait for others to be read with: it brings nothing that hurries. */
  static final long PATIENCE_NANOS = TimeUnit.MILLISECONDS.toNanos(5);

  private final Loop loop;
  private final Consumer<Observation> observations;
  private final Consumer<List<SpeakerEvent>> reports;
  private final ArrayDeque<Letter> letters = new ArrayDeque<>();
  private final Map<Series, Letter> unread = new HashMap<>();
  private @Nullable Letter lastPosted;
  private boolean drainScheduled;
  private boolean passesScheduled;
  private long replaced;

  private record Series(String host, Check check) {
    static Series of(Observation observation) {
      return new Series(observation.host(), observation.check());
    }

    // As Check has it, and for the same reason.
    @Override
    public boolean equals(Object other) {
      return other instanceof Series that && host.equals(that.host) && check.equals(that.check);
    }

    @Override
    public int hashCode() {
      return 31 * host.hashCode() + check.hashCode();
    }
  }

  /** A task, all that is unread of one series, or what the speaker reported in a row. */
  private static final class Letter {
    final @Nullable Series series;
    final @Nullable Runnable task;
    final List<SpeakerEvent> reported = new ArrayList<>(0);
    @Nullable Observation proof;
    @Nullable Observation newest;

    Letter(@Nullable Series series, @Nullable Runnable task) {
      this.series = series;
      this.task = task;
    }

    /** How many unread observations {@code next} replaces: a proof everything before it. */
    int take(Observation next) {
      int before = newest == null ? 0 : 1;
      if (!next.isProof()) {
        newest = next;
        return before;
      }
      before += proof == null ? 0 : 1;
      proof = next;
      newest = null;
      return before;
    }
  }

  /**
   * @param loop where letters are read
   * @param observations reads an observation; must not throw
   * @param reports reads what the speaker reported in a row; must not throw
   */
  Mailbox(Loop loop, Consumer<Observation> observations, Consumer<List<SpeakerEvent>> reports) {
    this.loop = loop;
    this.observations = observations;
    this.reports = reports;
  }

  void post(Observation observation) {
    Series series = Series.of(observation);
    boolean passed = observation.outcome() == Outcome.OK;
    boolean schedule;
    synchronized (letters) {
      Letter letter = unread.get(series);
      if (letter == null) {
        letter = new Letter(series, null);
        letters.add(letter);
        lastPosted = letter;
        unread.put(series, letter);
      }
      replaced += letter.take(observation);
      schedule = !drainScheduled && !(passed && passesScheduled);
      drainScheduled |= !passed;
      passesScheduled |= passed && schedule;
    }
    if (schedule && passed) {
      loop.schedule(PATIENCE_NANOS, this::drainPasses);
    } else if (schedule) {
      loop.execute(this::drain);
    }
  }

  /** What the speaker reports; the receipts of one answer are read together. */
  void post(SpeakerEvent event) {
    boolean schedule = false;
    synchronized (letters) {
      Letter last = lastPosted;
      if (last != null && !last.reported.isEmpty()) {
        last.reported.add(event);
      } else {
        Letter letter = new Letter(null, null);
        letter.reported.add(event);
        schedule = add(letter);
      }
    }
    if (schedule) {
      loop.execute(this::drain);
    }
  }

  /** Runs {@code task} on the loop, after everything posted before; it must not throw. */
  void post(Runnable task) {
    boolean schedule;
    synchronized (letters) {
      schedule = add(new Letter(null, task));
    }
    if (schedule) {
      loop.execute(this::drain);
    }
  }

  /** Says whether the loop has to be told. */
  private boolean add(Letter letter) {
    letters.add(letter);
    lastPosted = letter;
    boolean schedule = !drainScheduled;
    drainScheduled = true;
    return schedule;
  }

  private void drainPasses() {
    synchronized (letters) {
      passesScheduled = false;
      if (drainScheduled) {
        return; // they are read with what came after them
      }
      drainScheduled = true;
    }
    drain();
  }

  // Reads a bounded number, then lets the loop's timers have their turn.
  private void drain() {
    boolean more = true;
    try {
      for (int read = 0; read < BATCH && more; read++) {
        more = readOne();
      }
    } finally {
      if (more) {
        loop.execute(this::drain);
      }
    }
  }

  private boolean readOne() {
    Letter letter;
    synchronized (letters) {
      letter = letters.poll();
      if (letter == null) {
        drainScheduled = false;
        return false;
      }
      // From here on nobody else writes to it.
      if (letter.series != null) {
        unread.remove(letter.series);
      }
      if (letter == lastPosted) {
        lastPosted = null;
      }
    }
    if (!letter.reported.isEmpty()) {
      reports.accept(letter.reported);
    }
    if (letter.task != null) {
      letter.task.run();
    }
    if (letter.proof != null) {
      observations.accept(letter.proof);
    }
    if (letter.newest != null) {
      observations.accept(letter.newest);
    }
    return true;
  }

  /** How many observations a newer one replaced unread. */
  long replaced() {
    synchronized (letters) {
      return replaced;
    }
  }
}
