package org.bgpannouncer.demo;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What {@code lab demo} tells without root is true; each chapter asserts what it says. */
final class SimulatedDemoTest {
  @Test
  @Timeout(value = 90, unit = TimeUnit.SECONDS)
  void tellsItsStoryToTheEnd() throws Exception {
    List<String> told = new ArrayList<>();
    try (SimulatedDemo demo = new SimulatedDemo(told::add)) {
      demo.tell();
    }
    assertThat(String.join("\n", told))
        .contains("client-gva reaches /Satoshi:28.1.0(PAR; par-btc1)/")
        .contains("withdrawn after")
        .contains("Told in");
  }
}
