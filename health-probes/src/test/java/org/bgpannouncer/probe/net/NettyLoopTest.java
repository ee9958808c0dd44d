package org.bgpannouncer.probe.net;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class NettyLoopTest {
  private static final long MILLI = TimeUnit.MILLISECONDS.toNanos(1);
  private static final long SLOT = NettyLoop.SLOT_MILLIS * MILLI;

  @Test
  void aShortTimerIsNotShared() {
    assertThat(NettyLoop.shared(7, 10 * MILLI)).isEqualTo(10 * MILLI);
    assertThat(NettyLoop.shared(7, 499 * MILLI)).isEqualTo(499 * MILLI);
    assertThat(NettyLoop.shared(7, -1)).isZero();
  }

  @ParameterizedTest
  @ValueSource(longs = {0, 1, 999_999_937, -3_000_000_017L, Long.MAX_VALUE - 5, Long.MIN_VALUE + 5})
  void aLongOneFiresInTheNextSlotAndNeverEarly(long nowNanos) {
    for (long delay = 500 * MILLI; delay < 700 * MILLI; delay += 1_234_567) {
      long shared = NettyLoop.shared(nowNanos, delay);
      assertThat(shared - delay).isBetween(0L, SLOT - 1);
      assertThat(Math.floorMod(nowNanos + shared, SLOT)).isZero();
    }
  }
}
