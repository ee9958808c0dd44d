package org.bgpannouncer.probe.pacing;

import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import org.bgpannouncer.probe.Cadence;
import org.bgpannouncer.probe.Pace;
import org.bgpannouncer.probe.time.Loop;
import org.jspecify.annotations.Nullable;

/**
 * Starts the attempts of one series: interval from start to start, less the jitter, never two at
 * once. An attempt that takes longer than the interval is followed by the next at once, and one
 * that throws by the next in its turn: a bug of ours must not silence a check for ever.
 *
 * <p>Confined to its loop.
 */
public final class AttemptClock {
  private final Loop loop;
  private final Cadence cadence;
  private final RandomGenerator random;
  private final Runnable attempt;
  private final Consumer<RuntimeException> onBug;
  private Pace pace = Pace.NORMAL;
  private Loop.@Nullable Timer timer;
  private long startedNanos;
  private long dueNanos;
  private boolean underWay;
  private boolean stopped;

  /**
   * @param attempt starts one attempt and sees to it that {@link #finished} is called at its end
   * @param onBug told what {@code attempt} threw, once that counts as the attempt's end
   */
  public AttemptClock(
      Loop loop,
      Cadence cadence,
      RandomGenerator random,
      Runnable attempt,
      Consumer<RuntimeException> onBug) {
    this.loop = loop;
    this.cadence = cadence;
    this.random = random;
    this.attempt = attempt;
    this.onBug = onBug;
  }

  /** Starts the first attempt now: the start of a host's probes is splayed as a whole. */
  public void start() {
    startedNanos = loop.nanoTime();
    scheduleAt(startedNanos);
  }

  /** The attempt under way has ended: the next may start. */
  public void finished() {
    if (underWay) {
      underWay = false;
      scheduleAt(startedNanos + cadence.jittered(cadence.at(pace), random));
    }
  }

  /** Sets the pace; FAST brings the next attempt forward, by its own interval at the earliest. */
  public void pace(Pace wanted) {
    boolean faster = wanted == Pace.FAST && pace == Pace.NORMAL;
    pace = wanted;
    if (faster) {
      soon();
    }
  }

  /** Something happened: starts the next attempt as early as the fast interval allows. */
  public void soon() {
    long earliestNanos = startedNanos + cadence.fastInterval().toNanos();
    if (!underWay && timer != null && earliestNanos - dueNanos < 0) {
      scheduleAt(earliestNanos);
    }
  }

  /** No attempt starts any more. */
  public void stop() {
    stopped = true;
    if (timer != null) {
      timer.cancel();
    }
  }

  private void begin() {
    underWay = true;
    startedNanos = loop.nanoTime();
    try {
      attempt.run();
    } catch (RuntimeException e) {
      finished();
      onBug.accept(e);
    }
  }

  private void scheduleAt(long atNanos) {
    if (stopped) {
      return;
    }
    if (timer != null) {
      timer.cancel();
    }
    dueNanos = atNanos;
    timer = loop.schedule(atNanos - loop.nanoTime(), this::begin);
  }
}
