package org.bgpannouncer.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.bgpannouncer.decision.ServiceState;
import org.bgpannouncer.engine.SimulatedNode.Condition;
import org.bgpannouncer.observe.AnnouncerEvent;
import org.bgpannouncer.observe.StatusSnapshot.HostStatus;
import org.bgpannouncer.route.Community;
import org.bgpannouncer.route.NextHop;
import org.bgpannouncer.route.PathAttributes;
import org.bgpannouncer.route.Route;
import org.bgpannouncer.route.RouteChange;
import org.junit.jupiter.api.Test;

/** Hosts that the operator takes out before they are restarted (requirements S20). */
class DrainTest {
  private static final Duration FOUR_HOURS = DrainRequest.DEFAULT_BOUND;

  @Test
  void aDrainedHostIsPointedAtNoMoreAndTheServiceStaysUp() {
    EngineLab lab = EngineLab.started(EngineLab.pointingAtHosts("a", "b")).untilUp();
    assertThat(lab.route().nextHop()).hasToString("198.51.100.11");

    DrainResult result = drain(lab, "a", false);

    assertThat(result.problems()).isEmpty();
    assertThat(result.differences())
        .containsExactly(
            "change 192.0.2.0/24 next-hop 198.51.100.12 med 100"
                + " (was: 192.0.2.0/24 next-hop 198.51.100.11 med 100)");
    assertThat(lab.seconds(1).route().nextHop()).hasToString("198.51.100.12");
    assertThat(lab.state()).isEqualTo(ServiceState.UP);
    assertThat(lab.status().services().get(0).reason())
        .isEqualTo("1 of 2 hosts fit, 1 needed; a: drained");
    assertThat(host(lab, "a").drain().orElseThrow().reason()).isEqualTo("kernel");
  }

  @Test
  void aRollingRestartOfThreeNodesMovesNothingButTheNextHop() {
    EngineLab lab = EngineLab.started(EngineLab.pointingAtHosts("a", "b", "c")).untilUp();
    int before = lab.speaker.updates.size();
    for (String host : List.of("a", "b", "c")) {
      assertThat(drain(lab, host, false).problems()).isEmpty();
      lab.seconds(10);
      int drained = lab.speaker.updates.size();
      lab.node(host).dieProven(); // stopped
      lab.seconds(30);
      lab.node(host).become(Condition.ALIVE); // and started
      assertThat(undrain(lab, host).problems()).isEmpty();
      lab.seconds(120);
      assertThat(lab.speaker.updates).as("while %s was away", host).hasSize(drained);
    }

    List<RouteChange> changes =
        lab.speaker.updates.subList(before, lab.speaker.updates.size()).stream()
            .flatMap(update -> update.changes().stream())
            .toList();
    assertThat(changes)
        .isNotEmpty()
        .allSatisfy(
            change ->
                assertThat(((RouteChange.Announce) change).route().attributes())
                    .isEqualTo(EngineLab.upRoute().attributes()));
    assertThat(lab.state()).isEqualTo(ServiceState.UP);
    assertThat(lab.status().services().get(0).fitHosts()).containsExactly("a", "b", "c");
  }

  @Test
  void theLastFitHostIsNotDrained() {
    EngineLab lab = EngineLab.started(EngineLab.site(1, "a", "b")).untilUp();
    lab.node("b").dieProven();
    lab.seconds(1);
    int updates = lab.speaker.updates.size();

    DrainResult result = drain(lab, "a", false);

    assertThat(result.problems())
        .containsExactly("service bitcoin: too few others are fit (expected: 1, or --force)");
    assertThat(host(lab, "a").drain()).isEmpty();
    lab.seconds(60);
    assertThat(lab.speaker.updates).hasSize(updates);
  }

  @Test
  void forcedItStaysAnnouncedAtLeastPreferenceUntilItIsGone() {
    EngineLab lab = EngineLab.started(EngineLab.site(1, "a")).untilUp();

    assertThat(drain(lab, "a", true).problems()).isEmpty();

    lab.seconds(1);
    assertThat(lab.state()).isEqualTo(ServiceState.DRAIN);
    PathAttributes least =
        PathAttributes.NONE
            .withMed(1000)
            .withPrepend(EngineLab.LOCAL_AS, 3)
            .withCommunities(List.of(Community.GRACEFUL_SHUTDOWN), List.of(), List.of());
    assertThat(lab.route()).isEqualTo(new Route(EngineLab.PREFIX, NextHop.SELF, least));
    lab.node("a").dieProven();
    assertThat(lab.secondsUntil(false, 1)).isLessThanOrEqualTo(0.001);
  }

