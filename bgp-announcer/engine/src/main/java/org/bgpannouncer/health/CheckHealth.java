package org.bgpannouncer.health;

import java.util.Optional;
import java.util.OptionalLong;
import org.bgpannouncer.probe.Check;
import org.bgpannouncer.probe.Observation;
import org.bgpannouncer.probe.Outcome;
import org.bgpannouncer.probe.Reason;

/**
 * What the observations of one check add up to. Immutable.
 *
 * <pre>
 * observation        passes   remarks   failures   verdict
 * OK                 +1       0         0          OK; from SOFT after rise passes and hold-down
 * SOFT, STALL        0        +1        as it was  SOFT at fall remarks, unless HARD
 * SOFT, other        0        +1        0          SOFT at fall remarks, unless HARD
 * HARD               0        +1        +1         HARD at fall failures, or at once if a proof
 * UNKNOWN, NOT_READY as it was as it was as it was  as it was
 * UNKNOWN, the       0        0         0          NONE: the check takes no part, and blocks
 *   CAPABILITY_OFF                                 nothing
 * (its aspect rises) as it was as it was 0         from HARD: SOFT at fall remarks, else NONE
 * </pre>
 *
 * A mute node does not serve, so a STALL does not end a row of failures as another SOFT does.
 *
 * @param check the series
 * @param last the latest observation
 * @param cause the latest observation that was SOFT or HARD; the latest one if there was none
 * @param passes OK in a row
 * @param remarks SOFT or HARD in a row
 * @param failures HARD in a row
 * @param verdict what follows
 * @param spans what lasts, and since when
 */
public record CheckHealth(
    Check check,
    Observation last,
    Observation cause,
    int passes,
    int remarks,
    int failures,
    Verdict verdict,
    Spans spans) {

  // A count that nobody reads any further must not overflow within a process's life.
  private static final int MAX_COUNT = 1_000_000;

  static CheckHealth first(Observation observation, HealthThresholds thresholds, long nowNanos) {
    return new CheckHealth(
            observation.check(), observation, observation, 0, 0, 0, Verdict.NONE, Spans.NONE)
        .after(observation, thresholds, nowNanos);
  }

  CheckHealth after(Observation observation, HealthThresholds thresholds, long nowNanos) {
    if (observation.reason() == Reason.CAPABILITY_OFF) {
      return off(observation);
    }
    return switch (observation.outcome()) {
      case OK -> passed(observation, thresholds, nowNanos);
      case SOFT, HARD -> failed(observation, thresholds, nowNanos);
      case UNKNOWN, NOT_READY -> held(observation, nowNanos);
    };
  }

  private CheckHealth off(Observation observation) {
    return new CheckHealth(check, observation, observation, 0, 0, 0, Verdict.NONE, Spans.NONE);
  }

  private CheckHealth passed(Observation observation, HealthThresholds thresholds, long nowNanos) {
    int nowPasses = increment(passes);
    Spans next = spans.after(last, observation, nowNanos);
    long passingNanos = nowNanos - next.passingNanos().orElse(nowNanos);
    boolean stillSoft =
        verdict == Verdict.SOFT
            && (nowPasses < thresholds.rise() || passingNanos < thresholds.holdDown().toNanos());
    return new CheckHealth(
        check,
        observation,
        stillSoft ? cause : observation,
        nowPasses,
        0,
        0,
        stillSoft ? Verdict.SOFT : Verdict.OK,
        next);
  }

  private CheckHealth failed(Observation observation, HealthThresholds thresholds, long nowNanos) {
    boolean hard = observation.outcome() == Outcome.HARD;
    boolean mute = Stall.isStall(observation);
    int nowRemarks = increment(remarks);
    int nowFailures = hard ? increment(failures) : mute ? failures : 0;
    Verdict next = verdict;
    if (observation.isProof() || nowFailures >= thresholds.fall()) {
      next = Verdict.HARD;
    } else if (nowRemarks >= thresholds.fall() && verdict != Verdict.HARD) {
      next = Verdict.SOFT;
    }
    return new CheckHealth(
        check,
        observation,
        observation,
        0,
        nowRemarks,
        nowFailures,
        next,
        spans.after(last, observation, nowNanos));
  }

  private CheckHealth held(Observation observation, long nowNanos) {
    return new CheckHealth(
        check,
        observation,
        cause,
        passes,
        remarks,
        failures,
        verdict,
        spans.after(last, observation, nowNanos));
  }

  /**
   * Whether the node has been mute for {@code boundNanos}. One handshake that takes too long is not
   * enough, however long ago the one before it was: it needs {@code fall} in a row.
   */
  boolean isMuteFor(long boundNanos, HealthThresholds thresholds, long nowNanos) {
    if (spans.stall().isEmpty()) {
      return false;
    }
    Stall stall = spans.stall().get();
    boolean told = stall.grows() || (Stall.isStall(last) && remarks >= thresholds.fall());
    return told && stall.lengthNanos(nowNanos) >= boundNanos;
  }

  /** The node's word that it is still starting, if it stands. */
  Optional<NotReady> notReady(long nowNanos) {
    return spans.notReady().isPresent() && spans.notReady().get().stands(last, nowNanos)
        ? spans.notReady()
        : Optional.empty();
  }

  /** When a growing silence will have lasted {@code boundNanos}, or empty. */
  OptionalLong muteAtNanos(long boundNanos) {
    return spans.stall().filter(Stall::grows).isPresent()
        ? OptionalLong.of(spans.stall().get().sinceNanos() + boundNanos)
        : OptionalLong.empty();
  }

  CheckHealth stallExpired() {
    return new CheckHealth(check, last, cause, passes, remarks, failures, Verdict.HARD, spans);
  }

  /**
   * This check once its aspect has risen on the passes of the others: HARD is spent. It would hide
   * that the check serves worse than it should, and the next failure would count as if it were the
   * last of {@code fall}.
   */
  CheckHealth risen(HealthThresholds thresholds) {
    if (verdict != Verdict.HARD) {
      return this;
    }
    Verdict next = remarks >= thresholds.fall() ? Verdict.SOFT : Verdict.NONE;
    return new CheckHealth(check, last, cause, passes, remarks, 0, next, spans);
  }

  /** Whether the latest observation keeps a host that is not fit from becoming so. */
  public boolean blocksRise() {
    return switch (last.outcome()) {
      case OK -> false;
      case SOFT -> Stall.isStall(last);
      case UNKNOWN -> !isOff();
      case HARD, NOT_READY -> true;
    };
  }

  private boolean isOff() {
    return last.reason() == Reason.CAPABILITY_OFF;
  }

  /** Whether one more observation may change the verdict. */
  boolean isUndecided(HealthThresholds thresholds) {
    return switch (verdict) {
      case NONE, OK -> remarks > 0;
      case SOFT -> failures > 0 || (passes > 0 && passes < thresholds.rise());
      case HARD -> false;
    };
  }

  private static int increment(int count) {
    return Math.min(MAX_COUNT, count + 1);
  }
}
