package org.bgpannouncer.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.bgpannouncer.decision.ServiceState;
import org.bgpannouncer.engine.SimulatedNode.Condition;
import org.bgpannouncer.health.HealthThresholds;
import org.bgpannouncer.observe.AnnouncerEvent;
import org.bgpannouncer.probe.Aspect;
import org.bgpannouncer.probe.Check;
import org.bgpannouncer.probe.Observation;
import org.bgpannouncer.probe.Outcome;
import org.bgpannouncer.probe.Pace;
import org.bgpannouncer.probe.Reason;
import org.junit.jupiter.api.Test;

/** The timelines of requirements M02 to M06 at shipped defaults. */
class ScenarioTest {
  private static final Set<Aspect> P2P = EnumSet.of(Aspect.P2P);
  private static final Set<Aspect> P2P_AND_RPC = EnumSet.of(Aspect.P2P, Aspect.RPC);

  @Test
  void announcesAfterRiseAndHoldDownOnly() {
    EngineLab lab = EngineLab.started(EngineLab.site(1, "a"));

    assertThat(lab.secondsUntil(true, 70)).isBetween(60.0, 60.1);
    assertThat(lab.route()).isEqualTo(EngineLab.upRoute());
    assertThat(lab.state()).isEqualTo(ServiceState.UP);
  }

  @Test
  void neverAnnouncesABlipOf59Seconds() {
    EngineLab lab = EngineLab.started(EngineLab.site(1, "a"));
    lab.seconds(59);
    lab.node("a").dieProven();

    lab.seconds(600);

    assertThat(lab.speaker.updates).allMatch(update -> update.changes().isEmpty());
    assertThat(lab.state()).isEqualTo(ServiceState.DOWN);
  }

  @Test
  void withdrawsARefusingHostWithin7Seconds() {
    EngineLab lab = EngineLab.started(EngineLab.site(1, "a")).untilUp();
    lab.node("a").become(Condition.REFUSING);

    assertThat(lab.secondsUntil(false, 20)).isLessThanOrEqualTo(7.01);
  }

  @Test
  void withdrawsAnUnpluggedHostWithin16Seconds() {
    EngineLab lab = EngineLab.started(EngineLab.site(1, "a")).untilUp();
    lab.node("a").become(Condition.UNPLUGGED);

    assertThat(lab.secondsUntil(false, 30)).isBetween(9.0, 16.0);
  }

  @Test
  void withdrawsTheLastHostsProofAtOnce() {
    EngineLab lab = EngineLab.started(EngineLab.site(1, "a")).untilUp();
    lab.node("a").dieProven();
    lab.time.runDue();

    assertThat(lab.speaker.target().routes()).isEmpty();
    assertThat(lab.secondsUntil(false, 1)).isLessThanOrEqualTo(0.001);
  }

  @Test
  void movesNothingWhenOneOfTwoDies() {
    EngineLab lab = EngineLab.started(EngineLab.site(1, "a", "b")).untilUp();
    int updates = lab.speaker.updates.size();
    lab.node("a").dieProven();
    lab.seconds(3600);

    assertThat(lab.speaker.updates).hasSize(updates);
    assertThat(lab.route()).isEqualTo(EngineLab.upRoute());
    assertThat(lab.status().services().get(0).reason())
        .isEqualTo("1 of 2 hosts fit, 1 needed; a: p2p.held PROVEN_DEAD");
  }

  @Test
  void comesBackAfterRiseAndHoldDown() {
    EngineLab lab = EngineLab.started(EngineLab.site(1, "a")).untilUp();
    lab.node("a").dieProven();
    lab.seconds(30);
    lab.node("a").become(Condition.ALIVE);

    assertThat(lab.secondsUntil(true, 100)).isBetween(60.0, 65.1);
  }

  @Test
  void keepsAnnouncingThroughADayOfSoft() {
    EngineLab lab = EngineLab.started(EngineLab.site(1, "a")).untilUp();
    lab.node("a").become(Condition.FULL);
    lab.seconds(24 * 3600);

    assertThat(lab.route()).isEqualTo(EngineLab.degradedRoute());
    assertThat(lab.state()).isEqualTo(ServiceState.DEGRADED);
    assertThat(lab.speaker.updates.stream().flatMap(update -> update.changes().stream()))
        .hasSize(2);
  }

  @Test
  void holdsThroughUnknownAndBlocksRiseMeanwhile() {
    EngineLab lab = EngineLab.started(EngineLab.site(1, "a", "b")).untilUp();
    lab.node("b").dieProven();
    lab.node("a").become(Condition.UNPROBEABLE);
    lab.node("b").become(Condition.UNPROBEABLE);
    lab.seconds(3600);

    assertThat(lab.route()).isEqualTo(EngineLab.upRoute());
    assertThat(lab.status().hosts().get(1).state().isFit()).isFalse();
  }

