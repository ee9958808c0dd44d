package org.bgpannouncer.probe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class VocabularyTest {
  private static final Check HELD = new Check(Aspect.P2P, "held");

  @Test
  void aCheckPrintsAsAspectAndName() {
    assertThat(HELD).hasToString("p2p.held");
    assertThatThrownBy(() -> new Check(Aspect.P2P, "Held\n"))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void onlyAHardObservationWithAProvingReasonIsProof() {
    assertThat(observation(Outcome.HARD, Reason.PROVEN_DEAD).isProof()).isTrue();
    assertThat(observation(Outcome.SOFT, Reason.PROVEN_DEAD).isProof()).isFalse();
    assertThat(observation(Outcome.HARD, Reason.REFUSED).isProof()).isFalse();
    assertThat(observation(Outcome.HARD, Reason.SERVICE_ADDRESS_MISSING).isProof()).isFalse();
  }

  @Test
  void anOkObservationHasNoFailingReason() {
    assertThatThrownBy(() -> observation(Outcome.OK, Reason.REFUSED))
        .hasMessage("reason: REFUSED (expected: PASSED for OK)");
    assertThatThrownBy(() -> observation(Outcome.OK, Reason.CAPABILITY_OFF))
        .hasMessage("reason: CAPABILITY_OFF (expected: PASSED for OK)");
  }

  @Test
  void whatAPeerSendsCannotFillTheDetail() {
    Observation cut =
        Observation.of("h", HELD, Outcome.HARD, Reason.PROTOCOL_ERROR, "x".repeat(100_000), 0);
    assertThat(cut.detail()).hasSize(Observation.MAX_DETAIL_CHARS);
  }

  @Test
  void whatAPeerSendsIsPlainInEveryObservation() {
    Observation hostile =
        new Observation(
            "h",
            HELD,
            Outcome.HARD,
            Reason.PROTOCOL_ERROR,
            "said \u009b2J\nevent=up",
            List.of(),
            Map.of("user-agent", "/\u001b]0;owned\u0007/"),
            0);
    assertThat(hostile.detail()).isEqualTo("said ?2J?event=up");
    assertThat(hostile.values()).containsExactly(Map.entry("user-agent", "/?]0;owned?/"));
  }

  @Test
  void valuesKeepTheirOrder() {
    Map<String, String> values = new LinkedHashMap<>();
    values.put("user-agent", "/a/");
    values.put("services", "0x409");
    values.put("height", "1");
    assertThat(
            new Observation("h", HELD, Outcome.OK, Reason.PASSED, "", List.of(), values, 0)
                .values()
                .keySet())
        .containsExactly("user-agent", "services", "height");
  }

  @Test
  void shippedCadence() {
    assertThat(Cadence.DEFAULT)
        .isEqualTo(
            new Cadence(Duration.ofSeconds(5), Duration.ofSeconds(1), Duration.ofSeconds(3), 0.1));
  }

  @Test
  void aCadenceNamesTheValueAndTheRule() {
    assertThatThrownBy(
            () ->
                new Cadence(Duration.ofMillis(9), Duration.ofMillis(9), Duration.ofSeconds(1), 0.1))
        .hasMessage("interval: PT0.009S (expected: PT0.01S to PT1H)");
    assertThatThrownBy(
            () ->
                new Cadence(Duration.ofSeconds(1), Duration.ofSeconds(2), Duration.ofSeconds(1), 0))
        .hasMessage("fast-interval: PT2S (expected: PT0.01S to PT1S)");
    assertThatThrownBy(
            () ->
                new Cadence(
                    Duration.ofSeconds(1),
                    Duration.ofSeconds(1),
                    Duration.ofSeconds(1),
                    Double.NaN))
        .hasMessage("jitter: NaN (expected: 0 to 0.5)");
  }

  private static Observation observation(Outcome outcome, Reason reason) {
    return Observation.of("host", HELD, outcome, reason, "", 0);
  }
}
