package org.bgpannouncer.speaker.exabgp;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import org.bgpannouncer.route.NextHop;
import org.bgpannouncer.route.Nlri;
import org.bgpannouncer.route.PathAttributes;
import org.bgpannouncer.route.Prefix;
import org.bgpannouncer.route.Rib;
import org.bgpannouncer.route.Route;
import org.bgpannouncer.route.RouteChange;
import org.bgpannouncer.speaker.RibUpdate;
import org.bgpannouncer.speaker.SpeakerEvent;
import org.bgpannouncer.speaker.SpeakerEvent.Ended.Cause;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The state machine in virtual time: lines in, lines and events out. */
final class ExaBgpSessionTest {
  private static final Prefix A = Prefix.parse("192.0.2.0/24");
  private static final Prefix B = Prefix.parse("198.51.100.0/24");
  private static final String HEADER = "Peer            AS        up/down state       |     #sent";
  private static final String UP =
      "{ \"exabgp\": \"4.0.1\", \"type\": \"state\", \"neighbor\": { \"address\": { \"local\":"
          + " \"127.0.0.2\", \"peer\": \"127.0.0.1\" }, \"state\": \"up\" } }";
  private static final String DOWN = UP.replace("\"up\"", "\"down\", \"reason\": \"peer reset\"");

  private static final String CONFIGURATION =
      """
      neighbor 127.0.0.1 {
        local-as 65001;
        peer-as 65000;
        api {
          neighbor-changes;
        }
      }
      """;
  private static final String IPV4_ONLY =
      """
      neighbor 127.0.0.1 {
        local-as 65001;
        peer-as 65000;
        family {
          ipv4 unicast;
        }
        add-path {
          ipv6 unicast;
        }
        api {
          neighbor-changes;
        }
      }
      """;

  private String configuration = CONFIGURATION;
  private final List<String> written = new ArrayList<>();
  private final List<SpeakerEvent> events = new ArrayList<>();
  private boolean pipeFull;
  private int drained;
  private long nowNanos = -5_000_000_000L; // nanoTime may be negative

  private final Effects effects =
      new Effects() {
        @Override
        public void write(String lines) {
          written.addAll(List.of(lines.split("\n")));
        }

        @Override
        public boolean isWritten() {
          return !pipeFull;
        }

        @Override
        public void drain() {
          drained++;
        }

        @Override
        public void emit(SpeakerEvent event) {
          events.add(event);
        }
      };

  private ExaBgpSession session = create(false);

  private ExaBgpSession create(boolean namedPipes) {
    return new ExaBgpSession(namedPipes, Set.of(Nlri.of(A), Nlri.of(B)), new Random(1), effects);
  }

  @BeforeEach
  void forgetEverything() {
    written.clear();
    events.clear();
  }

  @Test
  void theTruthIsEstablishedBeforeAnythingIsAnnounced() {
    session.start(nowNanos);
    apply(announce(A));
    assertThat(written).hasSize(1 + Marker.LENGTH).doesNotContain(CommandText.VERSION);
    answerMarker();
    assertThat(taken()).containsExactly("version");
    say("exabgp 4.2.21", "done");
    assertThat(taken()).containsExactly("show neighbor configuration");
    say(configuration.split("\n"));
    say("done");
    assertThat(taken()).containsExactly("show neighbor summary");
    say(HEADER, row("0:00:09"), "done");
    assertThat(taken()).containsExactly("show adj-rib out extensive");
    assertThat(events).isEmpty();
    say("done");

    assertThat(events)
        .containsExactly(
            new SpeakerEvent.Synchronised(Rib.EMPTY, "exabgp 4.2.21"),
            new SpeakerEvent.Notice("neighbor-changes", ""),
            new SpeakerEvent.Notice("internal-peers", ""),
            new SpeakerEvent.SessionUp("127.0.0.1"));
    assertThat(taken()).contains("announce route " + A + " next-hop self");
  }

  @Test
  void aPredecessorsAnswersAreNotTakenForOurs() {
    session.start(nowNanos);
    say("exabgp 4.2.21", "done", "error", "done", HEADER, "done", "done", HEADER, "done");
    assertThat(written).hasSize(1 + Marker.LENGTH);
    answerMarker();
    assertThat(taken()).containsExactly("version");
  }

