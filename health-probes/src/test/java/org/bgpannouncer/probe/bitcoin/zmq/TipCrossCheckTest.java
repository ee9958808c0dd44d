package org.bgpannouncer.probe.bitcoin.zmq;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

final class TipCrossCheckTest {
  private final TipCrossCheck tips = new TipCrossCheck();

  @Test
  void aNotificationBeforeOrWithinThirtySecondsIsInTime() {
    tips.subscribed();
    tips.notified();
    tips.tipChanged(seconds(10));
    tips.tipChanged(seconds(600));
    assertThat(tips.missedInARow(seconds(629))).isZero();
    tips.notified();
    assertThat(tips.missedInARow(seconds(700))).isZero();
  }

  @Test
  void countsTheMissesInARow() {
    tips.subscribed();
    tips.tipChanged(seconds(0));
    assertThat(tips.missedInARow(seconds(30))).isEqualTo(1);
    tips.tipChanged(seconds(600));
    tips.tipChanged(seconds(700));
    assertThat(tips.missedInARow(seconds(700))).isEqualTo(2);
    assertThat(tips.missedInARow(seconds(730))).isEqualTo(3);
    tips.notified();
    assertThat(tips.missedInARow(seconds(731))).isZero();
  }

  @Test
  void oneNotificationAnswersForOneTip() {
    tips.subscribed();
    tips.tipChanged(seconds(0));
    tips.notified();
    tips.tipChanged(seconds(600));
    assertThat(tips.missedInARow(seconds(630))).isEqualTo(1);
  }

  @Test
  void nothingIsExpectedWhileNobodyListens() {
    tips.tipChanged(seconds(0));
    assertThat(tips.missedInARow(seconds(100))).isZero();
    tips.subscribed();
    tips.tipChanged(seconds(200));
    tips.unsubscribed();
    assertThat(tips.missedInARow(seconds(300))).isZero();
  }

  private static long seconds(long seconds) {
    return TimeUnit.SECONDS.toNanos(seconds);
  }
}
