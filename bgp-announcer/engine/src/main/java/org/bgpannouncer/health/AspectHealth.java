package org.bgpannouncer.health;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Predicate;
import org.bgpannouncer.probe.Check;
import org.bgpannouncer.probe.Observation;
import org.bgpannouncer.probe.Outcome;
import org.bgpannouncer.probe.Reason;

/**
 * One aspect of a host: as bad as its worst check. Immutable.
 *
 * <p>It falls with the first of its checks that does. It rises when, since anything last spoke
 * against it, its checks together passed {@code rise} times, none of them is blocking, and {@code
 * hold-down} went by without interruption. The passes are counted over the checks together because
 * their cadences differ: a handshake each minute would otherwise hold back a host for five minutes
 * after each fall. What speaks against it (HARD or STALL of any check) starts the count again;
 * UNKNOWN and NOT_READY keep the count, but interrupt; NOT_READY of another aspect too.
 *
 * <p>A check that has met nothing but SOFT since it fell neither passes nor blocks. When the aspect
 * rises without it, its HARD becomes SOFT or nothing ({@link CheckHealth#risen}), so that no check
 * of a fit aspect is HARD: SOFT lowers the host, and it takes {@code fall} failures to fall again.
 *
 * @param verdict NONE before the first verdict; OK: fit; HARD: not fit. Never SOFT: that is a
 *     matter of the checks
 * @param passes OK of any of its checks since anything last spoke against it
 * @param healthySinceNanos since when nothing has interrupted, or empty
 * @param cause what gave the verdict HARD, or spoke last against it
 * @param causeReason its word
 * @param causeDetail its text
 * @param checks in order of their first observation
 */
record AspectHealth(
    Verdict verdict,
    int passes,
    OptionalLong healthySinceNanos,
    Optional<Check> cause,
    Reason causeReason,
    String causeDetail,
    List<CheckHealth> checks) {

  static final AspectHealth UNOBSERVED =
      new AspectHealth(
          Verdict.NONE,
          0,
          OptionalLong.empty(),
          Optional.empty(),
          Reason.UNOBSERVED,
          "",
          List.of());

  AspectHealth after(Observation observation, HealthThresholds thresholds, long nowNanos) {
    List<CheckHealth> next = new ArrayList<>(checks.size() + 1);
    CheckHealth changed = null;
    boolean blocked = false;
    for (CheckHealth check : checks) {
      CheckHealth now = check;
      if (check.check().equals(observation.check())) {
        now = check.after(observation, thresholds, nowNanos);
        changed = now;
      }
      blocked |= now.blocksRise();
      next.add(now);
    }
    if (changed == null) {
      changed = CheckHealth.first(observation, thresholds, nowNanos);
      blocked |= changed.blocksRise();
      next.add(changed);
    }
    boolean against = observation.outcome() == Outcome.HARD || Stall.isStall(observation);
    boolean passed = observation.outcome() == Outcome.OK;
    int nowPasses = against ? 0 : Math.min(1_000_000, passes + (passed ? 1 : 0));
    OptionalLong since =
        blocked
            ? OptionalLong.empty()
            : healthySinceNanos.isPresent() || !passed
                ? healthySinceNanos
                : OptionalLong.of(nowNanos);
    boolean falls = changed.verdict() == Verdict.HARD && against;
    boolean explains = against && (verdict != Verdict.HARD || observation.isProof());
    return new AspectHealth(
        falls ? Verdict.HARD : verdict,
        nowPasses,
        since,
        explains ? Optional.of(observation.check()) : cause,
        explains ? observation.reason() : causeReason,
        explains ? observation.detail() : causeDetail,
        List.copyOf(next));
  }

  /** This aspect without the checks that do not go on; what it was worth stays. */
  AspectHealth keeping(Predicate<Check> continues) {
    return new AspectHealth(
        verdict,
        passes,
        healthySinceNanos,
        cause,
        causeReason,
        causeDetail,
        checks.stream().filter(check -> continues.test(check.check())).toList());
  }

  /** This aspect while the host is still starting: it does not rise. */
  AspectHealth interrupted() {
    return new AspectHealth(
        verdict, passes, OptionalLong.empty(), cause, causeReason, causeDetail, checks);
  }

  /** This aspect once {@code nowNanos} has come: a hold-down may have ended. */
  AspectHealth risen(HealthThresholds thresholds, long nowNanos) {
    if (verdict == Verdict.OK || !waitsForHoldDown(thresholds)) {
      return this;
    }
    if (nowNanos - healthySinceNanos.getAsLong() < thresholds.holdDown().toNanos()) {
      return this;
    }
    return new AspectHealth(
        Verdict.OK,
        passes,
        healthySinceNanos,
        Optional.empty(),
        Reason.PASSED,
        "",
        checks.stream().map(check -> check.risen(thresholds)).toList());
  }

  /** This aspect after a check of it has been mute for too long. */
  AspectHealth stallExpired(CheckHealth mute, String detail) {
    List<CheckHealth> next = new ArrayList<>(checks);
    next.replaceAll(check -> check.equals(mute) ? mute.stallExpired() : check);
    return new AspectHealth(
        Verdict.HARD,
        0,
        OptionalLong.empty(),
        Optional.of(mute.check()),
        Reason.STALL_EXPIRED,
        detail,
        List.copyOf(next));
  }

  /** Whether only time is missing for it to rise. */
  boolean waitsForHoldDown(HealthThresholds thresholds) {
    return verdict != Verdict.OK && passes >= thresholds.rise() && healthySinceNanos.isPresent();
  }

  /** Whether it has begun to rise and more passes are missing. */
  boolean isRising(HealthThresholds thresholds) {
    return verdict != Verdict.OK
        && passes > 0
        && passes < thresholds.rise()
        && healthySinceNanos.isPresent();
  }

  /** Whether a check has said, since then, that the host fails, is mute or is not ready. */
  boolean explainsSince(long sinceNanos) {
    return checks.stream()
        .map(CheckHealth::last)
        .filter(last -> last.atNanos() - sinceNanos >= 0)
        .anyMatch(
            last ->
                last.outcome() == Outcome.HARD
                    || last.outcome() == Outcome.NOT_READY
                    || Stall.isStall(last));
  }

  // ---- asked for every observation of every host: loops, no streams ----

  /** The latest observation of a check. */
  Optional<Observation> last(Check series) {
    for (CheckHealth check : checks) {
      if (check.check().equals(series)) {
        return Optional.of(check.last());
      }
    }
    return Optional.empty();
  }

  /** The first word of a check that the host is still starting, if one stands. */
  Optional<NotReady> notReady(long nowNanos) {
    for (CheckHealth check : checks) {
      Optional<NotReady> word = check.notReady(nowNanos);
      if (word.isPresent()) {
        return word;
      }
    }
    return Optional.empty();
  }

  /** The first check that serves worse than it should. */
  Optional<CheckHealth> soft() {
    for (CheckHealth check : checks) {
      if (check.verdict() == Verdict.SOFT) {
        return Optional.of(check);
      }
    }
    return Optional.empty();
  }
}