  @Test
  void aWithdrawIsSaidAtOnceEvenBeforeTheTruthIsKnown() {
    session.start(nowNanos);
    written.clear();
    apply(new RouteChange.Withdraw(A));
    assertThat(taken()).containsExactly("withdraw route " + A);
  }

  @Test
  void aWithdrawBeforeTheTruthIsKnownIsNotTheWholeWishOfWhichTheRestIsWithdrawn() {
    session.start(nowNanos);
    apply(new RouteChange.Withdraw(A));
    List<String> begun = taken();
    int marker = begun.size() - 1 - Marker.LENGTH;
    answer(begun.subList(marker, begun.size() - 1));
    say("done", "exabgp 4.2.21", "done");
    say("neighbor 127.0.0.1 {", "  local-as 65001;", "  peer-as 65000;");
    say("  api {", "    neighbor-changes;", "  }", "}", "done", HEADER, row("0:00:09"), "done");
    say("done");

    assertThat(session.phase()).isEqualTo(Phase.SYNCHRONISED);
    assertThat(events).contains(new SpeakerEvent.Acknowledged(new RouteChange.Withdraw(A)));
    assertThat(taken()).contains(CommandText.VERSION).doesNotContain("withdraw route " + B);
  }

  @Test
  void theNewestWishWinsWhileAnAnswerIsAwaited() {
    synchronise();
    apply(announce(A));
    apply(new RouteChange.Withdraw(A));
    apply(announce(A, 7));
    apply(new RouteChange.Withdraw(A));
    assertThat(taken()).containsExactly("announce route " + A + " next-hop self");
    say("done");
    assertThat(taken()).containsExactly("withdraw route " + A);
    say("done");
    assertThat(taken()).isEmpty();
    assertThat(events)
        .containsExactly(
            new SpeakerEvent.Acknowledged(announce(A)),
            new SpeakerEvent.Acknowledged(new RouteChange.Withdraw(A)));
  }

  @Test
  void aRetryOfWhatIsUnderWayIsNotSaidTwice() {
    synchronise();
    apply(announce(A));
    apply(announce(A));
    say("done");
    assertThat(taken()).containsExactly("announce route " + A + " next-hop self");
  }

  @Test
  void noMoreThanTheWindowIsUnansweredAndAWithdrawGoesBeyondIt() {
    synchronise();
    for (int i = 0; i < 20; i++) {
      apply(announce(Prefix.parse("10.0." + i + ".0/24"), i));
    }
    assertThat(taken()).hasSize(RouteDesk.WINDOW);
    apply(new RouteChange.Withdraw(A));
    assertThat(taken()).containsExactly("withdraw route " + A);
  }

  @Test
  void oneBulkLineIsUnderWayAtATime() {
    synchronise();
    List<RouteChange> load =
        IntStream.range(0, 100)
            .mapToObj(i -> announce(Prefix.parse("10.0." + i + ".0/24")))
            .toList();
    session.apply(new RibUpdate(Rib.EMPTY, load), nowNanos);
    assertThat(written).hasSize(1);
    assertThat(taken().get(0).split(" ")).hasSize(5 + Outbox.BULK_SIZE);
    say("done");
    // Another 48; the 4 that are left are too few for a bulk line, so they go beside it.
    assertThat(written).hasSize(5);
    assertThat(written.subList(1, 5)).allMatch(line -> line.startsWith("announce route "));
    say("done", "done", "done", "done", "done");
    assertThat(events).hasSize(100);
  }

  @Test
  void aPathWithAnIdentifierHasALineToItselfAndGoesBesideABulkLine() {
    synchronise();
    List<RouteChange> load =
        IntStream.range(0, 20).mapToObj(i -> path(Prefix.parse("10.0." + i + ".0/24"), 7)).toList();
    session.apply(new RibUpdate(Rib.EMPTY, load), nowNanos);
    assertThat(taken())
        .hasSize(RouteDesk.WINDOW)
        .startsWith("announce route 10.0.0.0/24 path-information 0.0.0.7 next-hop self")
        .allMatch(line -> line.startsWith("announce route "));
    List<RouteChange> withdraws =
        load.stream().<RouteChange>map(each -> new RouteChange.Withdraw(each.nlri())).toList();
    session.apply(new RibUpdate(Rib.EMPTY, withdraws), nowNanos);
    assertThat(taken()).allMatch(line -> line.endsWith(" path-information 0.0.0.7"));
  }

