package org.bgpannouncer.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import org.bgpannouncer.decision.ServiceState;
import org.bgpannouncer.engine.SimulatedNode.Condition;
import org.bgpannouncer.health.HealthThresholds;
import org.bgpannouncer.observe.AnnouncerEvent;
import org.bgpannouncer.probe.Aspect;
import org.bgpannouncer.route.IpAddress;
import org.bgpannouncer.route.NextHop;
import org.bgpannouncer.route.PathAttributes;
import org.bgpannouncer.route.Prefix;
import org.bgpannouncer.route.Rib;
import org.bgpannouncer.route.Route;
import org.bgpannouncer.speaker.SpeakerEvent;
import org.junit.jupiter.api.Test;

/** What becomes of routes that a predecessor left at the speaker. */
class AdoptionTest {
  private static final Route LEFT =
      new Route(EngineLab.PREFIX, NextHop.SELF, PathAttributes.NONE.withMed(100));
  private static final Route DEGRADED_LEFT = EngineLab.degradedRoute();

  private static EngineLab lab(Route held, Condition condition, int atLeast, String... hosts) {
    EngineLab lab = new EngineLab(EngineLab.site(atLeast, hosts), Rib.of(List.of(held)));
    lab.made.forEach(node -> node.become(condition));
    return lab;
  }

  @Test
  void confirmsByTheFirstPassWithoutRiseAndHoldDownAndChangesNothing() {
    EngineLab lab = lab(LEFT, Condition.ALIVE, 1, "a");
    lab.engine.start();
    lab.seconds(1);

    assertThat(lab.state()).isEqualTo(ServiceState.UP);
    lab.seconds(600);
    assertThat(lab.speaker.updates.stream().flatMap(update -> update.changes().stream())).isEmpty();
    assertThat(lab.route()).isEqualTo(LEFT);
  }

  @Test
  void bringsAConfirmedRouteToItsStatesAttributes() {
    EngineLab lab = lab(DEGRADED_LEFT, Condition.ALIVE, 1, "a");
    lab.engine.start();
    lab.seconds(1);

    assertThat(lab.route()).isEqualTo(EngineLab.upRoute());
  }

  @Test
  void keepsItAsItIsWhileThereIsNoVerdictAndWithdrawsItAtTheDeadline() {
    EngineLab lab = lab(DEGRADED_LEFT, Condition.UNPROBEABLE, 1, "a");
    lab.engine.start();
    lab.seconds(9.9);
    assertThat(lab.route()).isEqualTo(DEGRADED_LEFT);
    assertThat(lab.status().services().get(0).next().orElseThrow().text())
        .isEqualTo("adopted route kept for 1 s without a verdict");

    assertThat(lab.secondsUntil(false, 1)).isLessThanOrEqualTo(0.11);
  }

  @Test
  void withdrawsItByTheFirstFailureWithoutWaitingForFall() {
    EngineLab lab = lab(LEFT, Condition.REFUSING, 1, "a");
    lab.engine.start();

    assertThat(lab.secondsUntil(false, 1)).isLessThanOrEqualTo(0.01);
    assertThat(lab.events)
        .anyMatch(
            event ->
                event instanceof AnnouncerEvent.RouteWished wished
                    && wished.to().isEmpty()
                    && wished.reason().startsWith("adopted route given up"));
  }

  @Test
  void keepsItWhenOneOfTwoFailsAndTheOtherPasses() {
    EngineLab lab = lab(LEFT, Condition.ALIVE, 1, "a", "b");
    lab.node("a").become(Condition.REFUSING);
    lab.engine.start();
    lab.seconds(300);

    assertThat(lab.speaker.updates.stream().flatMap(update -> update.changes().stream())).isEmpty();
    assertThat(lab.announced()).isTrue();
  }

  @Test
  void aMuteNodeDoesNotConfirmIt() {
    EngineLab lab = lab(LEFT, Condition.MUTE, 1, "a");
    lab.engine.start();

    assertThat(lab.secondsUntil(false, 11)).isBetween(9.9, 10.1);
  }

  @Test
  void withdrawsItWhenTheSynOfAPoweredOffHostHasTimedOut() {
    EngineLab lab = lab(LEFT, Condition.UNPLUGGED, 1, "a");
    lab.engine.start();

    assertThat(lab.secondsUntil(false, 11)).isBetween(2.9, 3.1);
  }

