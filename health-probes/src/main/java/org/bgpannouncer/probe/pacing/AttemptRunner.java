package org.bgpannouncer.probe.pacing;

import java.util.List;
import java.util.Set;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import org.bgpannouncer.probe.Cadence;
import org.bgpannouncer.probe.Check;
import org.bgpannouncer.probe.Observation.StageTiming;
import org.bgpannouncer.probe.ObservationListener;
import org.bgpannouncer.probe.Pace;
import org.bgpannouncer.probe.Probe;
import org.bgpannouncer.probe.finding.Finding;
import org.bgpannouncer.probe.time.Loop;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A probe of one check whose attempts have nothing to do with each other: starts, paces, reports
 * and closes them. What an attempt throws is our own failure, UNKNOWN, and the next one follows.
 */
public final class AttemptRunner implements Probe {
  private static final Logger log = LoggerFactory.getLogger(AttemptRunner.class);

  private final String host;
  private final Check check;
  private final Loop loop;
  private final Attempts attempts;
  private final AttemptClock clock;
  private @Nullable ObservationListener listener;
  private @Nullable End current;
  private Runnable cancel = () -> {};

  /** What is done each time. */
  @FunctionalInterface
  public interface Attempts {
    /**
     * Starts one attempt on the loop; its end is told to {@code end}.
     *
     * @return cancels the attempt without a word; harmless after its end
     */
    Runnable start(End end);
  }

  /**
   * @param check the series that the attempts belong to
   */
  public AttemptRunner(
      String host,
      Check check,
      Loop loop,
      Cadence cadence,
      RandomGenerator random,
      Attempts attempts) {
    this.host = host;
    this.check = check;
    this.loop = loop;
    this.attempts = attempts;
    this.clock = new AttemptClock(loop, cadence, random, this::attempt, this::bug);
  }

  /** Where one attempt tells its end; only the first word counts. */
  public final class End {
    private End() {}

    /** It came to what {@code finding} says, which is asked once, at once. */
    public void tell(Supplier<Finding> finding, List<StageTiming> stages) {
      if (current == this) {
        current = null;
        report(judged(finding), stages);
      }
    }
  }

  @Override
  public void start(ObservationListener whom) {
    loop.execute(
        () -> {
          listener = whom;
          clock.start();
        });
  }

  @Override
  public void pace(Pace pace) {
    loop.execute(() -> clock.pace(pace));
  }

  @Override
  public Set<Check> checks() {
    return Set.of(check);
  }

  @Override
  public void close() {
    loop.execute(
        () -> {
          clock.stop();
          listener = null;
          current = null;
          cancel.run();
        });
  }

  private void attempt() {
    End end = new End();
    current = end;
    cancel = attempts.start(end);
  }

  private void bug(RuntimeException thrown) {
    current = null;
    log.error("event=probe-bug host={} check={}", host, check, thrown);
    report(Finding.bug(thrown), List.of());
  }

  private Finding judged(Supplier<Finding> finding) {
    try {
      return finding.get();
    } catch (RuntimeException e) {
      log.error("event=probe-bug host={} check={}", host, check, e);
      return Finding.bug(e);
    }
  }

  private void report(Finding finding, List<StageTiming> stages) {
    clock.finished();
    ObservationListener whom = listener;
    if (whom != null) {
      whom.observed(finding.toObservation(host, check, stages, loop.nanoTime()));
    }
  }
}
