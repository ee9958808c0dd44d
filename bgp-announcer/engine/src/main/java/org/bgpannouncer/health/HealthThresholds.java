package org.bgpannouncer.health;

import java.time.Duration;

/**
 * How much evidence changes a host's state.
 *
 * @param fall consecutive HARD observations of one check that make the host DOWN, and SOFT ones
 *     that make it DEGRADED; 1 to 100, default 3. A proof needs one
 * @param rise OK observations of a named aspect, over its checks together and without a failure in
 *     between, that bring it back; 1 to 100, default 6
 * @param holdDown how long the host must be continuously healthy before it is UP; 0 to 24 h,
 *     default 60 s. An adopted route needs neither
 * @param stallDown a stall this long is DOWN if RPC liveness is dead too or not configured; default
 *     120 s
 * @param stallDownAlone a stall this long is DOWN whatever RPC says; default 900 s
 */
public record HealthThresholds(
    int fall, int rise, Duration holdDown, Duration stallDown, Duration stallDownAlone) {
  /** The shipped defaults. */
  public static final HealthThresholds DEFAULT =
      new HealthThresholds(
          3, 6, Duration.ofSeconds(60), Duration.ofSeconds(120), Duration.ofSeconds(900));

  /** Rejects what is outside the stated limits, naming the value and the rule. */
  public HealthThresholds {
    requireCount("fall", fall);
    requireCount("rise", rise);
    if (holdDown.isNegative() || holdDown.compareTo(Duration.ofHours(24)) > 0) {
      throw new IllegalArgumentException("hold-down: " + holdDown + " (expected: 0 s to 24 h)");
    }
    if (stallDown.isNegative() || stallDown.isZero() || stallDown.compareTo(stallDownAlone) > 0) {
      throw new IllegalArgumentException(
          "stall-down: "
              + stallDown
              + " (expected: more than 0 s, at most "
              + stallDownAlone
              + ")");
    }
  }

  private static void requireCount(String name, int value) {
    if (value < 1 || value > 100) {
      throw new IllegalArgumentException(name + ": " + value + " (expected: 1 to 100)");
    }
  }
}
