package org.bgpannouncer.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

class SiteSimulationTest {
  private static final Logger log = LoggerFactory.getLogger(SiteSimulationTest.class);
  private static final int SEEDS = Integer.getInteger("simulation.seeds", 250);
  private static final long FIRST = Long.getLong("simulation.first", 1);

  @Test
  void isSafeAfterEveryEventAndConvergesAtTheEndUnderEverySeed() {
    long events = 0;
    for (long seed = FIRST; seed < FIRST + SEEDS; seed++) {
      try {
        events += new SiteSimulation(seed).run().size();
      } catch (AssertionError | RuntimeException failure) {
        throw new AssertionError(
            "seed " + seed + ": rerun with -Dsimulation.first=" + seed + " -Dsimulation.seeds=1",
            failure);
      }
    }
    log.warn("simulated {} seeds, {} transitions", SEEDS, events);
    assertThat(events).isGreaterThan(SEEDS * 10L);
  }

  @Test
  void happensTheSameWayTwice() {
    for (long seed = 1; seed <= 10; seed++) {
      List<String> once = new SiteSimulation(seed).run();

      assertThat(new SiteSimulation(seed).run()).as("seed %d", seed).isEqualTo(once);
    }
  }
}