  @Test
  void aFullNodeConfirmsItBecauseSoftNeverWithdraws() {
    EngineLab lab = lab(LEFT, Condition.FULL, 1, "a");
    lab.engine.start();
    lab.seconds(3600);

    assertThat(lab.announced()).isTrue();
  }

  @Test
  void aNodeThatIsNotReadyByAnAspectNotNamedKeepsItBecauseThatMovesNothing() {
    EngineLab lab =
        new EngineLab(
            EngineLab.site(HealthThresholds.DEFAULT, EnumSet.of(Aspect.P2P, Aspect.RPC), 1, "a"),
            Rib.of(List.of(LEFT)));
    lab.node("a", Aspect.RPC).become(Condition.STARTING);
    lab.engine.start();
    lab.seconds(3600);

    assertThat(lab.speaker.updates.stream().flatMap(update -> update.changes().stream())).isEmpty();
    assertThat(lab.announced()).isTrue();
  }

  @Test
  void afterConfirmationFailuresCountTowardFallAsEver() {
    EngineLab lab = lab(LEFT, Condition.ALIVE, 1, "a");
    lab.engine.start();
    lab.seconds(2.5);
    lab.node("a").become(Condition.REFUSING);

    assertThat(lab.secondsUntil(false, 10)).isBetween(2.0, 7.0);
  }

  private static Route pointingAt(String address) {
    return new Route(
        EngineLab.PREFIX, NextHop.of(IpAddress.parse(address)), PathAttributes.NONE.withMed(100));
  }

  /** Hosts a (198.51.100.11) and b (198.51.100.12) under {@code next-hop: host}. */
  private static EngineLab labOfHosts(Route held) {
    return new EngineLab(EngineLab.pointingAtHosts("a", "b"), Rib.of(List.of(held)));
  }

  private static void assertNothingSent(EngineLab lab) {
    assertThat(lab.speaker.updates.stream().flatMap(update -> update.changes().stream())).isEmpty();
  }

  @Test
  void staysWhereItPointsThoughTheOtherHostAnswersFirst() {
    EngineLab lab = labOfHosts(pointingAt("198.51.100.11"));
    lab.node("a").become(Condition.UNPROBEABLE);
    lab.engine.start();
    lab.seconds(4);
    assertThat(lab.status().services().get(0).reason())
        .isEqualTo(
            "adopted route kept; 1 of 2 hosts fit, 1 needed;"
                + " nothing heard yet of the host it points at");

    lab.node("a").become(Condition.ALIVE);
    lab.seconds(600);
    assertNothingSent(lab);
    assertThat(lab.state()).isEqualTo(ServiceState.UP);
  }

  @Test
  void staysWhereItPointsThoughAnotherHostComesFirstInTheConfiguration() {
    EngineLab lab = labOfHosts(pointingAt("198.51.100.12"));
    lab.engine.start();
    lab.seconds(600);

    assertNothingSent(lab);
    assertThat(lab.state()).isEqualTo(ServiceState.UP);
  }

  @Test
  void movesToTheOtherHostAtTheFirstFailureOfTheOneItPointsAt() {
    EngineLab lab = labOfHosts(pointingAt("198.51.100.11"));
    lab.node("a").become(Condition.REFUSING);
    lab.engine.start();
    lab.seconds(0.01);

    assertThat(lab.route()).isEqualTo(pointingAt("198.51.100.12"));
  }

  @Test
  void movesToTheOtherHostAtTheDeadlineIfTheOneItPointsAtSaysNothing() {
    for (Condition silent : List.of(Condition.UNPROBEABLE, Condition.MUTE)) {
      EngineLab lab = labOfHosts(pointingAt("198.51.100.11"));
      lab.node("a").become(silent);
      lab.engine.start();
      lab.seconds(9.9);
      assertNothingSent(lab);

      lab.seconds(0.2);
      assertThat(lab.route()).isEqualTo(pointingAt("198.51.100.12"));
    }
  }

