package org.bgpannouncer.speaker.exabgp;

import java.time.Duration;
import java.util.random.RandomGenerator;

/**
 * Writes markers until one comes round. Each also frees an answer that 4.2 holds back because its
 * own reading buffer hides our last lines from its poll. Not thread-safe.
 */
final class Alignment {
  private static final long MAX_PAUSE_NANOS = Duration.ofSeconds(60).toNanos();

  private final AnswerQueue answers;
  private final RandomGenerator random;
  private final Effects effects;
  private long pauseNanos;
  private long dueNanos;

  Alignment(AnswerQueue answers, RandomGenerator random, Effects effects) {
    this.answers = answers;
    this.random = random;
    this.effects = effects;
  }

  /** Puts everything unanswered in doubt and writes a marker. */
  void begin(long nowNanos) {
    pauseNanos = ExaBgpSession.ANSWER_NANOS;
    write(nowNanos);
  }

  /**
   * The marker is overdue: writes another, after ever longer pauses, and none while the last has
   * not been written: a full pipe gets no fuller.
   */
  void again(long nowNanos) {
    pauseNanos = Math.min(MAX_PAUSE_NANOS, 2 * pauseNanos);
    if (effects.isWritten()) {
      write(nowNanos);
    } else {
      dueNanos = nowNanos + pauseNanos;
    }
  }

  /** When the marker is overdue. */
  long dueNanos() {
    return dueNanos;
  }

  private void write(long nowNanos) {
    Marker marker = Marker.random(random);
    answers.align(marker, nowNanos);
    effects.write(marker.text());
    dueNanos = nowNanos + pauseNanos;
  }
}
