package org.bgpannouncer.bgp.session;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class SendWatchTest {
  private static final long SECOND = Duration.ofSeconds(1).toNanos();
  private static final long HOLD = 480 * SECOND;
  private static final long LIMIT = SendWatch.WITHDRAW_LIMIT.toNanos();

  private final SendWatch watch = new SendWatch();

  @BeforeEach
  void setSendHold() {
    watch.setSendHold(Duration.ofNanos(HOLD));
  }

  @Test
  void nothingUnderWayIsNeverLate() {
    assertThat(watch.deadlineNanos()).isEmpty();
    watch.queued(100, true, 0);
    watch.taken(100, SECOND);
    assertThat(watch.deadlineNanos()).isEmpty();
    assertThat(watch.stall(10 * HOLD)).isEmpty();
  }

  @Test
  void aWithdrawHasTenSeconds() {
    watch.queued(100, false, 0);
    watch.queued(150, true, SECOND);
    assertThat(watch.deadlineNanos()).hasValue(SECOND + LIMIT);
    // A peer that takes a little is no better for the withdraw.
    watch.taken(149, SECOND + LIMIT - 1);
    assertThat(watch.stall(SECOND + LIMIT - 1)).isEmpty();
    assertThat(watch.stall(SECOND + LIMIT))
        .hasValueSatisfying(text -> assertThat(text).startsWith("withdraw: not taken for 10 s"));
  }

  @Test
  void whatFollowsAWithdrawIsNotItsDelay() {
    watch.queued(50, true, 0);
    watch.queued(5000, false, SECOND);
    watch.taken(50, 2 * SECOND);
    assertThat(watch.deadlineNanos()).hasValue(2 * SECOND + HOLD);
    assertThat(watch.stall(LIMIT)).isEmpty();
  }

  @Test
  void everythingElseHasTheSendHoldTimeFromTheLastProgress() {
    watch.queued(100, false, 0);
    watch.taken(60, HOLD - 1);
    assertThat(watch.stall(HOLD)).isEmpty();
    assertThat(watch.stall(2 * HOLD - 2)).isEmpty();
    assertThat(watch.stall(2 * HOLD - 1)).contains("send hold: nothing taken for 480 s");
  }

  @Test
  void withoutASendHoldTimeOnlyWithdrawsAreWatched() {
    watch.setSendHold(Duration.ZERO);
    watch.queued(100, false, 0);
    assertThat(watch.deadlineNanos()).isEmpty();
    watch.queued(150, true, 0);
    assertThat(watch.deadlineNanos()).hasValue(LIMIT);
  }

  @Test
  void manyWithdrawsTakeNoRoom() {
    for (int i = 1; i <= 100_000; i++) {
      watch.queued(i * 30L, true, i * 1000L);
    }
    watch.taken(100_000 * 30L, SECOND);
    assertThat(watch.deadlineNanos()).isEmpty();
  }
}
