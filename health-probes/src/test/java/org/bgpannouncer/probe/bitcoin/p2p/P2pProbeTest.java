package org.bgpannouncer.probe.bitcoin.p2p;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.function.Consumer;
import org.bgpannouncer.probe.Cadence;
import org.bgpannouncer.probe.Check;
import org.bgpannouncer.probe.Observation;
import org.bgpannouncer.probe.Outcome;
import org.bgpannouncer.probe.Pace;
import org.bgpannouncer.probe.Reason;
import org.bgpannouncer.probe.bitcoin.BitcoinNetwork;
import org.bgpannouncer.probe.bitcoin.NodeFacts;
import org.bgpannouncer.probe.bitcoin.p2p.VirtualNode.Mode;
import org.bgpannouncer.probe.bitcoin.p2p.wire.P2pMessage;
import org.bgpannouncer.probe.net.DialFailure;
import org.bgpannouncer.probe.net.Dialer.CloseCause;
import org.bgpannouncer.probe.time.VirtualTime;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The whole probe, in virtual time, against a scripted machine. */
class P2pProbeTest {
  private static final Duration MOMENT = Duration.ofMillis(2);
  private static final long START_SECONDS = 1_700_000_000;

  private final VirtualTime time = new VirtualTime();
  private final VirtualNode node = new VirtualNode(time);
  private final NodeFacts facts = new NodeFacts();
  private final List<Observation> seen = new ArrayList<>();
  private Optional<DialFailure> bindFailure = Optional.empty();

  @Test
  void holdsOneConnectionAndReportsEachPong() {
    start(withWitness());

    time.advance(Duration.ofSeconds(26));

    assertThat(held()).hasSizeBetween(6, 7).allMatch(o -> o.outcome() == Outcome.OK);
    Observation first = held().get(0);
    assertThat(first.stages().stream().map(Observation.StageTiming::name))
        .containsExactly("connect", "version", "verack", "pong");
    assertThat(first.values())
        .containsEntry("user-agent", "/Satoshi:28.1.0(gva-btc1)/")
        .containsEntry("services", "0x409")
        .containsEntry("start-height", "800000")
        .containsEntry("protocol-version", "70016")
        .containsEntry("clock-skew-seconds", "0");
    assertThat(held().get(1).stages().stream().map(Observation.StageTiming::name))
        .containsExactly("pong");
    assertThat(node.sessions).hasSize(1);
  }

  @Test
  void theVersionIsReportedWithTheStagesOfTheConversationItWasReadFrom() {
    start(withWitness());
    time.advance(Duration.ofSeconds(1));

    assertThat(of(P2pContext.VERSION))
        .hasSize(2) // the held connection's and the first handshake's
        .allSatisfy(
            version -> {
              assertThat(version.stages())
                  .extracting(Observation.StageTiming::name)
                  .containsExactly("connect", "version");
              assertThat(version.stages()).allMatch(stage -> stage.nanos() > 0);
            });
  }

  @Test
  void jitterOnlyShortensTheWaitBetweenPings() {
    start(withWitness());

    time.advance(Duration.ofMinutes(5));

    List<Observation> pongs = held();
    for (int i = 1; i < pongs.size(); i++) {
      long gap = pongs.get(i).atNanos() - pongs.get(i - 1).atNanos();
      assertThat(gap)
          .isBetween(
              Duration.ofMillis(4500).toNanos(), Duration.ofSeconds(5).plus(MOMENT).toNanos());
    }
  }

  @Test
  void provesADeathInTheMomentOfIt() {
    verified(withWitness());

    node.kill();
    time.advance(MOMENT);

    assertThat(last().isProof()).isTrue();
    assertThat(last().reason()).isEqualTo(Reason.PROVEN_DEAD);
    assertThat(node.witnessDials).hasSize(1);
    assertThat(node.witnessDials.get(0))
        .as("both ports are dialled at the same moment")
        .isEqualTo(node.p2pDials.get(node.p2pDials.size() - 1));
  }

  @Test
  void withoutAWitnessTheRefusedRedialAloneProves() {
    verified(config(c -> c.witness = Optional.empty()));

    node.kill();
    time.advance(MOMENT);

    assertThat(last().reason()).isEqualTo(Reason.PROVEN_DEAD);
    assertThat(node.witnessDials).isEmpty();
  }

  @Test
  void aResetProvesAsWellAsAFin() {
    verified(withWitness());

    node.mode = Mode.REFUSING;
    node.witness = Mode.REFUSING;
    node.endSessions(CloseCause.RST);
    time.advance(MOMENT);

    assertThat(last().reason()).isEqualTo(Reason.PROVEN_DEAD);
  }

  @Test
  void refusedWhileTheWitnessAcceptsOnlyCountsTowardFall() {
    verified(withWitness());

    node.mode = Mode.REFUSING;
    node.endSessions(CloseCause.FIN);
    time.advance(MOMENT);

    assertThat(last().outcome()).isEqualTo(Outcome.HARD);
    assertThat(last().reason()).isEqualTo(Reason.REFUSED);
    assertThat(last().detail()).contains("witness accepts");
    assertThat(seen).noneMatch(Observation::isProof);
  }

  @Test
  void aWitnessThatClosesLastInTheSameDeathProvesItAfterAll() {
    verified(withWitness());

    node.mode = Mode.REFUSING;
    node.endSessions(CloseCause.FIN);
    time.advance(Duration.ofNanos(150_000));
    assertThat(last().detail()).contains("witness accepts");
    node.witness = Mode.REFUSING;
    node.endSessions(CloseCause.RST);
    time.advance(MOMENT);

    assertThat(last().reason()).isEqualTo(Reason.PROVEN_DEAD);
  }