  @Test
  void pathsToAPrefixAreSaidAndAnsweredEachForItself() {
    synchronise();
    apply(path(A, 1), path(A, 2));
    assertThat(taken())
        .containsExactly(
            "announce route " + A + " path-information 0.0.0.1 next-hop self",
            "announce route " + A + " path-information 0.0.0.2 next-hop self");
    apply(new RouteChange.Withdraw(Nlri.of(A, 1)));
    assertThat(taken()).as("behind the answer to its announce").isEmpty();
    say("done");
    assertThat(taken()).containsExactly("withdraw route " + A + " path-information 0.0.0.1");
    say("done", "done");
    assertThat(events)
        .containsExactly(
            new SpeakerEvent.Acknowledged(path(A, 1)),
            new SpeakerEvent.Acknowledged(path(A, 2)),
            new SpeakerEvent.Acknowledged(new RouteChange.Withdraw(Nlri.of(A, 1))));
  }

  @ParameterizedTest
  @ValueSource(strings = {"disable", "receive"})
  void aPathIsRefusedWhereANeighbourDoesNotTellThemApart(String word) {
    configuration =
        CONFIGURATION.replace(
            "  api {", "  capability {\n    add-path " + word + ";\n  }\n  api {");
    synchronise();
    apply(path(A, 7), announce(B));
    assertThat(taken()).containsExactly("announce route " + B + " next-hop self");
    assertThat(events)
        .containsExactly(
            new SpeakerEvent.Rejected(
                path(A, 7),
                "path-id: 7 (expected: capability { add-path send; } of neighbor 127.0.0.1 in"
                    + " ExaBGP's configuration)"));
  }

  private static RouteChange path(Prefix prefix, long pathId) {
    return new RouteChange.Announce(
        new Route(Nlri.of(prefix, pathId), NextHop.SELF, PathAttributes.NONE));
  }

  @Test
  void anErrorRejectsTheChangeWithExaBgpsWords() {
    synchronise();
    apply(announce(A));
    say("error: no neighbor", "error");
    assertThat(events)
        .containsExactly(
            new SpeakerEvent.Rejected(announce(A), "ExaBGP answered error: error: no neighbor"));
  }

  @Test
  void answersAsJsonCountToo() {
    synchronise();
    apply(announce(A));
    say("{ \"answer\": \"done\", \"message\": \"command completed\" }");
    assertThat(events).containsExactly(new SpeakerEvent.Acknowledged(announce(A)));
  }

  @Test
  void anOverdueAnswerPutsAMarkerIntoTheStreamAndLateAnswersStillCount() {
    synchronise();
    apply(announce(A));
    apply(announce(B));
    written.clear();
    pass(Duration.ofSeconds(2));
    assertThat(written).hasSize(Marker.LENGTH);
    List<String> marker = taken();
    say("done", "done");
    assertThat(events).isEmpty();
    answer(marker);
    assertThat(events)
        .containsExactly(
            new SpeakerEvent.Acknowledged(announce(A)), new SpeakerEvent.Acknowledged(announce(B)));
    assertThat(taken()).isEmpty();
  }

  @Test
  void aMissingAnswerRejectsAllInDoubtAndTheTruthIsAskedAgain() {
    synchronise();
    apply(announce(A));
    apply(announce(B));
    written.clear();
    pass(Duration.ofSeconds(2));
    List<String> marker = taken();
    say("done"); // of which of the two?
    answer(marker);
    assertThat(events)
        .startsWith(
            new SpeakerEvent.Rejected(announce(A), "no answer within 2 s"),
            new SpeakerEvent.Rejected(announce(B), "no answer within 2 s"))
        .last()
        .isInstanceOf(SpeakerEvent.Lost.class);
    assertThat(taken()).containsExactly("version");
  }