  @Test
  void aRouteThatPointsAtNoHostOfTheServiceIsNotWaitedFor() {
    EngineLab lab = labOfHosts(pointingAt("198.51.100.99"));
    lab.node("a").become(Condition.UNPROBEABLE);
    lab.engine.start();
    lab.seconds(0.01);

    assertThat(lab.route()).isEqualTo(pointingAt("198.51.100.12"));
  }

  private static EngineLab silentLab(Condition condition, Duration silence) {
    EngineLab lab = lab(LEFT, condition, 1, "a");
    lab.speaker.silentFor(silence);
    lab.engine.start();
    return lab;
  }

  @Test
  void withdrawsUnseenAtTheDeadlineIfTheSpeakerDoesNotSayWhatItHolds() {
    EngineLab lab = silentLab(Condition.UNPROBEABLE, Duration.ofHours(1));
    lab.seconds(9.9);
    assertThat(lab.announced()).isTrue();

    assertThat(lab.secondsUntil(false, 1)).isLessThanOrEqualTo(0.11);
  }

  @Test
  void withdrawsUnseenAtTheFirstFailureWithoutWaitingForTheSpeaker() {
    EngineLab lab = silentLab(Condition.REFUSING, Duration.ofHours(1));

    assertThat(lab.secondsUntil(false, 1)).isLessThanOrEqualTo(0.01);
  }

  @Test
  void saysAnUnseenWithdrawAgainWhileTheSpeakerDoesNotSayWhatItHolds() {
    EngineLab lab = lab(LEFT, Condition.REFUSING, 1, "a");
    lab.speaker.silentFor(Duration.ofHours(1));
    lab.speaker.failNext(new IllegalStateException("broken"));
    lab.engine.start();

    assertThat(lab.secondsUntil(false, 11)).isBetween(9.9, 10.1);
  }

  @Test
  void warnsOfAnUnseenWithdrawWithoutAReceipt() {
    EngineLab lab = silentLab(Condition.REFUSING, Duration.ofSeconds(60));
    lab.seconds(9.9);
    assertThat(lab.overdue()).isEmpty();
    lab.seconds(30);
    assertThat(lab.overdue())
        .singleElement()
        .satisfies(event -> assertThat(event.reason()).endsWith("; speaker: no receipt yet"));
    lab.seconds(30);
    assertThat(lab.overdue()).hasSize(2).last().matches(event -> event.over());
  }

  @Test
  void leavesUnseenWhatALivingHostConfirmsAndAdoptsItWhenTheSpeakerSpeaks() {
    EngineLab lab = silentLab(Condition.ALIVE, Duration.ofSeconds(30));
    lab.seconds(600);

    assertNothingSent(lab);
    assertThat(lab.state()).isEqualTo(ServiceState.UP);
  }

  @Test
  void announcesAHostThatCameUpOnceTheSpeakerSpeaksThoughItWithdrewUnseen() {
    EngineLab lab = silentLab(Condition.REFUSING, Duration.ofMinutes(10));
    lab.seconds(20);
    lab.node("a").become(Condition.ALIVE);
    lab.seconds(300);
    assertThat(lab.announced()).isFalse();

    assertThat(lab.secondsUntil(true, 300)).isBetween(279.0, 281.0);
  }

  @Test
  void withdrawsAtOnceWhatIsOutsideAllowOrOfNoService() {
    Route foreign = new Route(Prefix.parse("203.0.113.0/24"), NextHop.SELF, PathAttributes.NONE);
    EngineLab lab = lab(foreign, Condition.ALIVE, 1, "a");
    lab.engine.start();
    lab.seconds(0.003);

    assertThat(lab.speaker.advertised().routes()).isEmpty();
    assertThat(lab.events)
        .anyMatch(
            event ->
                event instanceof AnnouncerEvent.RouteFound found
                    && !found.adopted()
                    && found.reason().equals("outside allow"));
  }

  @Test
  void doesNotAdoptWhatAppearsAfterTheTruthWasEstablished() {
    EngineLab lab = lab(LEFT, Condition.UNPROBEABLE, 1, "a");
    lab.engine.start();
    lab.secondsUntil(false, 11);
    lab.speaker.tell(new SpeakerEvent.Synchronised(Rib.of(List.of(LEFT)), "again"));
    lab.seconds(0.01);

    assertThat(lab.announced()).isFalse();
  }
}
