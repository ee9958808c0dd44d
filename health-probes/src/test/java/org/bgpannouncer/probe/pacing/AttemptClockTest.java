package org.bgpannouncer.probe.pacing;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.bgpannouncer.probe.Cadence;
import org.bgpannouncer.probe.Pace;
import org.bgpannouncer.probe.time.VirtualTime;
import org.junit.jupiter.api.Test;

final class AttemptClockTest {
  private final VirtualTime time = new VirtualTime(-5_000_000_000L);
  private final List<Long> startsMillis = new ArrayList<>();

  private final List<RuntimeException> bugs = new ArrayList<>();

  private AttemptClock clock(double jitter, Runnable attempt) {
    Cadence cadence =
        new Cadence(Duration.ofSeconds(5), Duration.ofSeconds(1), Duration.ofSeconds(3), jitter);
    return new AttemptClock(
        time,
        cadence,
        new SplittableRandom(1),
        () -> {
          startsMillis.add((time.nanoTime() + 5_000_000_000L) / 1_000_000);
          attempt.run();
        },
        bugs::add);
  }

  @Test
  void countsTheIntervalFromStartToStart() {
    AttemptClock[] clock = new AttemptClock[1];
    clock[0] = clock(0, () -> time.schedule(2_000_000_000L, () -> clock[0].finished()));
    clock[0].start();
    time.advance(Duration.ofSeconds(12));

    assertThat(startsMillis).containsExactly(0L, 5000L, 10_000L);
  }

  @Test
  void followsAnAttemptThatOutlastsTheIntervalAtOnceAndNeverOverlapsIt() {
    AttemptClock[] clock = new AttemptClock[1];
    clock[0] = clock(0, () -> time.schedule(7_000_000_000L, () -> clock[0].finished()));
    clock[0].start();
    time.advance(Duration.ofSeconds(15));

    assertThat(startsMillis).containsExactly(0L, 7000L, 14_000L);
  }

  @Test
  void shortensEachWaitByUpToTheJitter() {
    AttemptClock[] clock = new AttemptClock[1];
    clock[0] = clock(0.1, () -> clock[0].finished());
    clock[0].start();
    time.advance(Duration.ofMinutes(60));

    List<Long> waits = new ArrayList<>();
    for (int i = 1; i < startsMillis.size(); i++) {
      waits.add(startsMillis.get(i) - startsMillis.get(i - 1));
    }
    assertThat(waits).hasSizeGreaterThan(600).allMatch(wait -> wait >= 4499 && wait <= 5000);
    assertThat(waits.stream().distinct().count()).isGreaterThan(300);
  }

  @Test
  void fastBringsTheNextAttemptForwardButNeverBelowTheFastInterval() {
    AttemptClock[] clock = new AttemptClock[1];
    clock[0] = clock(0, () -> clock[0].finished());
    clock[0].start();
    time.advance(Duration.ofMillis(300));
    clock[0].pace(Pace.FAST);
    time.advance(Duration.ofSeconds(2));
    clock[0].pace(Pace.NORMAL);
    time.advance(Duration.ofSeconds(10));

    assertThat(startsMillis).containsExactly(0L, 1000L, 2000L, 3000L, 8000L);
  }

  @Test
  void anAttemptThatThrowsIsToldAndFollowedByTheNext() {
    IllegalStateException bug = new IllegalStateException("bug");
    clock(
            0,
            () -> {
              throw bug;
            })
        .start();
    time.advance(Duration.ofSeconds(11));

    assertThat(startsMillis).containsExactly(0L, 5000L, 10_000L);
    assertThat(bugs).containsExactly(bug, bug, bug);
  }

  @Test
  void startsNothingOnceStopped() {
    AttemptClock[] clock = new AttemptClock[1];
    clock[0] = clock(0, () -> clock[0].finished());
    clock[0].start();
    time.advance(Duration.ofSeconds(1));
    clock[0].stop();
    clock[0].soon();
    time.advance(Duration.ofHours(1));

    assertThat(startsMillis).containsExactly(0L);
    assertThat(time.pending()).isZero();
  }
}
