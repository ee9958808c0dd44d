package org.bgpannouncer.config;

import static java.time.Duration.ofHours;
import static java.time.Duration.ofMillis;
import static java.time.Duration.ofMinutes;

import java.time.Duration;
import org.bgpannouncer.health.HealthThresholds;
import org.bgpannouncer.probe.Cadence;

/** {@code health}: when probes look, and how much evidence changes a host's state. */
final class HealthReader {
  private static final Key<Duration> INTERVAL =
      Key.duration("interval", Cadence.MIN_INTERVAL, ofHours(1))
          .withDefault(Durations.print(Cadence.DEFAULT.interval()));
  private static final Key<Duration> FAST_INTERVAL =
      Key.duration("fast-interval", Cadence.MIN_INTERVAL, ofHours(1))
          .withDefault(Durations.print(Cadence.DEFAULT.fastInterval()) + ", at most `interval`");
  private static final Key<Duration> TIMEOUT =
      Key.duration("timeout", ofMillis(1), ofMinutes(10))
          .withDefault(Durations.print(Cadence.DEFAULT.timeout()));
  private static final Key<Double> JITTER =
      Key.fraction("jitter", 0, 0.5).withDefault(Durations.plain(Cadence.DEFAULT.jitter()));
  private static final Key<Integer> FALL =
      Key.integer("fall", 1, 100).withDefault("" + HealthThresholds.DEFAULT.fall());
  private static final Key<Integer> RISE =
      Key.integer("rise", 1, 100).withDefault("" + HealthThresholds.DEFAULT.rise());
  private static final Key<Duration> HOLD_DOWN =
      Key.duration("hold-down", Duration.ZERO, ofHours(24))
          .withDefault(Durations.print(HealthThresholds.DEFAULT.holdDown()));
  private static final Key<Duration> STALL_DOWN =
      Key.duration("stall-down", ofMillis(10), ofHours(24))
          .withDefault(Durations.print(HealthThresholds.DEFAULT.stallDown()));
  private static final Key<Duration> STALL_DOWN_ALONE =
      Key.duration("stall-down-alone", ofMillis(10), ofHours(24))
          .withDefault(
              Durations.print(HealthThresholds.DEFAULT.stallDownAlone())
                  + ", at least `stall-down`");

  static final KeyGroup KEYS =
      KeyGroup.of(
          "health",
          INTERVAL,
          FAST_INTERVAL,
          TIMEOUT,
          JITTER,
          FALL,
          RISE,
          HOLD_DOWN,
          STALL_DOWN,
          STALL_DOWN_ALONE);

  /** What a host's timers are. */
  record Health(Cadence cadence, HealthThresholds thresholds) {
    static final Health DEFAULT = new Health(Cadence.DEFAULT, HealthThresholds.DEFAULT);
  }

  private HealthReader() {}

  static Health read(Section section) {
    Duration interval = section.value(INTERVAL, Cadence.DEFAULT.interval());
    Duration fast = section.value(FAST_INTERVAL, shorter(Cadence.DEFAULT.fastInterval(), interval));
    if (fast.compareTo(interval) > 0) {
      section.reject(
          FAST_INTERVAL,
          Durations.print(fast),
          "at most " + Durations.print(interval) + ", the interval");
    }
    Duration timeout = section.value(TIMEOUT, Cadence.DEFAULT.timeout());
    double jitter = section.value(JITTER, Cadence.DEFAULT.jitter());
    int fall = section.value(FALL, HealthThresholds.DEFAULT.fall());
    int rise = section.value(RISE, HealthThresholds.DEFAULT.rise());
    Duration holdDown = section.value(HOLD_DOWN, HealthThresholds.DEFAULT.holdDown());
    Duration stallDown = section.value(STALL_DOWN, HealthThresholds.DEFAULT.stallDown());
    Duration alone =
        section.value(
            STALL_DOWN_ALONE, longer(HealthThresholds.DEFAULT.stallDownAlone(), stallDown));
    if (stallDown.compareTo(alone) > 0) {
      section.reject(
          STALL_DOWN_ALONE,
          Durations.print(alone),
          "at least " + Durations.print(stallDown) + ", stall-down");
    }
    return section.isSound()
        ? new Health(
            new Cadence(interval, fast, timeout, jitter),
            new HealthThresholds(fall, rise, holdDown, stallDown, alone))
        : Health.DEFAULT;
  }

  private static Duration shorter(Duration a, Duration b) {
    return a.compareTo(b) < 0 ? a : b;
  }

  private static Duration longer(Duration a, Duration b) {
    return a.compareTo(b) > 0 ? a : b;
  }
}