  @Test
  void aServiceWhoseOtherHostsDieFallsBackToTheDrainedOne() {
    EngineLab lab = EngineLab.started(EngineLab.pointingAtHosts("a", "b")).untilUp();
    drain(lab, "a", false);
    lab.seconds(1);

    lab.node("b").dieProven();
    lab.seconds(1);

    assertThat(lab.state()).isEqualTo(ServiceState.DRAIN);
    assertThat(lab.route().nextHop()).hasToString("198.51.100.11");
  }

  @Test
  void itEndsByItselfAfterItsTime() {
    EngineLab lab = EngineLab.started(EngineLab.site(2, "a", "b", "c")).untilUp();
    drain(lab, "a", false);

    lab.time.advance(FOUR_HOURS.minusSeconds(1));
    assertThat(host(lab, "a").drain()).isPresent();
    lab.seconds(2);

    assertThat(host(lab, "a").drain()).isEmpty();
    assertThat(lab.status().services().get(0).fitHosts()).containsExactly("a", "b", "c");
    assertThat(drains(lab))
        .containsExactly(
            Map.of("host", "a", "until", "1970-01-01T04:01:01Z", "reason", "kernel"),
            Map.of("host", "a", "until", "", "reason", "its time is over"));
  }

  @Test
  void aHostThatFellMeanwhileRisesBeforeItServesAgain() {
    EngineLab lab = EngineLab.started(EngineLab.site(1, "a", "b")).untilUp();
    drain(lab, "a", false);
    lab.node("a").dieProven();
    lab.seconds(30);
    lab.node("a").become(Condition.ALIVE);

    undrain(lab, "a");

    assertThat(lab.status().services().get(0).fitHosts()).containsExactly("b");
    lab.seconds(70);
    assertThat(lab.status().services().get(0).fitHosts()).containsExactly("a", "b");
  }

  @Test
  void aReloadKeepsWhatIsDrained() {
    SiteConfig site = EngineLab.site(1, "a", "b");
    EngineLab lab = EngineLab.started(site).untilUp();
    drain(lab, "a", false);

    var reload = lab.engine.reload(site).toCompletableFuture();
    lab.time.runDue();

    assertThat(reload.join().accepted()).isTrue();
    assertThat(host(lab, "a").drain()).isPresent();
    assertThat(lab.status().services().get(0).fitHosts()).containsExactly("b");
  }

  @Test
  void whatCannotBeDrainedIsTold() {
    EngineLab lab = EngineLab.started(EngineLab.site(1, "a", "b")).untilUp();

    assertThat(drain(lab, "z", false).problems()).containsExactly("host: z (expected: a, b)");
    assertThat(undrain(lab, "z").problems()).containsExactly("host: z (expected: a, b)");
    assertThat(undrain(lab, "a").problems())
        .containsExactly("host: a (expected: one that is drained)");
    assertThatThrownBy(() -> new DrainRequest("a", "", Duration.ofHours(49), false))
        .hasMessage("for: PT49H (expected: 1s to 48h)");
    assertThatThrownBy(() -> new DrainRequest("a", "x".repeat(201), FOUR_HOURS, false))
        .hasMessage("reason: 201 characters (expected: at most 200)");
  }

  private static DrainResult drain(EngineLab lab, String host, boolean force) {
    var done =
        lab.engine.drain(new DrainRequest(host, "kernel", FOUR_HOURS, force)).toCompletableFuture();
    lab.time.runDue();
    return done.join();
  }

  private static DrainResult undrain(EngineLab lab, String host) {
    var done = lab.engine.undrain(host).toCompletableFuture();
    lab.time.runDue();
    return done.join();
  }

  private static HostStatus host(EngineLab lab, String name) {
    return lab.status().hosts().stream()
        .filter(host -> host.name().equals(name))
        .findFirst()
        .orElseThrow();
  }

  private static List<Map<String, String>> drains(EngineLab lab) {
    return lab.events.stream()
        .filter(AnnouncerEvent.HostDrained.class::isInstance)
        .map(AnnouncerEvent.HostDrained.class::cast)
        .map(
            event ->
                Map.copyOf(
                    new TreeMap<>(
                        Map.of(
                            "host", event.host(),
                            "until", event.until().map(String::valueOf).orElse(""),
                            "reason", event.reason()))))
        .toList();
  }
}