  @Test
  void aWitnessThatEndedBeforeTheRedialWasRefusedProvesItToo() {
    verified(withWitness());

    node.mode = Mode.REFUSING;
    node.refuseAfter = Duration.ofNanos(300_000);
    node.witness = Mode.CLOSING;
    node.endSessions(CloseCause.FIN);
    time.advance(Duration.ofNanos(250_000)); // accepted and closed by now
    node.witness = Mode.REFUSING;
    time.advance(MOMENT);

    assertThat(last().reason()).isEqualTo(Reason.PROVEN_DEAD);
  }

  @ParameterizedTest
  @CsvSource({"REFUSING, RESETTING", "RESETTING, REFUSING", "RESETTING, RESETTING"})
  void aPortThatResetsOurDialAsItClosesProvesItAfterAll(Mode port, Mode witness) {
    verified(withWitness());

    node.mode = port;
    node.witness = witness;
    node.endSessions(CloseCause.FIN);
    node.mode = Mode.REFUSING;
    node.witness = Mode.REFUSING;
    time.advance(MOMENT);

    assertThat(last().reason()).isEqualTo(Reason.PROVEN_DEAD);
  }

  @Test
  void aWitnessThatEndsWhileTheNodeMayNotBeDialledIsAskedAgain() {
    verified(withWitness());
    node.endSessions(CloseCause.FIN); // one immediate re-dial, held again
    time.advance(Duration.ofSeconds(2));

    node.mode = Mode.REFUSING;
    node.witness = Mode.RESETTING;
    node.endSessions(CloseCause.FIN);
    node.witness = Mode.REFUSING;
    time.advance(MOMENT);

    assertThat(last().reason()).isEqualTo(Reason.PROVEN_DEAD);
  }

  @Test
  void bothPortsThatCloseLastInTheSameDeathProveItAfterAll() {
    verified(withWitness());

    node.mode = Mode.CLOSING;
    node.endSessions(CloseCause.FIN);
    time.advance(Duration.ofNanos(350_000));
    assertThat(last().reason()).isEqualTo(Reason.SATURATED);
    node.kill();
    time.advance(MOMENT);

    assertThat(last().reason()).isEqualTo(Reason.PROVEN_DEAD);
  }

  @Test
  void aWitnessThatClosesWhateverItAcceptsIsAskedTwiceForEachLoss() {
    verified(withWitness());
    node.witnessDials.clear();

    node.mode = Mode.REFUSING;
    node.witness = Mode.CLOSING;
    node.endSessions(CloseCause.FIN);
    time.advance(Duration.ofSeconds(20));

    assertThat(node.witnessDials).hasSize(2);
    assertThat(seen).noneMatch(Observation::isProof);
  }

  @Test
  void refusedWhileTheWitnessIsSilentOnlyCountsTowardFall() {
    verified(withWitness());

    node.mode = Mode.REFUSING;
    node.witness = Mode.SILENT;
    node.endSessions(CloseCause.FIN);
    time.advance(Duration.ofSeconds(4));

    assertThat(seen).noneMatch(Observation::isProof);
    assertThat(held().get(0).reason()).isEqualTo(Reason.REFUSED);
  }

  @Test
  void withNoConnectionHeldBeforeNothingIsProven() {
    node.mode = Mode.REFUSING;
    node.witness = Mode.REFUSING;
    start(withWitness());

    time.advance(Duration.ofSeconds(16));

    assertThat(held()).hasSize(4).allMatch(o -> o.reason() == Reason.REFUSED);
    assertThat(node.witnessDials).isEmpty();
  }

  @Test
  void anAcceptedConnectionIsNotYetAHeldOne() {
    node.mode = Mode.MUTE;
    start(withWitness());
    time.advance(Duration.ofSeconds(1));

    node.kill();
    time.advance(MOMENT);

    assertThat(seen).noneMatch(Observation::isProof);
  }

  @Test
  void anotherFailureOfTheSocketIsNoProof() {
    verified(withWitness());

    node.mode = Mode.REFUSING;
    node.witness = Mode.REFUSING;
    node.endSessions(CloseCause.ERROR);
    time.advance(Duration.ofSeconds(11));

    assertThat(held().stream().map(Observation::reason))
        .containsExactly(Reason.CLOSED, Reason.REFUSED, Reason.REFUSED);
  }

  @Test
  void ourOwnBugOnTheConnectionHoldsAndDialsAgainTenSecondsLater() {
    verified(withWitness());
    int before = node.p2pDials.size();

    node.endSessions(CloseCause.OURS);
    time.advance(Duration.ofSeconds(9));

    assertThat(held()).hasSize(1);
    assertThat(last().outcome()).isEqualTo(Outcome.UNKNOWN);
    assertThat(last().reason()).isEqualTo(Reason.INTERNAL_ERROR);
    assertThat(node.p2pDials).hasSize(before);
    time.advance(Duration.ofSeconds(2));
    assertThat(last().outcome()).isEqualTo(Outcome.OK);
  }

  @Test
  void ourOwnBugOnAFreshHandshakeIsUnknown() {
    start(config(c -> c.service = Optional.of(VirtualNode.SERVICE)));
    while (node.targets.size() < 2) {
      time.advance(Duration.ofNanos(50_000));
    }
    time.advance(Duration.ofNanos(150_000)); // accepted, not answered yet

    node.sessions.get(1).end(CloseCause.OURS);

    assertThat(of(P2pContext.HANDSHAKE))
        .singleElement()
        .extracting(Observation::outcome, Observation::reason)
        .containsExactly(Outcome.UNKNOWN, Reason.INTERNAL_ERROR);
  }

