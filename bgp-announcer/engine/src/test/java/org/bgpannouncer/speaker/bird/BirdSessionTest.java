package org.bgpannouncer.speaker.bird;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.bgpannouncer.route.NextHop;
import org.bgpannouncer.route.Nlri;
import org.bgpannouncer.route.PathAttributes;
import org.bgpannouncer.route.Prefix;
import org.bgpannouncer.route.Rib;
import org.bgpannouncer.route.Route;
import org.bgpannouncer.route.RouteChange;
import org.bgpannouncer.speaker.SpeakerEvent;
import org.junit.jupiter.api.Test;

/** The conversation with BIRD, word by word and in virtual time. */
class BirdSessionTest {
  private static final Prefix A = Prefix.parse("192.0.2.0/24");
  private static final Prefix B = Prefix.parse("198.51.100.0/24");
  private static final String BOTH_UP =
      """
      1002-bgp_announcer4 Static master4 up 10:00:00 x
      1002-bgp_announcer6 Static master6 up 10:00:00 x
      1002-edge1 BGP --- up 10:00:00 Established
      0000 .
      """;
  private static final String NOTHING = "0000 .\n";

  private final World world = new World();
  private final BirdSession session = new BirdSession("/run/x.conf", Set.of(), world);
  private long nowNanos;

  @Test
  void theTruthIsReadBeforeAnythingIsSaid() {
    session.start(nowNanos);
    session.apply(List.of(announce(A)), nowNanos);
    say("0001 BIRD 2.0.12 ready.\n");
    assertThat(world.asked()).isEqualTo("show status");
    say("1000-BIRD 2.0.12\n0013 up\n");
    assertThat(world.asked()).isEqualTo("show protocols");
    say(BOTH_UP);
    assertThat(world.asked()).isEqualTo("show route protocol bgp_announcer4 all");
    say(held(B));
    assertThat(world.asked()).isEqualTo("show route protocol bgp_announcer6 all");
    assertThat(world.events).isEmpty();
    say(NOTHING);
    assertThat(world.events)
        .startsWith(
            new SpeakerEvent.Synchronised(Rib.of(List.of(route(B))), "bird 2.0.12"),
            new SpeakerEvent.SessionUp("edge1"));
    assertThat(world.asked()).isEqualTo("configure");
    assertThat(world.file).contains("route " + A).contains("route " + B);
  }

  @Test
  void oneConfigureIsUnderWayAndAllThatIsWishedMeanwhileIsTheNext() {
    synchronise();
    session.apply(List.of(announce(A)), nowNanos);
    assertThat(world.asked()).isEqualTo("configure");
    for (int i = 0; i < 100; i++) {
      session.apply(List.of(announce(B)), nowNanos);
      session.apply(List.of(withdraw(A)), nowNanos);
    }
    assertThat(world.asked()).isEqualTo("configure");
    assertThat(world.commands.stream().filter("configure"::equals)).hasSize(1);
    say("0002-reading\n0003 done\n");
    say(BOTH_UP);
    assertThat(world.asked()).isEqualTo("show route 192.0.2.0/24 protocol bgp_announcer4 all");
    say(held(A));
    assertThat(world.events).endsWith(new SpeakerEvent.Acknowledged(announce(A)), mended());
    assertThat(world.asked()).isEqualTo("configure");
    assertThat(world.file).contains("route " + B).doesNotContain("route " + A);
    say("0003 done\n");
    say(BOTH_UP);
    say("8001 Network not found\n");
    say(held(B));
    assertThat(world.events)
        .containsSubsequence(
            new SpeakerEvent.Acknowledged(withdraw(A)), new SpeakerEvent.Acknowledged(announce(B)));
  }

  @Test
  void whatIsInProgressIsAcknowledgedWhenItHasComeTrueAndRejectedWhenItHasNot() {
    synchronise();
    session.apply(List.of(announce(A)), nowNanos);
    say("0004 Reconfiguration in progress\n");
    say(BOTH_UP);
    say("8001 Network not found\n");
    assertThat(session.phase()).isEqualTo(Phase.SETTLING);
    pass(BirdSession.LOOK_AGAIN_NANOS);
    say(BOTH_UP);
    say(held(A));
    assertThat(world.events).contains(new SpeakerEvent.Acknowledged(announce(A)));

    session.apply(List.of(announce(B)), nowNanos);
    say("0004 Reconfiguration in progress\n");
    nowNanos += BirdSession.COMES_TRUE_NANOS;
    say(BOTH_UP);
    say("8001 Network not found\n");
    assertThat(last(SpeakerEvent.Rejected.class).change()).isEqualTo(announce(B));
  }

