package org.bgpannouncer.probe.finding;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.bgpannouncer.probe.Outcome;
import org.bgpannouncer.probe.Reason;
import org.junit.jupiter.api.Test;

final class FindingTest {
  private static final Finding SOFT = Finding.of(Outcome.SOFT, Reason.PRUNED, "soft");
  private static final Finding UNKNOWN = Finding.of(Outcome.UNKNOWN, Reason.BUSY, "unknown");
  private static final Finding NOT_READY =
      Finding.of(Outcome.NOT_READY, Reason.INITIAL_BLOCK_DOWNLOAD, "not ready");
  private static final Finding HARD = Finding.of(Outcome.HARD, Reason.PRUNED, "hard");

  @Test
  void whatIsOnlyLessGoodHidesNeitherADownloadNorWhatIsNotKnown() {
    assertThat(SOFT.or(NOT_READY)).isEqualTo(NOT_READY.or(SOFT)).isEqualTo(NOT_READY);
    assertThat(SOFT.or(UNKNOWN)).isEqualTo(UNKNOWN.or(SOFT)).isEqualTo(UNKNOWN);
    assertThat(UNKNOWN.or(NOT_READY)).isEqualTo(NOT_READY);
    assertThat(NOT_READY.or(HARD)).isEqualTo(HARD);
    assertThat(Finding.passed(Map.of()).or(SOFT)).isEqualTo(SOFT);
  }

  @Test
  void theWorstOfNoneIsPassedAndOfSeveralTheFirstWithAllDetails() {
    assertThat(Finding.worst(List.of())).isEqualTo(Finding.passed(Map.of()));

    Finding again = Finding.of(Outcome.HARD, Reason.INDEX_BEHIND, "second");
    assertThat(Finding.worst(List.of(SOFT, HARD, again)))
        .isEqualTo(Finding.of(Outcome.HARD, Reason.PRUNED, "soft; hard; second"));
    Finding word = Finding.of(Outcome.OK, Reason.SEQUENCE_RESET, "restarted");
    assertThat(Finding.worst(List.of(word))).isEqualTo(word);
  }
}
