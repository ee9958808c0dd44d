package org.bgpannouncer.probe.bitcoin.p2p;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The table of {@link RedialPolicy} row by row, and its bound. */
final class RedialPolicyTest {
  private static final long START = Long.MAX_VALUE - TimeUnit.MINUTES.toNanos(5); // wraps early
  private static final long SECOND = TimeUnit.SECONDS.toNanos(1);

  private final RedialPolicy policy = new RedialPolicy();

  @Test
  void nothingLostLatelyIsDialledAtOnce() {
    assertThat(policy.mayRedialAtOnce(START)).isTrue();
    assertThat(policy.mayShakeHands(START, true)).isTrue();
  }

  @Test
  void nothingLostLatelyButClosedBeforeVersionWaitsTenSeconds() {
    assertThat(policy.lost(START)).isEqualTo(10 * SECOND);
    assertThat(policy.mayRedialAtOnce(START)).isFalse();
    assertThat(policy.mayShakeHands(START, false)).isFalse();
  }

  @Test
  void redialledAtOnceTheNextLossWaitsTenSeconds() {
    policy.redialledAtOnce();

    assertThat(policy.mayRedialAtOnce(START)).isFalse();
    assertThat(policy.lost(START)).isEqualTo(10 * SECOND);
  }

  @Test
  void oneLossEndsNoHandshakesAndTwoEndThem() {
    policy.redialledAtOnce();
    assertThat(policy.mayShakeHands(START, true)).isTrue();
    assertThat(policy.mayShakeHands(START, false)).isTrue();

    policy.lost(START);
    assertThat(policy.mayShakeHands(START, true)).isFalse();
    assertThat(policy.mayShakeHands(START, false)).isFalse();
  }

  @Test
  void aWitnessIsBelievedOnceUntilTheLossesAreForgotten() {
    policy.redialledAtOnce();
    assertThat(policy.mayRedialOnWitness(START)).isTrue();

    policy.redialledOnWitness(false);
    assertThat(policy.mayRedialOnWitness(START)).as("the dial may yet be refused").isTrue();
    policy.accepted(START);
    assertThat(policy.mayRedialOnWitness(START)).isFalse();
    assertThat(policy.lost(START)).as("doubled on").isEqualTo(10 * SECOND);
    assertThat(policy.lost(START)).isEqualTo(20 * SECOND);
    assertThat(policy.mayRedialOnWitness(START)).isFalse();

    policy.refused();
    assertThat(policy.mayRedialOnWitness(START)).isTrue();
  }

  @Test
  void theTwelfthAcceptInAnHourIsTheWitnesssAlone() {
    for (int i = 0; i < RedialPolicy.MAX_HELD_PER_HOUR; i++) {
      policy.accepted(START);
    }
    assertThat(policy.mayRedialAtOnce(START)).isFalse();
    assertThat(policy.mayRedialOnWitness(START)).isTrue();

    policy.accepted(START);
    assertThat(policy.mayRedialOnWitness(START)).isFalse();
  }

  @Test
  void aConnectionThatIsHeldWhileTheWitnessIsDeadIsHeldOn() {
    policy.verified(START);
    policy.redialledOnWitness(true);
    assertThat(policy.isKept(START + RedialPolicy.WINDOW_NANOS)).isTrue();

    policy.redialledOnWitness(false);
    assertThat(policy.isKept(START + RedialPolicy.WINDOW_NANOS)).isFalse();
  }

  @Test
  void aNodeHasKeptUsOnceItHeldOneConnectionForAnHour() {
    assertThat(policy.isKept(START)).isFalse();
    policy.verified(START);

    assertThat(policy.isKept(START + RedialPolicy.WINDOW_NANOS - 1)).isFalse();
    assertThat(policy.isKept(START + RedialPolicy.WINDOW_NANOS)).isTrue();
    policy.redialledAtOnce();
    assertThat(policy.isKept(START + RedialPolicy.WINDOW_NANOS)).isFalse();
  }

  @ParameterizedTest
  @CsvSource({"1,10", "2,20", "3,40", "4,80", "5,160", "6,300", "7,300", "100,300"})
  void theNthLossInARowDoublesTheWaitUpToFiveMinutes(int losses, long seconds) {
    policy.redialledAtOnce();
    long wait = 0;
    for (int i = 0; i < losses; i++) {
      wait = policy.lost(START); // nothing was accepted, so that only the doubling counts
    }

    assertThat(wait).isEqualTo(seconds * SECOND);
  }

  @Test
  void aRefusedDialForgetsTheLosses() {
    policy.lost(START);
    policy.lost(START);

    policy.refused();

    assertThat(policy.mayRedialAtOnce(START)).isTrue();
    assertThat(policy.lost(START)).isEqualTo(10 * SECOND);
  }

