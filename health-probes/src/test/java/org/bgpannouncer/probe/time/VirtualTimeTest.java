package org.bgpannouncer.probe.time;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class VirtualTimeTest {
  private final VirtualTime time = new VirtualTime();
  private final List<String> ran = new ArrayList<>();

  @Test
  void runsTasksInOrderOfTheirTimeThenOfScheduling() {
    time.schedule(20, () -> ran.add("c"));
    time.schedule(10, () -> ran.add("a"));
    time.schedule(10, () -> ran.add("b"));
    time.advance(Duration.ofNanos(20));
    assertThat(ran).containsExactly("a", "b", "c");
  }

  @Test
  void aTaskSeesItsOwnDueTime() {
    List<Long> seen = new ArrayList<>();
    time.schedule(10, () -> seen.add(time.nanoTime()));
    time.advance(Duration.ofSeconds(1));
    assertThat(seen).containsExactly(10L);
    assertThat(time.nanoTime()).isEqualTo(1_000_000_000L);
  }

  @Test
  void aCancelledTaskDoesNotRun() {
    Loop.Timer timer = time.schedule(10, () -> ran.add("x"));
    timer.cancel();
    time.advance(Duration.ofSeconds(1));
    assertThat(ran).isEmpty();
    assertThat(time.pending()).isZero();
  }

  @Test
  void whatATaskSchedulesForNowRunsInTheSameAdvance() {
    time.execute(() -> time.execute(() -> ran.add("inner")));
    time.runDue();
    assertThat(ran).containsExactly("inner");
  }
}