  @Test
  void doesNotAnnounceANodeInItsInitialDownloadAlthoughItAnswersEveryPing() {
    EngineLab lab = new EngineLab(EngineLab.site(HealthThresholds.DEFAULT, P2P_AND_RPC, 1, "a"));
    lab.node("a", Aspect.RPC).become(Condition.STARTING);
    lab.engine.start();
    lab.seconds(24 * 3600);
    assertThat(lab.speaker.updates).allMatch(update -> update.changes().isEmpty());
    assertThat(lab.state()).isEqualTo(ServiceState.NOT_READY);
    assertThat(lab.status().services().get(0).reason())
        .isEqualTo("0 of 1 hosts fit, 1 needed; a: rpc.liveness WARMING_UP");

    lab.node("a", Aspect.RPC).become(Condition.ALIVE);
    assertThat(lab.secondsUntil(true, 80)).isBetween(60.0, 70.1);
  }

  @Test
  void movesNothingWhenANodeThatIsUpSaysThatItIsNotReady() {
    EngineLab lab =
        EngineLab.started(EngineLab.site(HealthThresholds.DEFAULT, P2P_AND_RPC, 1, "a"));
    lab.untilUp();
    int updates = lab.speaker.updates.size();
    lab.node("a", Aspect.RPC).become(Condition.STARTING);
    lab.seconds(24 * 3600);

    assertThat(lab.speaker.updates).hasSize(updates);
    assertThat(lab.route()).isEqualTo(EngineLab.upRoute());
  }

  @Test
  void announcesANodeWhoseRpcWeCannotAskAndForgetsWhatItSaidBeforeAfterTenMinutes() {
    EngineLab lab = new EngineLab(EngineLab.site(HealthThresholds.DEFAULT, P2P_AND_RPC, 1, "a"));
    lab.node("a", Aspect.RPC).become(Condition.UNPROBEABLE);
    lab.engine.start();
    assertThat(lab.secondsUntil(true, 70)).isBetween(60.0, 60.1);

    lab.node("a", Aspect.RPC).become(Condition.STARTING);
    lab.seconds(6);
    lab.node("a").dieProven();
    lab.secondsUntil(false, 1);
    lab.node("a").become(Condition.ALIVE);
    lab.node("a", Aspect.RPC).become(Condition.UNPROBEABLE);
    assertThat(lab.secondsUntil(true, 800)).isBetween(660.0, 670.1);
  }

  @Test
  void warnsOfAHostThatWeCannotAskAfterTenMinutesAndThenOnceAnHour() {
    EngineLab lab =
        EngineLab.started(EngineLab.site(HealthThresholds.DEFAULT, P2P_AND_RPC, 1, "a"));
    lab.untilUp();
    lab.node("a", Aspect.RPC).become(Condition.UNPROBEABLE);
    lab.seconds(600);
    assertThat(warnings(lab)).isEmpty();
    assertThat(lab.status().hosts().get(0).unknown()).isEmpty();

    lab.seconds(6);
    assertThat(warnings(lab)).hasSize(1);
    assertThat(warnings(lab).get(0).lasting()).isEqualTo(Duration.ofMinutes(10));
    assertThat(warnings(lab).get(0).detail()).isEqualTo("rpc.liveness");
    assertThat(lab.status().hosts().get(0).unknown().orElseThrow().check())
        .isEqualTo(Check.RPC_LIVENESS);

    lab.seconds(3 * 3600 + 60);
    assertThat(warnings(lab)).hasSize(4);
    assertThat(lab.route()).isEqualTo(EngineLab.upRoute());

    lab.node("a", Aspect.RPC).become(Condition.ALIVE);
    lab.seconds(3600);
    assertThat(warnings(lab)).hasSize(4);
    assertThat(lab.status().hosts().get(0).unknown()).isEmpty();
  }

  private static List<AnnouncerEvent.HostUnknown> warnings(EngineLab lab) {
    return lab.events.stream()
        .filter(AnnouncerEvent.HostUnknown.class::isInstance)
        .map(AnnouncerEvent.HostUnknown.class::cast)
        .toList();
  }

  @Test
  void degradesAStoppedNodeWithin16SecondsAndWithdrawsItWithin130() {
    EngineLab lab = EngineLab.started(EngineLab.site(HealthThresholds.DEFAULT, P2P, 1, "a"));
    lab.untilUp();
    lab.node("a").become(Condition.MUTE);

    lab.seconds(16);
    assertThat(lab.route()).isEqualTo(EngineLab.degradedRoute());
    assertThat(lab.secondsUntil(false, 130)).isBetween(90.0, 114.0);
    assertThat(lab.status().hosts().get(0).detail())
        .isEqualTo("p2p.held mute for 120 s, no RPC to ask");
  }

