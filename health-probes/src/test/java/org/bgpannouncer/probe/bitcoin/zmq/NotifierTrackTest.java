package org.bgpannouncer.probe.bitcoin.zmq;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class NotifierTrackTest {
  private static final long LAST = 0xffffffffL;

  private final NotifierTrack track = new NotifierTrack();

  @ParameterizedTest
  @CsvSource({
    // counter before, counter now, lost, reset
    "0,          1,          0, false",
    "41,         42,         0, false",
    "41,         45,         3, false",
    "4294967295, 0,          0, false", // wraps at 2^32
    "4294967295, 1,          1, false",
    "4294967294, 2,          3, false",
    "41,         0,          0, true",
    "41,         41,         0, true",
    "41,         3,          0, true",
    "3000000000, 0,          0, true", // nearer forward than back, but zero is zero
  })
  void tellsLossFromRestartOnALivingConnection(long before, long now, long lost, boolean reset) {
    track.subscribed(0);
    track.received(before, 0);
    track.received(now, 0);

    assertThat(track.takeLost()).isEqualTo(lost);
    assertThat(track.lost()).isEqualTo(lost);
    assertThat(track.takeReset()).isEqualTo(reset);
    assertThat(track.sequence()).isEqualTo(now);
    assertThat(track.messages()).isEqualTo(2);
  }

  @Test
  void countsEachLossOnce() {
    track.subscribed(0);
    track.received(1, 0);
    track.received(4, 0);
    assertThat(track.takeLost()).isEqualTo(2);
    assertThat(track.takeLost()).isZero();
    track.received(0, 0);
    assertThat(track.takeReset()).isTrue();
    assertThat(track.takeReset()).isFalse();
  }

  @Test
  void whatWasMissedWhileAwayIsNotLost() {
    track.subscribed(0);
    track.received(7, 0);
    track.unsubscribed(1);
    track.subscribed(2);
    track.received(50, 3);
    assertThat(track.takeLost()).isZero();
    assertThat(track.takeReset()).isFalse();
  }

  @Test
  void aCounterThatWentBackWhileAwayIsARestart() {
    track.subscribed(0);
    track.received(7, 0);
    track.unsubscribed(1);
    track.subscribed(2);
    track.received(3, 3);
    assertThat(track.takeReset()).isTrue();
    assertThat(track.takeLost()).isZero();
  }

  @Test
  void theFirstCounterEverMayBeAny() {
    track.subscribed(0);
    track.received(LAST, 0);
    assertThat(track.takeLost()).isZero();
    assertThat(track.takeReset()).isFalse();
  }

  @Test
  void silenceCountsOnlyWhileListening() {
    track.subscribed(100);
    assertThat(track.silentNanos(130)).isEqualTo(30);
    track.unsubscribed(140);
    assertThat(track.silentNanos(900)).isEqualTo(40);
    track.subscribed(1000);
    assertThat(track.silentNanos(1010)).isEqualTo(50);
    track.received(0, 1010);
    assertThat(track.silentNanos(1015)).isEqualTo(5);
  }
}