  @Test
  void aShiftOfTheAnswersIsNoticedByTheHeartbeat() {
    synchronise();
    pass(Duration.ofSeconds(15));
    assertThat(taken()).containsExactly("show neighbor summary");
    say("done"); // somebody else's
    assertThat(events).hasOnlyElementsOfType(SpeakerEvent.Lost.class);
    assertThat(taken()).hasSize(Marker.LENGTH);
  }

  @Test
  void aWithdrawIsSaidAtOnceHoweverLongExaBgpHasStalled() {
    synchronise();
    apply(announce(A));
    for (int i = 0; i < 600; i++) { // marker after marker piles up unanswered
      pass(Duration.ofSeconds(1));
    }
    assertThat(written).hasSizeGreaterThan(3 * Marker.LENGTH);
    written.clear();
    apply(new RouteChange.Withdraw(B));
    assertThat(taken()).containsExactly("withdraw route " + B);
  }

  @Test
  void aStalledExaBgpIsLostAndAFullPipeGetsNoFuller() {
    synchronise();
    apply(announce(A));
    pass(Duration.ofSeconds(2));
    pipeFull = true;
    pass(Duration.ofSeconds(2));
    assertThat(events).hasOnlyElementsOfType(SpeakerEvent.Lost.class).hasSize(1);
    written.clear();
    for (int i = 0; i < 1000; i++) {
      pass(Duration.ofSeconds(1));
    }
    assertThat(written).isEmpty();
    assertThat(events).hasSize(1);
  }

  @Test
  void whileTheSessionIsDownAnnouncesAreHeldAndOnUpTheWholeWishIsSaid() {
    synchronise();
    apply(announce(A));
    say("done", DOWN);
    taken();
    session.apply(
        new RibUpdate(
            Rib.of(List.of(route(B, 9))), List.of(announce(B, 9), new RouteChange.Withdraw(A))),
        nowNanos);
    assertThat(taken()).containsExactly("withdraw route " + A);
    say("done", UP);
    assertThat(taken())
        .containsExactlyInAnyOrder(
            "withdraw route " + A, "announce route " + B + " next-hop self med 9");
    assertThat(events)
        .contains(
            new SpeakerEvent.SessionDown("127.0.0.1", "peer reset"),
            new SpeakerEvent.SessionUp("127.0.0.1"));
  }

  @Test
  void aWithdrawUnderWayWhenASessionComesUpIsSaidOnceMoreToo() {
    synchronise();
    apply(announce(A));
    say("done");
    session.apply(new RibUpdate(Rib.EMPTY, List.of(new RouteChange.Withdraw(A))), nowNanos);
    assertThat(taken()).contains("withdraw route " + A);
    say(UP.replace("127.0.0.1", "127.0.0.3")); // was it carried out before that, or after?
    assertThat(taken()).containsExactly("withdraw route " + B);
    say("done");
    assertThat(taken()).containsExactly("withdraw route " + A);
  }

  @Test
  void withNoWishStatedYetAnAdoptedRouteIsLeftAloneOnUp() {
    synchronise();
    say(DOWN, UP);
    assertThat(taken()).isEmpty();
  }

  @Test
  void aRouteOfTheTargetThatNoChangeBroughtIsSaidOnUpAndWithdrawnAtTheEnd() {
    Prefix adopted = Prefix.parse("203.0.113.0/24");
    synchronise();
    session.apply(
        new RibUpdate(Rib.of(List.of(route(A, 0), route(adopted, 0))), List.of(announce(A, 0))),
        nowNanos);
    say("done", DOWN, UP);
    assertThat(taken()).contains("announce route " + adopted + " next-hop self med 0");
    say("done", "done", "done");
    taken();

    session.withdrawAll(nowNanos);
    assertThat(taken()).contains("withdraw route " + adopted);
  }

  @Test
  void aFlapBetweenTwoPollsShowsInTheUptime() {
    session = create(false);
    configuration = configuration.replace("    neighbor-changes;\n", "");
    synchronise();
    apply(announce(A));
    say("done");
    taken();
    pass(Duration.ofSeconds(1));
    assertThat(taken()).containsExactly("show neighbor summary");
    say(HEADER, row("1 day, 0:00:10"), "done");
    assertThat(taken()).isEmpty();
    pass(Duration.ofSeconds(1));
    taken();
    say(HEADER, row("0:00:00"), "done");
    assertThat(taken()).contains("announce route " + A + " next-hop self", "withdraw route " + B);
  }