  @Test
  void aPathWithAnIdentifierIsRejectedAndTouchesNoOther() {
    synchronise();
    announced(A);
    RouteChange second =
        new RouteChange.Announce(new Route(Nlri.of(A, 2), NextHop.SELF, PathAttributes.NONE));
    session.apply(List.of(second), nowNanos);
    assertThat(last(SpeakerEvent.Rejected.class))
        .isEqualTo(
            new SpeakerEvent.Rejected(
                second,
                "prefix: "
                    + A
                    + " path-id 2 (expected: the only path to it, which has no identifier)"));
    RouteChange gone = new RouteChange.Withdraw(second.nlri());
    session.apply(List.of(gone), nowNanos);
    assertThat(world.events).endsWith(new SpeakerEvent.Acknowledged(gone));
    assertThat(session.phase()).isEqualTo(Phase.READY);
    assertThat(world.file).contains("route " + A);
  }

  @Test
  void theLastRouteIsWithdrawnByDisableBeforeTheFileIsWritten() {
    synchronise();
    announced(A);
    world.refuseToStore = true;
    session.apply(List.of(withdraw(A)), nowNanos);
    assertThat(world.asked()).isEqualTo("disable bgp_announcer4");
    say("0009-bgp_announcer4: disabled\n0000 .\n");
    assertThat(last(SpeakerEvent.Rejected.class).reason()).contains("disk full");

    world.refuseToStore = false;
    session.apply(List.of(withdraw(A)), nowNanos);
    say("0008-bgp_announcer4: already disabled\n0000 .\n");
    assertThat(world.asked()).isEqualTo("configure");
    say("0003 done\n");
    say(BOTH_UP);
    say("8001 Network not found\n");
    assertThat(world.events).contains(new SpeakerEvent.Acknowledged(withdraw(A)));
  }

  @Test
  void ofRoutesThatAreRefusedTogetherOnlyTheBadOneIsRejected() {
    synchronise();
    session.apply(List.of(announce(A), announce(B)), nowNanos);
    refuse();
    assertThat(world.file).doesNotContain("route " + A).doesNotContain("route " + B);
    say("0003 done\n");
    say(BOTH_UP);
    assertThat(world.events).noneMatch(SpeakerEvent.Rejected.class::isInstance);

    assertThat(world.file).contains("route " + A).doesNotContain("route " + B);
    say("0003 done\n");
    say(BOTH_UP);
    say(held(A));
    assertThat(world.events).contains(new SpeakerEvent.Acknowledged(announce(A)));

    assertThat(world.file).contains("route " + A).contains("route " + B);
    refuse();
    say("0003 done\n");
    say(BOTH_UP);
    assertThat(last(SpeakerEvent.Rejected.class).change()).isEqualTo(announce(B));
    assertThat(world.file).contains("route " + A).doesNotContain("route " + B);
    assertThat(session.isSettled()).isTrue();
  }

  @Test
  void aWithdrawGoesBeforeWhatIsTriedAgain() {
    synchronise();
    session.apply(List.of(announce(A), announce(B)), nowNanos);
    refuse();
    session.apply(List.of(withdraw(B)), nowNanos);
    say("0003 done\n");
    say(BOTH_UP);
    assertThat(world.file).doesNotContain("route ");
    say("0003 done\n");
    say(BOTH_UP);
    say("8001 Network not found\n");
    assertThat(world.events).contains(new SpeakerEvent.Acknowledged(withdraw(B)));
    assertThat(world.file).contains("route " + A).doesNotContain("route " + B);
    say("0003 done\n");
    say(BOTH_UP);
    say(held(A));
    assertThat(session.isSettled()).isTrue();
    assertThat(world.file).contains("route " + A).doesNotContain("route " + B);
  }

  @Test
  void whatIsRefusedWhileEverythingIsWithdrawnIsNotTriedAgain() {
    synchronise();
    session.apply(List.of(announce(A), announce(B)), nowNanos);
    session.withdrawAll(nowNanos);
    refuse();
    say("0003 done\n");
    say(BOTH_UP);
    say("0003 done\n");
    say(BOTH_UP);
    say("8001 Network not found\n");
    say("8001 Network not found\n");
    assertThat(session.isWithdrawn()).isTrue();
    assertThat(world.file).doesNotContain("route ");
  }

  private void refuse() {
    assertThat(world.asked()).isEqualTo("configure");
    say("0002-reading\n8002 x.conf:3:1 syntax error\n");
    assertThat(world.asked()).isEqualTo("configure");
  }

  @Test
  void aRefusedRouteIsRolledBackAndTheWithdrawBesideItIsCarriedOut() {
    synchronise();
    announced(A);
    session.apply(List.of(withdraw(A), announce(B)), nowNanos);
    assertThat(world.asked()).isEqualTo("configure");
    say("0002-reading\n8002 x.conf:3:1 syntax error\n");
    assertThat(world.asked()).isEqualTo("configure");
    assertThat(world.file).doesNotContain("route " + A).doesNotContain("route " + B);
    say("0002-reading\n0003 done\n");
    assertThat(last(SpeakerEvent.Rejected.class))
        .isEqualTo(new SpeakerEvent.Rejected(announce(B), "BIRD: x.conf:3:1 syntax error (8002)"));
    say(BOTH_UP);
    say("8001 Network not found\n");
    assertThat(world.events).contains(new SpeakerEvent.Acknowledged(withdraw(A)));
  }

