package org.bgpannouncer.probe.bitcoin.p2p;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Optional;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import org.bgpannouncer.probe.Outcome;
import org.bgpannouncer.probe.Reason;
import org.bgpannouncer.probe.bitcoin.p2p.wire.VersionPayload;
import org.bgpannouncer.probe.finding.Finding;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class VersionJudgementTest {
  private static final long NOW = 1_700_000_000;

  @ParameterizedTest
  @CsvSource({
    "0, OK, PASSED",
    "59, OK, PASSED",
    "-59, OK, PASSED",
    "60, SOFT, CLOCK_SKEW",
    "-60, SOFT, CLOCK_SKEW",
    "4199, SOFT, CLOCK_SKEW",
    "4200, SOFT, CLOCK_SKEW",
    "-4200, SOFT, CLOCK_SKEW",
    "9223372035154775807, SOFT, CLOCK_SKEW",
    "-9223372036854775808, SOFT, CLOCK_SKEW",
  })
  void theClockIsSoftFromAMinuteAndNeverHardBecauseItMayBeOurs(
      long ahead, Outcome outcome, Reason reason) {
    Finding judgement = judge(0x409, NOW + ahead, edit -> {});

    assertThat(judgement.outcome()).isEqualTo(outcome);
    assertThat(judgement.reason()).isEqualTo(reason);
  }

  @Test
  void theSkewIsToldWithItsSign() {
    assertThat(judge(0x409, NOW - 75, edit -> {}).detail())
        .isEqualTo("clock-skew: -75 s (expected: less than 60 s)");
    assertThat(judge(0x409, NOW - 75, edit -> {}).values())
        .containsEntry("clock-skew-seconds", "-75");
  }

  @Test
  void aMissingRequiredBitIsHard() {
    Finding judgement = judge(0x408, NOW, edit -> {});

    assertThat(judgement.outcome()).isEqualTo(Outcome.HARD);
    assertThat(judgement.reason()).isEqualTo(Reason.SERVICE_BITS_MISSING);
    assertThat(judgement.detail()).isEqualTo("services: 0x408 (expected: at least 0x409)");
  }

  @Test
  void moreBitsThanRequiredAreFine() {
    assertThat(judge(-1, NOW, edit -> {}).outcome()).isEqualTo(Outcome.OK);
  }

  @Test
  void aMissingOptionalBitIsSoft() {
    Finding judgement = judge(0x409, NOW, edit -> edit.optionalServices = 0x40);

    assertThat(judgement.outcome()).isEqualTo(Outcome.SOFT);
    assertThat(judgement.reason()).isEqualTo(Reason.SERVICE_BITS_OPTIONAL);
  }

  @Test
  void anUnexpectedUserAgentIsSoft() {
    Optional<Pattern> expected = Optional.of(Pattern.compile("gva-btc2"));

    Finding judgement = judge(0x409, NOW, edit -> edit.userAgent = expected);

    assertThat(judgement.outcome()).isEqualTo(Outcome.SOFT);
    assertThat(judgement.reason()).isEqualTo(Reason.USER_AGENT);
    assertThat(judgement.detail())
        .isEqualTo("user-agent: /Satoshi:28.1.0(gva-btc1)/ (expected: gva-btc2)");
  }

  @Test
  void theWorstFindingDecidesAndAllAreTold() {
    Finding judgement = judge(0x8, NOW + 100, edit -> edit.optionalServices = 0x40);

    assertThat(judgement.reason()).isEqualTo(Reason.SERVICE_BITS_MISSING);
    assertThat(judgement.detail()).contains("at least 0x409); clock-skew: 100 s").contains("also");
  }

  private static Finding judge(long services, long theirSeconds, Consumer<P2pConfigEdit> change) {
    P2pConfigEdit edit = new P2pConfigEdit();
    change.accept(edit);
    VersionPayload version =
        new VersionPayload(
            70016,
            services,
            theirSeconds,
            VirtualNode.P2P,
            1,
            "/Satoshi:28.1.0(gva-btc1)/",
            800_000,
            true);
    return VersionJudgement.of(edit.build(), version, NOW);
  }
}