  @Test
  void withdrawAllIsDoneWhenEachOwnedPrefixIsAcknowledged() {
    synchronise();
    session.withdrawAll(nowNanos);
    assertThat(taken()).containsExactlyInAnyOrder("withdraw route " + A, "withdraw route " + B);
    say("done");
    assertThat(session.isSettled()).isFalse();
    say("done");
    assertThat(session.isSettled()).isTrue();
    assertThat(session.isWithdrawn()).isTrue();
    apply(announce(A));
    assertThat(taken()).isEmpty();
  }

  @Test
  void aWithdrawRefusedForEverIsNotReportedAsDone() {
    synchronise();
    session.withdrawAll(nowNanos);
    for (int i = 0; i < 10; i++) {
      say("error", "error");
    }
    assertThat(session.isSettled()).isTrue();
    assertThat(session.isWithdrawn()).isFalse();
  }

  @Test
  void versionSixIsToldToSpeakTheGrammarOfFour() {
    session.start(nowNanos);
    written.clear();
    for (int i = 0; i < Marker.LENGTH; i++) {
      say("error");
    }
    assertThat(taken()).containsExactly("system api version 4");
    say("{\"status\": \"API version set\", \"version\": 4}", "done");
    assertThat(taken()).hasSize(Marker.LENGTH);
  }

  @Test
  void errorsInARowOfAnExaBgpThatIsKnownAreNotTakenForVersionSix() {
    synchronise();
    apply(announce(A));
    taken();
    pass(Duration.ofSeconds(2));
    List<String> marker = taken();
    for (int i = 0; i < 3 * Marker.LENGTH; i++) {
      say("error"); // somebody wrote to our pipe
    }
    answer(marker);
    assertThat(taken()).containsExactly("version");
  }

  @Test
  void behindNamedPipesOnlyTheVersionIsAskedUntilItIsAnswered() {
    session = create(true);
    session.start(nowNanos);
    apply(announce(A), new RouteChange.Withdraw(B));
    assertThat(taken()).containsExactly("version");
    say("done"); // another client's
    pass(Duration.ofSeconds(2));
    assertThat(events).hasOnlyElementsOfType(SpeakerEvent.Lost.class);
    assertThat(drained).isEqualTo(1);
    assertThat(taken()).isEmpty();
    pass(Duration.ofSeconds(1));
    assertThat(taken()).containsExactly("version");
    say("exabgp 5.0.15", "done");
    assertThat(taken()).startsWith(Marker.line(true)).contains("withdraw route " + B);
  }

  @Test
  void anErrorIsNoSummaryAndMarksNoSessionDown() {
    synchronise();
    pass(Duration.ofSeconds(15));
    assertThat(taken()).containsExactly("show neighbor summary");
    say("error"); // somebody wrote to our pipe
    assertThat(events)
        .singleElement()
        .isInstanceOfSatisfying(
            SpeakerEvent.Lost.class,
            lost -> assertThat(lost.reason()).startsWith("show neighbor summary: "));
    List<String> marker = taken();
    assertThat(marker).hasSize(Marker.LENGTH);
    say(HEADER, row("0:00:24"), "done");
    answer(marker);
    say("exabgp 4.2.21", "done");
    say(configuration.split("\n"));
    say("done", HEADER, row("0:00:24"), "done", "done");
    assertThat(session.phase()).isEqualTo(Phase.SYNCHRONISED);
    assertThat(events).doesNotHaveAnyElementsOfTypes(SpeakerEvent.SessionDown.class);
  }

  @Test
  void anErrorIsNoConfiguration() {
    session.start(nowNanos);
    answerMarker();
    say("exabgp 4.2.21", "done");
    assertThat(taken()).endsWith("show neighbor configuration");
    say("error");
    assertThat(taken()).hasSize(Marker.LENGTH);
    assertThat(session.phase()).isEqualTo(Phase.ALIGNING);
  }

