package org.bgpannouncer.probe.pacing;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.Consumer;
import org.bgpannouncer.probe.Aspect;
import org.bgpannouncer.probe.Cadence;
import org.bgpannouncer.probe.Check;
import org.bgpannouncer.probe.Observation;
import org.bgpannouncer.probe.Observation.StageTiming;
import org.bgpannouncer.probe.Outcome;
import org.bgpannouncer.probe.Reason;
import org.bgpannouncer.probe.finding.Finding;
import org.bgpannouncer.probe.time.VirtualTime;
import org.junit.jupiter.api.Test;

final class AttemptRunnerTest {
  private static final Check CHECK = new Check(Aspect.TCP, "3000");

  private final VirtualTime time = new VirtualTime();
  private final List<Observation> observations = new ArrayList<>();
  private final List<AttemptRunner.End> ends = new ArrayList<>();
  private int cancelled;

  private AttemptRunner runner(Consumer<AttemptRunner.End> attempt) {
    return new AttemptRunner(
        "web1",
        CHECK,
        time,
        Cadence.DEFAULT,
        new SplittableRandom(7),
        end -> {
          ends.add(end);
          attempt.accept(end);
          return () -> cancelled++;
        });
  }

  private static void pass(AttemptRunner.End end) {
    end.tell(() -> Finding.passed(Map.of("a", "b")), List.of(new StageTiming("connect", 5)));
  }

  @Test
  void reportsEachAttemptOnceAndOnlyItsFirstWord() {
    AttemptRunner runner = runner(end -> {});
    runner.start(observations::add);
    time.advance(Duration.ofSeconds(1));
    pass(ends.get(0));
    pass(ends.get(0));
    time.advance(Duration.ofSeconds(6));
    pass(ends.get(0));

    assertThat(ends).hasSize(2);
    assertThat(observations)
        .containsExactly(
            new Observation(
                "web1",
                CHECK,
                Outcome.OK,
                Reason.PASSED,
                "",
                List.of(new StageTiming("connect", 5)),
                Map.of("a", "b"),
                Duration.ofSeconds(1).toNanos()));
  }

  @Test
  void aJudgementThatThrowsIsOurFaultAndTheNextAttemptFollows() {
    AttemptRunner runner =
        runner(
            end ->
                end.tell(
                    () -> {
                      throw new IllegalStateException("bug");
                    },
                    List.of()));
    runner.start(observations::add);
    time.advance(Duration.ofSeconds(12));

    assertThat(observations)
        .hasSizeBetween(2, 3)
        .allMatch(
            each -> each.outcome() == Outcome.UNKNOWN && each.reason() == Reason.INTERNAL_ERROR);
  }

  @Test
  void aListenerThatThrowsDoesNotSilenceTheCheck() {
    int[] heard = new int[1];
    runner(AttemptRunnerTest::pass)
        .start(
            observation -> {
              if (heard[0]++ == 0) {
                throw new IllegalStateException("an embedder's bug");
              }
            });
    time.advance(Duration.ofSeconds(12));

    assertThat(heard[0]).isGreaterThanOrEqualTo(3);
  }

  @Test
  void closingCancelsTheAttemptUnderWayAndEndsTheWord() {
    AttemptRunner runner = runner(end -> {});
    runner.start(observations::add);
    time.advance(Duration.ofSeconds(1));
    runner.close();
    time.runDue();
    pass(ends.get(0));
    time.advance(Duration.ofHours(1));

    assertThat(cancelled).isEqualTo(1);
    assertThat(observations).isEmpty();
    assertThat(time.pending()).isZero();
  }
}
