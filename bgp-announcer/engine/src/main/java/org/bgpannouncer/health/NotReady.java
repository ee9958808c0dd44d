package org.bgpannouncer.health;

import java.time.Duration;
import org.bgpannouncer.probe.Observation;
import org.bgpannouncer.probe.Outcome;
import org.bgpannouncer.probe.Reason;

/**
 * A node's word that it is still starting, as long as it stands. Immutable.
 *
 * <p>It stands until the check that heard it passes or fails. While the check hears nothing of the
 * node (UNKNOWN, mute, BUSY) it is believed for {@link #BELIEVED} more and no longer: a node that
 * downloads blocks is often too busy to say so again, but a cookie that we cannot read any more
 * must not hold a host back for ever.
 *
 * @param said the last observation with the node's word
 * @param unheardNanos since when the check hears nothing; the time of {@code said} while it does
 */
public record NotReady(Observation said, long unheardNanos) {
  /** How long the word is believed without being heard again ({@code unknown_hold} of M02). */
  public static final Duration BELIEVED = Duration.ofMinutes(10);

  /** Whether {@code observation} neither repeats the word nor takes it back. */
  static boolean isNoAnswerTo(Observation observation) {
    return switch (observation.outcome()) {
      case UNKNOWN -> observation.reason() != Reason.CAPABILITY_OFF;
      case SOFT -> Stall.isStall(observation) || observation.reason() == Reason.BUSY;
      case OK, HARD, NOT_READY -> false;
    };
  }

  NotReady unheard(Observation before, long nowNanos) {
    return before.outcome() == Outcome.NOT_READY ? new NotReady(said, nowNanos) : this;
  }

  /** Whether it still stands, {@code last} being the latest observation of its check. */
  boolean stands(Observation last, long nowNanos) {
    return last.outcome() == Outcome.NOT_READY || nowNanos - unheardNanos < BELIEVED.toNanos();
  }
}