  @Test
  void theEndIsTheEnd() {
    synchronise();
    say("{ \"exabgp\": \"5.0.0\", \"type\": \"notification\", \"notification\": \"shutdown\" }");
    session.end(Cause.FAILED, "once more");
    apply(announce(A));
    pass(Duration.ofHours(1));
    assertThat(events)
        .containsExactly(new SpeakerEvent.Ended(Cause.OTHER_SIDE_GONE, "ExaBGP shuts down"));
    assertThat(taken()).isEmpty();
  }

  @Test
  void garbageIsSkipped() {
    synchronise();
    say("{", "{}", "{ \"exabgp\": 1 }", "{ \"exabgp\": [], \"type\": {}, \"neighbor\": 4 }");
    say("\u0000\uffff", "{ \"answer\": 7 }", "[[[[", "neighbor", "{\"a\":".repeat(5000));
    apply(announce(A));
    say("done");
    assertThat(events).containsExactly(new SpeakerEvent.Acknowledged(announce(A)));
  }

  @Test
  void aDoneWithALineBeforeItIsNoReceipt() {
    synchronise();
    apply(announce(A));
    taken();
    say("neighbor 127.0.0.1 ipv4 unicast 192.0.2.0/24 next-hop self", "done");
    assertThat(events).hasOnlyElementsOfType(SpeakerEvent.Lost.class);
    assertThat(taken()).hasSize(Marker.LENGTH);
  }

  @Test
  void aReportTooLongToKeepIsNotTakenForTheTruthAndAskedForLater() {
    session.start(nowNanos);
    answerMarker();
    say("exabgp 4.2.21", "done");
    taken();
    for (int i = 0; i < 5; i++) {
      say("x".repeat(1_000_000));
    }
    say("done");
    assertThat(events).hasOnlyElementsOfType(SpeakerEvent.Lost.class);
    assertThat(taken()).isEmpty();
    apply(announce(A), new RouteChange.Withdraw(B));
    assertThat(taken()).containsExactly("withdraw route " + B);
    say("done");
    pass(Duration.ofSeconds(60));
    assertThat(taken()).hasSize(Marker.LENGTH);
  }

  @Test
  void aRouterThatIsDownWhenTheTruthIsKnownIsReportedDown() {
    synchronise(HEADER, "done", "done");
    assertThat(events).contains(new SpeakerEvent.SessionDown("127.0.0.1", "not established"));
    apply(announce(A));
    assertThat(taken()).isEmpty();
  }

  @Test
  void aRouterInOurOwnAsIsToldOfBecauseItTakesAPrependForALoop() {
    configuration = CONFIGURATION.replace("65000", "65001");
    synchronise(HEADER, row("0:00:09"), "done", "done");
    assertThat(events)
        .contains(
            new SpeakerEvent.Notice(
                "internal-peers",
                "neighbor 127.0.0.1 is in our own AS: a DEGRADED route is prepended with it and"
                    + " looks like a loop there, unless the router says allow local as 3 (BIRD) or"
                    + " allowas-in 3"));
  }

  @Test
  void aPrependedRouteIsSaidToInternalNeighboursWithoutOurOwnAsAndThenAcknowledged() {
    synchroniseWithBothKindsOfNeighbours("announcer");
    apply(prepended(A));
    assertThat(taken()).containsExactly(TO_EXTERNAL);
    say("done");
    assertThat(taken()).containsExactly(TO_INTERNAL);
    assertThat(events).isEmpty();
    say("done");
    assertThat(events).containsExactly(new SpeakerEvent.Acknowledged(prepended(A)));

    events.clear();
    apply(announce(B));
    assertThat(taken()).containsExactly("announce route " + B + " next-hop self");
    say("done");
    assertThat(events).containsExactly(new SpeakerEvent.Acknowledged(announce(B)));
  }

  @Test
  void manyPrependedRoutesAreSaidInBulkToEachKindOfNeighbours() {
    synchroniseWithBothKindsOfNeighbours("announcer");
    apply(
        IntStream.range(0, 20)
            .mapToObj(i -> prepended(Prefix.parse("10.0." + i + ".0/24")))
            .toArray(RouteChange[]::new));
    assertThat(taken())
        .singleElement()
        .asString()
        .startsWith("neighbor 127.0.0.1 announce attributes next-hop self as-path [ 65001 65001 6");
    say("done");
    assertThat(taken()).singleElement().asString().startsWith("neighbor 127.0.0.3 , neighbor 127.");
    say("done");
    assertThat(events).hasSize(20).hasOnlyElementsOfType(SpeakerEvent.Acknowledged.class);
  }

