package org.bgpannouncer.rehearsal;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** On the loopback of a real kernel; no outside program takes part. */
final class RehearsalIT {
  @Test
  @Timeout(60)
  void everyDeathEndsInAWithdrawAndEveryLifeInAnAnnouncement() throws Exception {
    Rehearsal.Result result = Rehearsal.run();
    assertThat(result.rounds()).isEqualTo(Rehearsal.ROUNDS);
    assertThat(result.last()).isPositive();
  }
}
