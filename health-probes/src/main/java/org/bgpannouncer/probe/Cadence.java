package org.bgpannouncer.probe;

import java.time.Duration;
import java.util.random.RandomGenerator;

/**
 * When a probe looks, and for how long it waits.
 *
 * @param interval start to start between attempts while the state is decided; 10 ms to 1 h, default
 *     5 s
 * @param fastInterval the same while it is undecided; 10 ms to {@code interval}, default 1 s
 * @param timeout deadline of each stage of an attempt; 1 ms to 10 min, default 3 s
 * @param jitter fraction of the interval by which each wait is shorter at most, evenly spread;
 *     never longer, so that what an interval promises of detection time is kept; 0 to 0.5, default
 *     0.1
 */
public record Cadence(Duration interval, Duration fastInterval, Duration timeout, double jitter) {
  /** The shortest interval. */
  public static final Duration MIN_INTERVAL = Duration.ofMillis(10);

  /** The shipped defaults. */
  public static final Cadence DEFAULT =
      new Cadence(Duration.ofSeconds(5), Duration.ofSeconds(1), Duration.ofSeconds(3), 0.1);

  /** Rejects what is outside the stated limits, naming the value and the rule. */
  public Cadence {
    require("interval", interval, MIN_INTERVAL, Duration.ofHours(1));
    require("fast-interval", fastInterval, MIN_INTERVAL, interval);
    require("timeout", timeout, Duration.ofMillis(1), Duration.ofMinutes(10));
    if (!(jitter >= 0 && jitter <= 0.5)) {
      throw new IllegalArgumentException("jitter: " + jitter + " (expected: 0 to 0.5)");
    }
  }

  /** The wait that goes with a pace, without jitter. */
  public Duration at(Pace pace) {
    return pace == Pace.FAST ? fastInterval : interval;
  }

  /** A wait of {@code interval}, shortened by a part of the jitter; in nanoseconds. */
  public long jittered(Duration interval, RandomGenerator random) {
    return Math.round(interval.toNanos() * (1 - jitter * random.nextDouble()));
  }

  private static void require(String name, Duration value, Duration min, Duration max) {
    if (value.compareTo(min) < 0 || value.compareTo(max) > 0) {
      throw new IllegalArgumentException(
          name + ": " + value + " (expected: " + min + " to " + max + ")");
    }
  }
}