  @Test
  void aWithdrawDoesNotWaitUntilTheOtherKindOfNeighboursIsToldToo() {
    synchroniseWithBothKindsOfNeighbours("announcer");
    apply(prepended(A));
    assertThat(taken()).containsExactly(TO_EXTERNAL);
    apply(new RouteChange.Withdraw(A));
    say("done");
    assertThat(taken()).containsExactly("withdraw route " + A);
    say("done");
    assertThat(events).containsExactly(new SpeakerEvent.Acknowledged(new RouteChange.Withdraw(A)));
  }

  @Test
  void whatOneKindOfNeighboursIsRefusedIsRejected() {
    synchroniseWithBothKindsOfNeighbours("announcer");
    apply(prepended(A));
    say("done", "error");
    assertThat(events)
        .containsExactly(new SpeakerEvent.Rejected(prepended(A), "ExaBGP answered error"));
  }

  @Test
  void theOtherKindOfNeighboursIsToldWhenASessionIsUpAgain() {
    synchroniseWithBothKindsOfNeighbours("announcer");
    apply(prepended(A));
    taken();
    say(DOWN, "done");
    assertThat(taken()).isEmpty();
    say(UP);
    assertThat(taken()).containsExactly("withdraw route " + B, TO_EXTERNAL);
    say("done", "done");
    assertThat(taken()).containsExactly(TO_INTERNAL);
  }

  @Test
  void anExaBgpThatMayHaveForgottenWhatSomeWereToldIsToldAllAnew() {
    synchroniseWithBothKindsOfNeighbours("announcer");
    apply(prepended(A));
    say("done"); // to the external one; the internal ones' answer does not come
    taken();
    pass(Duration.ofSeconds(2));
    answerMarker();
    assertThat(events)
        .startsWith(new SpeakerEvent.Rejected(prepended(A), "no answer within 2 s"))
        .hasAtLeastOneElementOfType(SpeakerEvent.Lost.class);
    apply(prepended(A)); // what the reconciler does
    taken();
    say("exabgp 4.2.21", "done");
    say(configuration.split("\n"));
    say("done", HEADER, row("0:00:15"), "done", "done");
    assertThat(taken()).contains(TO_EXTERNAL).doesNotContain(TO_INTERNAL);
  }

  @Test
  void whereANeighbourMayBeAnotherProcesssNoneIsSelected() {
    synchroniseWithBothKindsOfNeighbours("other");
    apply(prepended(A));
    assertThat(taken())
        .containsExactly("announce route " + A + " next-hop self as-path [ 65001 65001 65001 ]");
  }

  @Test
  void aRouteOfAFamilyThatNoSessionHasIsRefusedAndNotWritten() {
    configuration = IPV4_ONLY;
    synchronise();
    RouteChange six = announce(Prefix.parse("2001:db8::/32"));
    apply(six);
    assertThat(taken()).isEmpty();
    assertThat(events)
        .containsExactly(
            new SpeakerEvent.Rejected(
                six,
                "prefix: 2001:db8::/32 (expected: family { ipv6 unicast; } of a neighbor in"
                    + " ExaBGP's configuration)"));
  }

  @Test
  void ipv6WithNextHopSelfIsSaidWhereOnlySessionsOverIpv6CarryIt() {
    configuration = IPV4_ONLY + IPV4_ONLY.replace("127.0.0.1", "::1").replace("ipv4", "ipv6");
    synchronise();
    apply(announce(Prefix.parse("2001:db8::/32")));
    assertThat(taken()).containsExactly("announce route 2001:db8::/32 next-hop self");
  }

