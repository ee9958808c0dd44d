package org.bgpannouncer.rehearsal;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** On the loopback of a real kernel; no outside program takes part. */
final class RehearsalIT {
  @ParameterizedTest
  @EnumSource
  @Timeout(60)
  void everyDeathEndsInAWithdrawAndEveryLifeInAnAnnouncement(Rehearsal.Way way) throws Exception {
    Rehearsal.Result result = Rehearsal.run(way);
    assertThat(result.rounds()).isEqualTo(Rehearsal.ROUNDS);
    assertThat(result.last()).isPositive();
  }
}