  @Test
  void aListenerThatThrowsDoesNotStopTheProbe() {
    P2pProbe probe = start(withWitness());
    probe.start(
        observation -> {
          seen.add(observation);
          throw new IllegalStateException("embedder's bug");
        });

    time.advance(Duration.ofSeconds(21));
    node.kill();
    time.advance(Duration.ofSeconds(6));

    assertThat(held().stream().filter(o -> o.outcome() == Outcome.OK)).hasSizeGreaterThan(3);
    assertThat(held().stream().map(Observation::reason))
        .containsSubsequence(Reason.PASSED, Reason.PROVEN_DEAD, Reason.REFUSED);
  }

  @Test
  void afterADeathItDialsAtThePaceAndHoldsAgain() {
    verified(withWitness());
    node.kill();
    time.advance(MOMENT);
    seen.clear();

    time.advance(Duration.ofSeconds(15));
    assertThat(held()).hasSizeBetween(3, 4).allMatch(o -> o.reason() == Reason.REFUSED);

    node.mode = Mode.ALIVE;
    node.witness = Mode.ALIVE;
    time.advance(Duration.ofSeconds(6));
    assertThat(last().outcome()).isEqualTo(Outcome.OK);
    seen.clear();

    node.kill();
    time.advance(MOMENT);
    assertThat(last().reason()).as("a second death").isEqualTo(Reason.PROVEN_DEAD);
  }

  @Test
  void ourOwnFailureIsUnknownAndNeverTheHosts() {
    verified(withWitness());

    node.mode = Mode.OUT_OF_FILES;
    node.endSessions(CloseCause.FIN);
    time.advance(Duration.ofSeconds(12));

    assertThat(held()).isNotEmpty().allMatch(o -> o.outcome() == Outcome.UNKNOWN);
    assertThat(last().reason()).isEqualTo(Reason.LOCAL_RESOURCES);
  }

  @Test
  void aPongTooLateIsSoftAndStartsADialInThatMoment() {
    verified(withWitness());
    node.mode = Mode.SILENT;
    int before = node.p2pDials.size();

    time.advance(Duration.ofSeconds(7));

    assertThat(held().get(0).reason()).isEqualTo(Reason.PONG_LATE);
    assertThat(held().get(0).values()).containsEntry("stall-millis", "2000");
    assertThat(node.p2pDials.get(before)).isEqualTo(held().get(0).atNanos());
  }

  @Test
  void powerLossFallsThreeTimesWithinSixteenSecondsAtTheNormalPace() {
    for (int phase = 0; phase < 50; phase++) {
      VirtualTime own = new VirtualTime();
      VirtualNode machine = new VirtualNode(own);
      List<Observation> found = new ArrayList<>();
      start(withWitness(), own, machine, found, phase);
      own.advance(Duration.ofSeconds(20).plusMillis(100L * phase));
      long lost = own.nanoTime();
      machine.mode = Mode.SILENT;
      machine.witness = Mode.SILENT;

      own.advance(Duration.ofSeconds(16));

      List<Observation> hard =
          found.stream()
              .filter(o -> o.check().equals(P2pContext.HELD) && o.atNanos() >= lost)
              .filter(o -> o.outcome() == Outcome.HARD)
              .toList();
      assertThat(hard).hasSizeGreaterThanOrEqualTo(3);
      assertThat(hard).allMatch(o -> o.reason() == Reason.CONNECT_TIMEOUT);
    }
  }

  /** How a full node came to be one that may not be dialled, and what its witness does then. */
  @ParameterizedTest(name = "{0} accepts, lost lately: {1}")
  @CsvSource({"1, true", "7, true", "8, false", "11, false", "11, true"})
  void aFullNodeThatLosesItsPowerFallsThreeTimesWithinSixteenSeconds(int accepts, boolean lost) {
    for (int phase = 0; phase < 50; phase++) {
      node.mode = Mode.ALIVE;
      node.witness = Mode.ALIVE;
      facts.inboundFull(true);
      RedialPolicy policy = new RedialPolicy();
      P2pProbe probe = start(withWitness(), policy);
      while (of(P2pContext.HANDSHAKE).isEmpty()) {
        time.advance(MOMENT);
      }
      if (lost) {
        node.endSessions(CloseCause.FIN); // re-dialled at once
      }
      time.advance(Duration.ofSeconds(1).plusMillis(100L * phase));
      while (policy.count(time.nanoTime()) < accepts) {
        policy.accepted(time.nanoTime());
      }
      seen.clear();
      node.mode = Mode.SILENT;
      node.witness = Mode.SILENT;

      time.advance(Duration.ofSeconds(16));

      assertThat(held().stream().filter(o -> o.outcome() == Outcome.HARD))
          .as("phase %d", phase)
          .hasSizeGreaterThanOrEqualTo(3)
          .allMatch(o -> o.reason() == Reason.CONNECT_TIMEOUT);
      probe.close();
      time.advance(MOMENT);
      node.sessions.clear();
      seen.clear();
    }
  }

  // RPC may be firewalled: what says nothing costs one accept, which is the twelfth at most.
  @ParameterizedTest(name = "pongs after {0} s, witness {1}")
  @CsvSource({
    "2.5, ALIVE", "2.5, SILENT", "2.5, REFUSING",
    "4.5, ALIVE", "4.5, SILENT", "4.5, REFUSING",
    "600, ALIVE", "600, SILENT", "600, REFUSING"
  })
  void aFullNodeThatIsSlowOrMuteSeesAtMostTwelveConnectionsInAnyHour(
      double pongSeconds, Mode witness) {
    facts.inboundFull(true);
    verified(withWitness());
    node.pongDelay = Duration.ofMillis(Math.round(pongSeconds * 1000));
    node.witness = witness;

    time.advance(Duration.ofHours(4));

    assertAtMostTwelveInAnyHour();
    assertThat(held()).noneMatch(o -> o.outcome() == Outcome.HARD);
  }