  @Test
  void bearsAMuteNodeFor15MinutesWhileRpcAnswers() {
    EngineLab lab =
        EngineLab.started(EngineLab.site(HealthThresholds.DEFAULT, P2P_AND_RPC, 1, "a"));
    lab.untilUp();
    lab.node("a").become(Condition.MUTE);

    lab.seconds(880);
    assertThat(lab.route()).isEqualTo(EngineLab.degradedRoute());
    assertThat(lab.secondsUntil(false, 30)).isLessThanOrEqualTo(25.0);
  }

  // P2pProbe then pings each second; a pong is late after 2 s, and so is the version on the dial
  // besides, which makes it a STALL. uptime is asked each 5 s, and earlier at the pace FAST.
  @Test
  void withdrawsAStoppedNodeWithin6SecondsAtAStallDownOf2WhateverThePhaseOfItsProbes() {
    HealthThresholds hasty =
        new HealthThresholds(
            3, 6, Duration.ofSeconds(60), Duration.ofSeconds(2), Duration.ofSeconds(900));
    for (Set<Aspect> probed : List.of(P2P, P2P_AND_RPC)) {
      for (int rpcMillis = 0; rpcMillis < 5000; rpcMillis += 250) {
        for (int pingMillis = 0; pingMillis <= 1000; pingMillis += 250) {
          EngineLab lab = EngineLab.started(EngineLab.site(hasty, probed, 1, "a"));
          lab.untilUp().seconds(rpcMillis / 1000.0);
          Objects.requireNonNull(lab.nodes.get("a"))
              .values()
              .forEach(node -> node.become(Condition.MUTE));
          lab.node("a").close();
          reportAsP2pHeld(lab, pingMillis);

          assertThat(lab.secondsUntil(false, 10))
              .as("%s, uptime %d ms before, ping %d ms after", probed, rpcMillis, pingMillis)
              .isLessThanOrEqualTo(5.01);
        }
      }
    }
  }

  private static void reportAsP2pHeld(EngineLab lab, long askedMillis) {
    lab.time.schedule(
        (askedMillis + 2000) * 1_000_000,
        () -> lab.node("a").observe(Outcome.SOFT, Reason.PONG_LATE, mute(2000)));
    for (long millis = 4000; millis < 10_000; millis += 1000) {
      Map<String, String> values = mute(millis);
      lab.time.schedule(
          (askedMillis + millis) * 1_000_000,
          () -> lab.node("a").observe(Outcome.SOFT, Reason.STALL, values));
    }
  }

  private static Map<String, String> mute(long millis) {
    return Map.of(Observation.STALL_MILLIS, Long.toString(millis));
  }

  @Test
  void neverAnnouncesAFlappingHost() {
    EngineLab lab = EngineLab.started(EngineLab.site(1, "a"));
    for (int i = 0; i < 3600; i++) {
      lab.node("a").become(i % 2 == 0 ? Condition.ALIVE : Condition.REFUSING);
      lab.seconds(1);
    }

    assertThat(lab.speaker.updates).allMatch(update -> update.changes().isEmpty());
  }

  @Test
  void asksFasterWhileUndecidedAndSlowerOnceDecided() {
    EngineLab lab = EngineLab.started(EngineLab.site(1, "a")).untilUp();
    assertThat(lab.node("a").pace()).isEqualTo(Pace.NORMAL);
    lab.node("a").become(Condition.REFUSING);
    lab.seconds(5.5);
    assertThat(lab.node("a").pace()).isEqualTo(Pace.FAST);
    lab.seconds(10);
    assertThat(lab.node("a").pace()).isEqualTo(Pace.NORMAL);
  }

  @Test
  void needsAtLeastAsManyHostsAsConfigured() {
    EngineLab lab = EngineLab.started(EngineLab.site(2, "a", "b", "c")).untilUp();
    lab.node("a").dieProven();
    lab.seconds(1);
    assertThat(lab.announced()).isTrue();
    lab.node("b").dieProven();

    assertThat(lab.secondsUntil(false, 1)).isLessThanOrEqualTo(0.001);
    assertThat(lab.status().services().get(0).reason())
        .isEqualTo("1 of 3 hosts fit, 2 needed; a: p2p.held PROVEN_DEAD; b: p2p.held PROVEN_DEAD");
  }

  @Test
  void saysWhatTimeWillChange() {
    EngineLab lab = EngineLab.started(EngineLab.site(1, "a"));
    lab.seconds(37.01);

    assertThat(lab.status().services().get(0).next().orElseThrow().text())
        .isEqualTo("a: hold-down 23 s left");
    assertThat(List.copyOf(lab.events)).isNotEmpty();
  }
}