  @Test
  void aRouteOfAnotherNeighbourOnlyIsNotHeldExactly() {
    configuration = IPV4_ONLY + IPV4_ONLY.replace("127.0.0.1", "127.0.0.3");
    String held =
        "neighbor 127.0.0.1 local-ip 127.0.0.2 local-as 65001 peer-as 65000 router-id 192.0.2.2"
            + " family-allowed in-open ipv4 unicast "
            + A
            + " next-hop self";
    synchronise(HEADER, row("0:00:09"), "done", held, "done");
    assertThat(events)
        .contains(
            new SpeakerEvent.Synchronised(
                Rib.of(List.of(new Route(A, NextHop.SELF, PathAttributes.NONE))),
                Set.of(Nlri.of(A)),
                "exabgp 4.2.21"));
  }

  @Test
  void theTextEncodersShutdownIsTheEndAndItsUpdatesAreNobodysAnswer() {
    synchronise();
    apply(announce(A));
    say("neighbor 127.0.0.1 receive update start", "done");
    assertThat(events).containsExactly(new SpeakerEvent.Acknowledged(announce(A)));
    say("shutdown 4711 4710");
    assertThat(events).contains(new SpeakerEvent.Ended(Cause.OTHER_SIDE_GONE, "ExaBGP shuts down"));
  }

  // ---- words of these tests ----

  private static final String TO_EXTERNAL =
      "neighbor 127.0.0.1 announce route " + A + " next-hop self as-path [ 65001 65001 65001 ]";
  private static final String TO_INTERNAL =
      "neighbor 127.0.0.3 , neighbor 127.0.0.4 announce route "
          + A
          + " next-hop self as-path [ 65001 65001 ]";

  /** One external and two internal ones; the last takes the commands of this process. */
  private void synchroniseWithBothKindsOfNeighbours(String process) {
    String external = CONFIGURATION.replace("api {\n", "api {\n    processes [ announcer ];\n");
    String internal = external.replace("peer-as 65000", "peer-as 65001");
    configuration =
        external
            + internal.replace("127.0.0.1", "127.0.0.3")
            + internal.replace("127.0.0.1", "127.0.0.4").replace("announcer", process);
    synchronise();
  }

  private static RouteChange prepended(Prefix prefix) {
    return new RouteChange.Announce(
        new Route(prefix, NextHop.SELF, PathAttributes.NONE.withPrepend(65001, 2)));
  }

  private void synchronise() {
    synchronise(HEADER, row("0:00:09"), "done", "done");
    events.clear();
  }

  /** Up to the truth, with these answers to the summary and the routes. */
  private void synchronise(String... summaryAndRoutes) {
    session.start(nowNanos);
    answerMarker();
    say("exabgp 4.2.21", "done");
    say(configuration.split("\n"));
    say("done");
    say(summaryAndRoutes);
    assertThat(session.phase()).isEqualTo(Phase.SYNCHRONISED);
    written.clear();
  }

  private static String row(String uptime) {
    return "127.0.0.1       65000   " + uptime + " established           2          2";
  }

  private void say(String... lines) {
    for (String line : lines) {
      session.line(StreamLine.Parser.parse(line), nowNanos);
    }
  }

  private void answerMarker() {
    List<String> marker = taken();
    answer(marker.subList(marker.size() - Marker.LENGTH, marker.size()));
  }

  private void answer(List<String> marker) {
    for (String line : marker) {
      if (line.endsWith("summary")) {
        say(HEADER);
      }
      say("done");
    }
  }

  private List<String> taken() {
    List<String> taken = List.copyOf(written);
    written.clear();
    return taken;
  }

  private void pass(Duration duration) {
    nowNanos += duration.toNanos();
    OptionalLong deadline = session.deadlineNanos();
    if (deadline.isPresent() && nowNanos - deadline.getAsLong() >= 0) {
      session.tick(nowNanos);
    }
  }

  private void apply(RouteChange... changes) {
    Rib target = Rib.EMPTY;
    for (RouteChange change : changes) {
      target = target.after(change);
    }
    session.apply(new RibUpdate(target, List.of(changes)), nowNanos);
  }

  private static Route route(Prefix prefix, long med) {
    return new Route(prefix, NextHop.SELF, PathAttributes.NONE.withMed(med));
  }

  private static RouteChange announce(Prefix prefix, long med) {
    return new RouteChange.Announce(route(prefix, med));
  }

  private static RouteChange announce(Prefix prefix) {
    return new RouteChange.Announce(new Route(prefix, NextHop.SELF, PathAttributes.NONE));
  }
}