  @Test
  void aMuteFullNodeThatHasSpentItsAcceptsIsAStall() {
    facts.inboundFull(true);
    RedialPolicy policy = new RedialPolicy();
    start(withWitness(), policy);
    time.advance(Duration.ofSeconds(1));
    while (policy.count(time.nanoTime()) < RedialPolicy.MAX_WITH_HANDSHAKES_PER_HOUR) {
      policy.accepted(time.nanoTime());
    }
    int before = node.p2pDials.size();
    node.mode = Mode.MUTE;

    time.advance(Duration.ofMinutes(5));

    assertThat(node.p2pDials).hasSize(before);
    assertThat(last().reason()).isEqualTo(Reason.STALL);
    assertThat(stallMillis(last())).isBetween(285_000L, 300_000L);
  }

  @Test
  void aNodeThatLosesItsPowerWhileItsSlotsAreSparedIsSeenWithinTwoIntervals() {
    node.mode = Mode.CLOSING;
    start(withWitness());
    time.advance(Duration.ofSeconds(75)); // the wait of 80 s began at 70 s
    seen.clear();

    node.mode = Mode.SILENT;
    node.witness = Mode.SILENT;
    time.advance(Duration.ofSeconds(16));

    assertThat(held())
        .hasSizeGreaterThanOrEqualTo(2)
        .allMatch(o -> o.reason() == Reason.CONNECT_TIMEOUT);
  }

  @Test
  void aMuteNodeIsAStallThatOpensNoFurtherConnection() {
    verified(withWitness());
    node.mode = Mode.MUTE;
    int before = node.p2pAccepts.size();

    time.advance(Duration.ofMinutes(5));

    assertThat(node.p2pAccepts).hasSize(before + 1);
    assertThat(held()).hasSizeGreaterThan(50).allMatch(o -> o.outcome() == Outcome.SOFT);
    assertThat(held().stream().skip(1)).allMatch(o -> o.reason() == Reason.STALL);
    long stallMillis = Long.parseLong(last().values().getOrDefault("stall-millis", "0"));
    assertThat(stallMillis).isBetween(285_000L, 300_000L);
  }

  @Test
  void oneStallReportFallsOnStallDownItself() {
    verified(withWitness());
    node.mode = Mode.MUTE;

    time.advance(Duration.ofSeconds(130));

    assertThat(held()).anyMatch(o -> "120000".equals(o.values().get("stall-millis")));
  }

  // A ping each second, 2 s for its pong, 2 s for the version on the dial besides.
  @Test
  void aStallDownOfTwoSecondsIsAStallWithinFiveInWhateverPhaseTheNodeStops() {
    for (int phase = 0; phase < 50; phase++) {
      VirtualTime own = new VirtualTime();
      VirtualNode stopping = new VirtualNode(own);
      List<Observation> found = new ArrayList<>();
      start(config(c -> c.stallDown = Duration.ofSeconds(2)), own, stopping, found, phase);
      own.advance(Duration.ofSeconds(20).plusMillis(37L * phase));
      long stopped = own.nanoTime();
      stopping.mode = Mode.MUTE;

      own.advance(Duration.ofSeconds(10));

      Observation stall =
          found.stream().filter(o -> o.reason() == Reason.STALL).findFirst().orElseThrow();
      assertThat(stall.atNanos() - stopped)
          .isLessThanOrEqualTo(Duration.ofSeconds(5).plus(MOMENT).toNanos());
      assertThat(Long.parseLong(stall.values().getOrDefault("stall-millis", "0")))
          .isGreaterThanOrEqualTo(2000);
    }
  }

  @Test
  void aMuteNodeThatAnswersAgainIsHeldAgainOnOneConnection() {
    verified(withWitness());
    node.mode = Mode.MUTE;
    time.advance(Duration.ofMinutes(1));

    node.thaw();
    time.advance(Duration.ofSeconds(10));

    assertThat(last().outcome()).isEqualTo(Outcome.OK);
    assertThat(node.sessions).hasSize(1);
  }

  @Test
  void killedWhileStoppedIsProven() {
    verified(withWitness());
    node.mode = Mode.MUTE;
    time.advance(Duration.ofSeconds(30));

    node.kill();
    time.advance(MOMENT);

    assertThat(last().reason()).isEqualTo(Reason.PROVEN_DEAD);
  }

  @Test
  void muteFromTheStartIsAStallSinceOurVersion() {
    node.mode = Mode.MUTE;
    start(withWitness());

    time.advance(Duration.ofSeconds(3).plus(MOMENT));

    assertThat(last().reason()).isEqualTo(Reason.STALL);
    assertThat(last().values())
        .containsEntry("stall-millis", "3000")
        .containsEntry("stall-stage", "version");
  }

  @Test
  void acceptThenFinIsSaturatedAndWaitsTenSecondsDoubling() {
    node.mode = Mode.CLOSING;
    start(withWitness());

    time.advance(Duration.ofSeconds(200));

    assertThat(held()).allMatch(o -> o.outcome() == Outcome.SOFT && o.reason() == Reason.SATURATED);
    assertThat(facts.inboundFull()).isTrue();
    assertThat(gapsInSeconds(node.p2pDials)).containsExactly(10L, 20L, 40L, 80L);
  }

  @Test
  void aSaturatedNodeIsNotHurriedByTheFastPace() {
    node.mode = Mode.CLOSING;
    P2pProbe probe = start(withWitness());
    time.advance(Duration.ofSeconds(1));

    probe.pace(Pace.FAST);
    time.advance(Duration.ofSeconds(8));

    assertThat(node.p2pDials).hasSize(1);
  }

  @Test
  void oneImmediateRedialPerLossThenItWaits() {
    verified(withWitness());
    int before = node.p2pDials.size();
    node.mode = Mode.EVICTING;
    node.evictAfter = Duration.ofMillis(100);
    node.endSessions(CloseCause.FIN);

    time.advance(Duration.ofSeconds(80));

    List<Long> dials = node.p2pDials.subList(before, node.p2pDials.size());
    assertThat(gapsInSeconds(dials)).containsExactly(10L, 20L, 40L);
    assertThat(held()).noneMatch(o -> o.outcome() == Outcome.HARD);
  }