  @Test
  void aBirdThatDoesNotAnswerIsLostAndWhatIsWithdrawnMeanwhileIsTakenOutOfTheFile() {
    synchronise();
    announced(A);
    pass(BirdSession.POLL_NANOS);
    assertThat(world.asked()).isEqualTo("show protocols");
    pass(BirdSession.ANSWER_NANOS);
    assertThat(last(SpeakerEvent.Lost.class).reason()).contains("no answer");
    session.apply(List.of(withdraw(A)), nowNanos);
    assertThat(world.file).doesNotContain("route " + A);
    assertThat(world.events).doesNotContain(new SpeakerEvent.Acknowledged(withdraw(A)));
  }

  @Test
  void whatNobodyAskedForAndWhatIsNoBirdIsNotListenedTo() {
    session.start(nowNanos);
    say("9001 go away\n");
    assertThat(last(SpeakerEvent.Lost.class).reason()).contains("not BIRD's control socket");
    assertThat(session.phase()).isEqualTo(Phase.CONNECTING);
    pass(BirdSession.FIRST_RETRY_NANOS);
    assertThat(session.phase()).isEqualTo(Phase.GREETING);
  }

  @Test
  void withdrawAllIsDoneWhenBirdHoldsNothing() {
    synchronise();
    announced(A);
    session.withdrawAll(nowNanos);
    session.apply(List.of(announce(B)), nowNanos);
    assertThat(session.isSettled()).isFalse();
    say(NOTHING);
    say("0003 done\n");
    say(BOTH_UP);
    say("8001 Network not found\n");
    assertThat(session.isSettled()).isTrue();
    assertThat(session.isWithdrawn()).isTrue();
    assertThat(world.file).doesNotContain("route ");
  }

  // ---- words of these tests ----

  private void synchronise() {
    session.start(nowNanos);
    say("0001 BIRD 2.0.12 ready.\n");
    say("1000-BIRD 2.0.12\n0013 up\n");
    say(BOTH_UP);
    say(NOTHING);
    say(NOTHING);
  }

  private void announced(Prefix prefix) {
    session.apply(List.of(announce(prefix)), nowNanos);
    say("0003 done\n");
    say(BOTH_UP);
    say(held(prefix));
    assertThat(world.events).contains(new SpeakerEvent.Acknowledged(announce(prefix)));
  }

  private void say(String text) {
    for (String line : text.lines().toList()) {
      session.line(
          new ReplyLine(
              Integer.parseInt(line.substring(0, 4)), line.charAt(4) == ' ', line.substring(5)),
          nowNanos);
    }
  }

  private void pass(long nanos) {
    nowNanos += nanos;
    session.tick(nowNanos);
  }

  private <T extends SpeakerEvent> T last(Class<T> type) {
    List<T> found = world.events.stream().filter(type::isInstance).map(type::cast).toList();
    assertThat(found).isNotEmpty();
    return found.get(found.size() - 1);
  }

  private static SpeakerEvent mended() {
    return new SpeakerEvent.Notice(BirdSession.INCLUDE, "");
  }

  private static String held(Prefix prefix) {
    return "1007-" + prefix + " unreachable [bgp_announcer4 10:00:00] * (1000)\n0000 .\n";
  }

  private static Route route(Prefix prefix) {
    return new Route(prefix, NextHop.SELF, PathAttributes.NONE);
  }

  private static RouteChange announce(Prefix prefix) {
    return new RouteChange.Announce(route(prefix));
  }

  private static RouteChange withdraw(Prefix prefix) {
    return new RouteChange.Withdraw(prefix);
  }

  /** What the session did. */
  private static final class World implements Effects {
    final List<String> commands = new ArrayList<>();
    final List<SpeakerEvent> events = new ArrayList<>();
    String file = "";
    boolean refuseToStore;

    String asked() {
      return commands.get(commands.size() - 1);
    }

    @Override
    public Optional<String> connect() {
      return Optional.empty();
    }

    @Override
    public void disconnect() {}

    @Override
    public void send(String command) {
      commands.add(command);
    }

    @Override
    public String load() {
      return file;
    }

    @Override
    public Optional<String> store(String text) {
      if (refuseToStore) {
        return Optional.of("disk full");
      }
      file = text;
      return Optional.empty();
    }

    @Override
    public void emit(SpeakerEvent event) {
      events.add(event);
    }
  }
}