  @Test
  void aNodeThatRestartsOftenIsNoFullNode() {
    for (int restart = 0; restart < 100; restart++) {
      policy.accepted(START + restart);
      policy.verified(START + restart);
      policy.refused();
    }

    policy.accepted(START + 100);
    policy.verified(START + 100);

    assertThat(policy.mayRedialAtOnce(START + 100)).isTrue();
    assertThat(policy.lost(START + 100)).isEqualTo(10 * SECOND);
  }

  @Test
  void tenMinutesHeldForgetTheLossesAndAMomentLessDoesNot() {
    policy.lost(START);
    policy.lost(START);
    policy.verified(START);
    long tenMinutes = START + TimeUnit.MINUTES.toNanos(10);

    assertThat(policy.mayRedialAtOnce(tenMinutes - 1)).isFalse();
    assertThat(policy.mayShakeHands(tenMinutes - 1, false)).isFalse();
    assertThat(policy.mayRedialAtOnce(tenMinutes)).isTrue();
    assertThat(policy.mayShakeHands(tenMinutes, false)).isTrue();
    assertThat(policy.lost(tenMinutes)).isEqualTo(10 * SECOND);
  }

  @Test
  void aLossBeforeTenMinutesHeldGoesOnDoubling() {
    policy.lost(START);
    policy.verified(START);

    assertThat(policy.lost(START + TimeUnit.MINUTES.toNanos(9))).isEqualTo(20 * SECOND);
  }

  @Test
  void timeSinceAVerificationThatWasLostIsNotTimeHeld() {
    policy.verified(START);
    policy.redialledAtOnce();

    assertThat(policy.mayRedialAtOnce(START + TimeUnit.HOURS.toNanos(1))).isFalse();
  }

  @Test
  void elevenAcceptsInAnHourEndTheImmediateRedialUntilTheFirstIsAnHourOld() {
    for (int i = 0; i < RedialPolicy.MAX_HELD_PER_HOUR; i++) {
      assertThat(policy.mayRedialAtOnce(START + i)).as("after %d accepts", i).isTrue();
      policy.accepted(START + i);
    }

    assertThat(policy.mayRedialAtOnce(START + RedialPolicy.WINDOW_NANOS - 1)).isFalse();
    assertThat(policy.mayRedialAtOnce(START + RedialPolicy.WINDOW_NANOS)).isTrue();
  }

  @Test
  void handshakesWithAFullNodeEndAtEightAcceptsAnHourAndOthersAreNotCounted() {
    for (int i = 0; i < RedialPolicy.MAX_WITH_HANDSHAKES_PER_HOUR; i++) {
      assertThat(policy.mayShakeHands(START, true)).as("after %d accepts", i).isTrue();
      assertThat(policy.mayDialBesides(START)).as("after %d accepts", i).isTrue();
      policy.accepted(START);
    }

    assertThat(policy.mayShakeHands(START, true)).isFalse();
    assertThat(policy.mayDialBesides(START)).isFalse();
    assertThat(policy.mayShakeHands(START, false)).isTrue();
    assertThat(policy.mayRedialAtOnce(START)).as("left to the held connection").isTrue();
  }

  @Test
  void fromSixAcceptsOnWhatIsLeftIsSpreadOverWhatIsLeftOfTheHour() {
    for (int i = 0; i < 5; i++) {
      policy.accepted(START);
    }
    assertThat(policy.lost(START)).isEqualTo(10 * SECOND);

    policy.accepted(START);

    // Six of eleven are spent: the five left and the one that waits share the hour.
    assertThat(policy.lost(START)).isEqualTo(TimeUnit.MINUTES.toNanos(10) + 1);
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 1_000, 61_000, 290_000, 599_000, 600_000, 3_599_000})
  void howeverSoonItIsLostTheNodeAcceptsLessThanTwelveTimesInAnyHour(long heldMillis) {
    long heldNanos = TimeUnit.MILLISECONDS.toNanos(heldMillis);
    List<Long> accepts = new ArrayList<>();
    long now = START;
    while (now - START < TimeUnit.HOURS.toNanos(48)) {
      accepts.add(now - START);
      policy.accepted(now);
      policy.verified(now);
      now += heldNanos;
      if (policy.mayRedialAtOnce(now)) {
        policy.redialledAtOnce();
      } else {
        now += policy.lost(now);
      }
    }

    // The twelfth is the witness's.
    assertThat(mostInAnyHour(accepts)).isLessThan(12);
    assertThat(accepts).as("and it does not give up").hasSizeGreaterThanOrEqualTo(47);
  }

  /** Of any window that begins with an accept and ends just before an hour has passed. */
  private static int mostInAnyHour(List<Long> times) {
    int most = 0;
    for (int first = 0, i = 0; i < times.size(); i++) {
      while (times.get(i) - times.get(first) >= RedialPolicy.WINDOW_NANOS) {
        first++;
      }
      most = Math.max(most, i - first + 1);
    }
    return most;
  }
}