  @Test
  void tenMinutesHeldRestoreTheImmediateRedial() {
    verified(withWitness());
    node.endSessions(CloseCause.FIN);
    time.advance(Duration.ofMinutes(11));
    int before = node.p2pDials.size();

    long lost = time.nanoTime();
    node.endSessions(CloseCause.FIN);
    time.advance(MOMENT);

    assertThat(node.p2pDials.subList(before, node.p2pDials.size())).containsExactly(lost);
  }

  @Test
  void duringTheWaitARefusedWitnessBringsTheProofForward() {
    verified(withWitness());
    node.endSessions(CloseCause.FIN); // one immediate re-dial, held again
    time.advance(Duration.ofSeconds(2));

    node.kill();
    time.advance(MOMENT);

    assertThat(last().reason()).isEqualTo(Reason.PROVEN_DEAD);
  }

  @Test
  void aFullNodeThatEvictsUsSeesAtMostTwelveConnectionsInAnyHour() {
    node.mode = Mode.EVICTING;
    start(withWitness());

    time.advance(Duration.ofHours(8));

    assertAtMostTwelveInAnyHour();
    assertThat(node.p2pAccepts).hasSizeGreaterThan(8 * 6);
  }

  @Test
  void aFullNodeThatEvictsUsNowAndThenSeesAtMostTwelveConnectionsInAnyHour() {
    for (int minutes = 1; minutes <= 30; minutes++) {
      VirtualTime own = new VirtualTime();
      VirtualNode machine = new VirtualNode(own);
      machine.mode = Mode.EVICTING;
      machine.evictAfter = Duration.ofMinutes(minutes).plusSeconds(7);
      facts.inboundFull(true);
      start(withWitness(), own, machine, new ArrayList<>(), minutes);

      own.advance(Duration.ofHours(6));

      assertThat(mostInAnyHour(machine.p2pAccepts))
          .as("evicted each %s min", minutes)
          .isLessThanOrEqualTo(12);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 3, 5, 7, 9, 10, 11, 13, 15, 20, 30, 45, 59})
  void aFullNodeThatNobodyKnowsToBeFullSeesAtMostTwelveConnectionsInAnyHour(int minutes) {
    node.mode = Mode.EVICTING;
    node.evictAfter = Duration.ofMinutes(minutes);
    start(config(c -> c.witness = Optional.empty()));

    time.advance(Duration.ofHours(8));

    assertAtMostTwelveInAnyHour();
    assertThat(node.p2pAccepts).hasSizeGreaterThan(8 * 3);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 3, 5, 9, 11, 15, 20, 30, 45, 59})
  void theFastPaceDoesNotMakeANodeThatMayBeFullAcceptMoreOften(int minutes) {
    node.mode = Mode.EVICTING;
    node.evictAfter = Duration.ofMinutes(minutes);
    start(withWitness()).pace(Pace.FAST);

    time.advance(Duration.ofHours(8));

    assertAtMostTwelveInAnyHour();
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 3, 5, 9, 11, 15, 20, 30, 45, 59})
  void anEvictionIsBelievedMoreThanTheSlotsThatRpcCounts(int minutes) {
    facts.inboundCounted(true); // of 125, as it believes; the node has fewer
    node.mode = Mode.EVICTING;
    node.evictAfter = Duration.ofMinutes(minutes);
    start(withWitness());
    time.advance(node.evictAfter);
    assertThat(facts.inboundFull()).isFalse();
    time.advance(MOMENT);
    assertThat(facts.inboundFull()).isTrue();
    node.p2pAccepts.clear();

    time.advance(Duration.ofHours(8));

    assertAtMostTwelveInAnyHour();
  }

  @Test
  void aNodeThatIsTakenForAFullOneIsProvenDeadAtOnceAndNoLongerTakenForOneAfterItsRestart() {
    verified(withWitness());
    for (int restart = 0; restart < 20; restart++) {
      time.advance(Duration.ofMinutes(11));
      node.endSessions(CloseCause.FIN); // an eviction: the re-dial is accepted
      time.advance(MOMENT);
      assertThat(facts.inboundFull()).isTrue();
      time.advance(Duration.ofMinutes(11));

      node.kill();
      time.advance(MOMENT);
      assertThat(last().reason()).isEqualTo(Reason.PROVEN_DEAD);
      assertThat(facts.inboundFull()).isFalse();

      node.mode = Mode.ALIVE;
      node.witness = Mode.ALIVE;
      time.advance(Duration.ofSeconds(6));
      assertThat(last().outcome()).isEqualTo(Outcome.OK);
    }
  }

  @Test
  void aRestartedNodeWhosePeersNobodyCountsIsProvenDeadAtOnceAgain() {
    verified(config(c -> c.witness = Optional.empty()));
    for (int restart = 0; restart < 30; restart++) {
      time.advance(Duration.ofMinutes(restart));

      node.kill();
      time.advance(MOMENT);
      assertThat(last().reason()).as("restart %d", restart).isEqualTo(Reason.PROVEN_DEAD);

      node.mode = Mode.ALIVE;
      time.advance(Duration.ofSeconds(6));
      assertThat(last().outcome()).isEqualTo(Outcome.OK);
    }
  }

  @Test
  void aNodeThatClosesAtOnceSeesAtMostTwelveConnectionsInAnyHour() {
    node.mode = Mode.CLOSING;
    start(withWitness());

    time.advance(Duration.ofHours(8));

    assertAtMostTwelveInAnyHour();
  }

  // RPC is off, or firewalled: a dead witness says nothing of the node.
  @ParameterizedTest
  @CsvSource({"EVICTING, REFUSING", "CLOSING, REFUSING", "EVICTING, SILENT", "CLOSING, SILENT"})
  void aDeadWitnessDoesNotMakeAFullNodeAcceptMoreThanTwelveTimesInAnyHour(Mode mode, Mode witness) {
    verified(withWitness());
    node.mode = mode;
    node.witness = witness;
    node.endSessions(CloseCause.FIN);

    time.advance(Duration.ofHours(8));

    assertAtMostTwelveInAnyHour();
    assertThat(seen).noneMatch(o -> o.outcome() == Outcome.HARD);
  }

  @Test
  void aRefusedWitnessShortensOneWaitAndTheNextGoOnDoubling() {
    facts.inboundCounted(true);
    verified(withWitness());
    int before = node.p2pDials.size();
    node.mode = Mode.EVICTING;
    node.witness = Mode.REFUSING;
    node.evictAfter = Duration.ofMillis(100);
    node.endSessions(CloseCause.FIN);

    time.advance(Duration.ofSeconds(80));

    List<Long> dials = node.p2pDials.subList(before, node.p2pDials.size());
    assertThat(gapsInSeconds(dials)).containsExactly(0L, 10L, 20L, 40L);
  }

  @Test
  void aNodeThatDiesWhileItsSlotsAreSparedIsSeenWithinTwoIntervals() {
    node.mode = Mode.CLOSING;
    start(withWitness());
    time.advance(Duration.ofSeconds(75)); // the wait of 80 s began at 70 s
    seen.clear();

    node.kill();
    time.advance(Duration.ofSeconds(10));

    assertThat(held()).hasSizeGreaterThanOrEqualTo(2).allMatch(o -> o.reason() == Reason.REFUSED);
    assertThat(seen).as("nothing was held").noneMatch(Observation::isProof);
  }

  @Test
  void theWitnessIsNotPolledOnceTheNodeIsHeldAgain() {
    node.mode = Mode.CLOSING;
    start(withWitness());
    time.advance(Duration.ofSeconds(12));
    node.mode = Mode.ALIVE;
    time.advance(Duration.ofSeconds(30));
    assertThat(last().outcome()).isEqualTo(Outcome.OK);
    node.witnessDials.clear();

    time.advance(Duration.ofMinutes(5));

    assertThat(node.witnessDials).isEmpty();
  }

  @Test
  void aSynTimeoutDoesNotForgetWhatAFullNodeHasAccepted() {
    node.mode = Mode.CLOSING;
    start(withWitness());
    time.advance(Duration.ofSeconds(75));
    node.mode = Mode.SILENT;
    time.advance(Duration.ofSeconds(90));
    assertThat(last().reason()).isEqualTo(Reason.CONNECT_TIMEOUT);
    node.mode = Mode.CLOSING;
    node.p2pDials.clear();

    time.advance(Duration.ofMinutes(4));

    assertThat(node.p2pDials).as("the wait goes on from 160 s").hasSizeLessThanOrEqualTo(3);
  }

  @Test
  void aFullNodeThatKeepsUsIsStillShakenHandsWith() {
    facts.inboundFull(true);
    start(withWitness());

    time.advance(Duration.ofHours(4));

    assertAtMostTwelveInAnyHour();
    assertThat(of(P2pContext.HANDSHAKE)).hasSizeGreaterThan(4 * 6);
  }

  @Test
  void aNodeWhosePeersNobodyCountsIsShakenHandsWithEachMinuteOnceItKeptUsForAnHour() {
    start(config(c -> c.service = Optional.of(VirtualNode.SERVICE)));
    time.advance(Duration.ofHours(1));
    assertThat(of(P2pContext.HANDSHAKE)).hasSizeBetween(6, 8);
    seen.clear();

    time.advance(Duration.ofMinutes(11));

    assertThat(of(P2pContext.HANDSHAKE))
        .hasSizeBetween(9, 11)
        .allMatch(o -> o.outcome() == Outcome.OK);
  }

  @Test
  void shakesHandsEachMinuteWithTheServiceAddress() {
    facts.inboundCounted(true);
    start(config(c -> c.service = Optional.of(VirtualNode.SERVICE)));

    time.advance(Duration.ofMinutes(10));

    assertThat(of(P2pContext.HANDSHAKE))
        .hasSizeBetween(9, 11)
        .allMatch(o -> o.outcome() == Outcome.OK);
    assertThat(of(P2pContext.HANDSHAKE).get(0).stages().stream().map(s -> s.name()))
        .containsExactly("connect", "version", "verack", "pong");
    assertThat(node.targets.get(0)).isEqualTo(VirtualNode.P2P);
    assertThat(node.targets.stream().skip(1)).containsOnly(VirtualNode.SERVICE);
    assertThat(node.sessions).as("closed after each").hasSize(1);
  }

  @Test
  void oneRedialPutsOffTheHandshakesNoLongerThanOfAnyNodeThatMayBeFull() {
    facts.inboundCounted(true);
    verified(config(c -> c.service = Optional.of(VirtualNode.SERVICE)));

    node.endSessions(CloseCause.FIN);
    time.advance(Duration.ofMinutes(11));

    assertThat(of(P2pContext.HANDSHAKE)).hasSize(2).allMatch(o -> o.outcome() == Outcome.OK);
  }

  @Test
  void aHandshakeThatIsClosedEndsItsStall() {
    facts.inboundCounted(true);
    node.service = Mode.MUTE;
    start(config(c -> c.service = Optional.of(VirtualNode.SERVICE)));
    time.advance(Duration.ofSeconds(30));
    assertThat(of(P2pContext.HANDSHAKE)).singleElement().matches(o -> stallMillis(o) == 3000);
    node.service = Mode.RESETTING;
    time.advance(Duration.ofSeconds(60));
    node.service = Mode.MUTE;
    seen.clear();
    time.advance(Duration.ofSeconds(20));

    assertThat(of(P2pContext.HANDSHAKE)).isNotEmpty().allMatch(o -> stallMillis(o) == 3000);
  }

  @Test
  void aHandshakeThatIsClosedTellsTheStagesItPassed() {
    node.service = Mode.CLOSING;
    start(config(c -> c.service = Optional.of(VirtualNode.SERVICE)));
    time.advance(Duration.ofSeconds(1));

    assertThat(of(P2pContext.HANDSHAKE).get(0).stages().stream().map(s -> s.name()))
        .containsExactly("connect");
  }

  @Test
  void failuresOfTheHeldConnectionTellTheStagesTheyPassed() {
    node.mode = Mode.CLOSING;
    start(withWitness());
    time.advance(Duration.ofSeconds(1));
    node.mode = Mode.MUTE;
    time.advance(Duration.ofSeconds(15));

    assertThat(held().stream().map(Observation::reason)).startsWith(Reason.SATURATED, Reason.STALL);
    assertThat(held())
        .allSatisfy(
            o -> assertThat(o.stages().stream().map(s -> s.name())).containsExactly("connect"));
  }

  @Test
  void anIntervalOfTenMillisecondsIsKept() {
    Cadence fastest =
        new Cadence(
            Cadence.MIN_INTERVAL, Cadence.MIN_INTERVAL, Duration.ofSeconds(1), /* jitter= */ 0);
    start(config(c -> c.cadence = fastest));

    time.advance(Duration.ofSeconds(10));

    assertThat(held()).hasSizeBetween(990, 1000).allMatch(o -> o.outcome() == Outcome.OK);
    assertThat(node.sessions).hasSize(1);
  }

  @Test
  void aSilentMachineNeverHasMoreThanEightPendingDialsAtTenMilliseconds() {
    Cadence fastest =
        new Cadence(
            Cadence.MIN_INTERVAL, Cadence.MIN_INTERVAL, Duration.ofSeconds(1), /* jitter= */ 0);
    node.mode = Mode.SILENT;
    start(config(c -> c.cadence = fastest));

    time.advance(Duration.ofMillis(999));
    assertThat(node.p2pDials).hasSize(Dials.MAX_PENDING);
    time.advance(Duration.ofSeconds(9));

    assertThat(node.p2pDials).hasSizeLessThanOrEqualTo(10 * Dials.MAX_PENDING);
    assertThat(held()).hasSizeGreaterThan(60);
  }

  @Test
  void aLocalHostWithoutTheServiceAddressFailsThreeTimesWithinThreeSecondsWithoutADial() {
    P2pProbe probe = start(localService());
    time.advance(Duration.ofSeconds(7));
    assertThat(of(P2pContext.HANDSHAKE)).extracting(Observation::outcome).contains(Outcome.OK);
    seen.clear();
    node.targets.clear();

    bindFailure = Optional.of(localFailure(Reason.LOCAL_ADDRESS));
    while (of(P2pContext.HANDSHAKE).isEmpty()) {
      time.advance(MOMENT);
    }
    probe.pace(Pace.FAST); // as health does at the first failure
    long first = of(P2pContext.HANDSHAKE).get(0).atNanos();
    time.advance(Duration.ofSeconds(3));

    assertThat(of(P2pContext.HANDSHAKE))
        .hasSizeGreaterThanOrEqualTo(3)
        .allMatch(o -> o.outcome() == Outcome.HARD && !o.isProof())
        .allMatch(o -> o.reason() == Reason.SERVICE_ADDRESS_MISSING);
    assertThat(of(P2pContext.HANDSHAKE).get(2).atNanos() - first)
        .isBetween(Duration.ofMillis(1700).toNanos(), Duration.ofSeconds(3).toNanos());
    assertThat(node.targets).isEmpty();
    assertThat(held()).allMatch(o -> o.outcome() == Outcome.OK);
  }

  @Test
  void theServiceAddressThatIsBackIsDialledAtTheNextPong() {
    bindFailure = Optional.of(localFailure(Reason.LOCAL_ADDRESS));
    start(localService());
    time.advance(Duration.ofSeconds(6));
    assertThat(of(P2pContext.HANDSHAKE)).hasSize(2);

    bindFailure = Optional.empty();
    time.advance(Duration.ofSeconds(6));

    assertThat(of(P2pContext.HANDSHAKE)).element(2).matches(o -> o.outcome() == Outcome.OK);
  }

  @ParameterizedTest
  @EnumSource(names = {"LOCAL_RESOURCES", "LOCAL_POLICY", "LOCAL_ROUTE", "INTERNAL_ERROR"})
  void aBindTestThatFailsForAnotherReasonHolds(Reason reason) {
    bindFailure = Optional.of(localFailure(reason));
    start(localService());

    time.advance(Duration.ofSeconds(6));

    assertThat(of(P2pContext.HANDSHAKE))
        .hasSize(2)
        .allMatch(o -> o.outcome() == Outcome.UNKNOWN && o.reason() == reason);
  }

  private static P2pConfig localService() {
    return config(
        c -> {
          c.service = Optional.of(VirtualNode.SERVICE);
          c.serviceLocal = true;
        });
  }

  private static DialFailure localFailure(Reason reason) {
    return new DialFailure(Outcome.UNKNOWN, reason, "scripted");
  }

  @Test
  void theFastPaceBringsTheNextPingForward() {
    P2pProbe probe = start(withWitness());
    time.advance(Duration.ofSeconds(2));
    seen.clear();

    probe.pace(Pace.FAST);
    time.advance(MOMENT);
    assertThat(held()).hasSize(1);
    time.advance(Duration.ofSeconds(5));
    assertThat(held()).hasSizeBetween(6, 7);
  }

  @Test
  void theFastPaceBringsTheNextDialForward() {
    node.mode = Mode.REFUSING;
    P2pProbe probe = start(withWitness());
    time.advance(Duration.ofMillis(100));

    probe.pace(Pace.FAST);
    time.advance(Duration.ofMillis(901));

    assertThat(node.p2pDials).hasSize(2);
  }

  @Test
  void answersTheNodesPings() {
    verified(withWitness());

    assertThat(node.sessions.get(0).read).contains(new P2pMessage.Pong(42));
  }

  @Test
  void aNodeThatOnlyPingsGetsABoundedNumberOfAnswers() {
    verified(withWitness());
    VirtualNode.Session session = node.sessions.get(0);
    session.read.clear();

    for (int i = 0; i < 10_000; i++) {
      session.say(new P2pMessage.Ping(i));
    }
    time.advance(MOMENT);

    assertThat(session.read).hasSizeLessThanOrEqualTo(64);
  }

  @Test
  void anotherNetworkIsProofAndIsDialledAgainAtThePace() {
    node.mode = Mode.MUTE;
    start(withWitness());
    time.advance(MOMENT);

    node.sessions.get(0).say(new P2pMessage.OtherNetwork(BitcoinNetwork.TESTNET4));
    time.advance(MOMENT);

    assertThat(last().isProof()).isTrue();
    assertThat(last().reason()).isEqualTo(Reason.WRONG_NETWORK);
    assertThat(last().detail()).isEqualTo("network: testnet4 (expected: mainnet)");
    time.advance(Duration.ofSeconds(5));
    assertThat(node.p2pDials).hasSize(2);
  }

  @Test
  void brokenBytesAreHardAndTheNextDialComesAtThePace() {
    verified(withWitness());

    node.endSessions(CloseCause.PROTOCOL_ERROR);
    assertThat(last().outcome()).isEqualTo(Outcome.HARD);
    assertThat(last().reason()).isEqualTo(Reason.PROTOCOL_ERROR);
    time.advance(Duration.ofSeconds(6));

    assertThat(last().outcome()).isEqualTo(Outcome.OK);
  }

  @Test
  void contentIsJudgedApartFromLife() {
    facts.inboundCounted(true);
    node.services = 0x408;
    start(withWitness());

    time.advance(Duration.ofMinutes(3));

    assertThat(held()).allMatch(o -> o.outcome() == Outcome.OK);
    assertThat(of(P2pContext.VERSION))
        .hasSizeGreaterThanOrEqualTo(3)
        .allMatch(o -> o.reason() == Reason.SERVICE_BITS_MISSING && o.outcome() == Outcome.HARD);
  }

  @Test
  void closedItIsSilentAndLeavesNoTimerBehind() {
    P2pProbe probe = start(withWitness());
    time.advance(Duration.ofSeconds(2));
    seen.clear();

    probe.close();
    time.advance(Duration.ofMinutes(1));

    assertThat(seen).isEmpty();
    assertThat(node.sessions).isEmpty();
    assertThat(time.pending()).isZero();
  }

  private static long stallMillis(Observation observation) {
    return Long.parseLong(observation.values().getOrDefault(Observation.STALL_MILLIS, "0"));
  }

  private void assertAtMostTwelveInAnyHour() {
    assertThat(mostInAnyHour(node.p2pAccepts)).isLessThanOrEqualTo(12);
  }

  private static int mostInAnyHour(List<Long> times) {
    int most = 0;
    for (int first = 0, i = 0; i < times.size(); i++) {
      while (times.get(i) - times.get(first) > Duration.ofHours(1).toNanos()) {
        first++;
      }
      most = Math.max(most, i - first + 1);
    }
    return most;
  }

  private static List<Long> gapsInSeconds(List<Long> nanos) {
    List<Long> gaps = new ArrayList<>();
    for (int i = 1; i < nanos.size(); i++) {
      gaps.add(Math.round((nanos.get(i) - nanos.get(i - 1)) / 1e9));
    }
    return gaps;
  }

  private void verified(P2pConfig config) {
    start(config);
    time.advance(Duration.ofSeconds(1));
    assertThat(last().outcome()).isEqualTo(Outcome.OK);
    seen.clear();
  }

  private P2pProbe start(P2pConfig config) {
    return start(config, time, node, seen, 1);
  }

  private P2pProbe start(P2pConfig config, RedialPolicy policy) {
    return start(config, policy, time, node, seen, 1);
  }

  private P2pProbe start(
      P2pConfig config, VirtualTime loop, VirtualNode peer, List<Observation> into, long seed) {
    return start(config, new RedialPolicy(), loop, peer, into, seed);
  }

  private P2pProbe start(
      P2pConfig config,
      RedialPolicy policy,
      VirtualTime loop,
      VirtualNode peer,
      List<Observation> into,
      long seed) {
    P2pContext context =
        new P2pContext(
            "gva-btc1",
            config,
            facts,
            loop,
            peer,
            new SplittableRandom(seed),
            () -> Instant.ofEpochSecond(START_SECONDS).plusNanos(loop.nanoTime()));
    P2pProbe probe = new P2pProbe(context, policy, address -> bindFailure);
    probe.start(into::add);
    return probe;
  }

  private List<Observation> held() {
    return of(P2pContext.HELD);
  }

  private List<Observation> of(Check check) {
    return seen.stream().filter(o -> o.check().equals(check)).toList();
  }

  private Observation last() {
    List<Observation> all = held();
    return all.get(all.size() - 1);
  }

  private static P2pConfig withWitness() {
    return new P2pConfigEdit().build();
  }

  private static P2pConfig config(Consumer<P2pConfigEdit> change) {
    P2pConfigEdit edit = new P2pConfigEdit();
    change.accept(edit);
    return edit.build();
  }
}
