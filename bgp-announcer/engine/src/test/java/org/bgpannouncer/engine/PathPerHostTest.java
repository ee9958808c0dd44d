package org.bgpannouncer.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import org.bgpannouncer.announcement.ServiceConfig.NextHopChoice;
import org.bgpannouncer.decision.ServiceState;
import org.bgpannouncer.engine.SimulatedNode.Condition;
import org.bgpannouncer.route.IpAddress;
import org.bgpannouncer.route.NextHop;
import org.bgpannouncer.route.Nlri;
import org.bgpannouncer.route.PathAttributes;
import org.bgpannouncer.route.Rib;
import org.bgpannouncer.route.Route;
import org.bgpannouncer.route.RouteChange;
import org.junit.jupiter.api.Test;

/** {@code next-hop: hosts}: a path for each healthy host (RFC 7911). */
class PathPerHostTest {
  private static final Route A = path("198.51.100.11");
  private static final Route B = path("198.51.100.12");
  private static final Route C = path("198.51.100.13");

  @Test
  void eachHostHasAPathThatGoesAndComesWithIt() {
    EngineLab lab = EngineLab.started(site("a", "b", "c")).untilUp();
    assertThat(lab.speaker.advertised()).isEqualTo(Rib.of(List.of(A, B, C)));
    int before = lab.speaker.updates.size();

    lab.node("b").dieProven();
    lab.seconds(0.001);
    assertThat(lab.speaker.advertised()).isEqualTo(Rib.of(List.of(A, C)));
    lab.node("b").become(Condition.ALIVE);
    lab.seconds(200);

    assertThat(lab.speaker.advertised()).isEqualTo(Rib.of(List.of(A, B, C)));
    assertThat(changesSince(lab, before))
        .containsExactly(new RouteChange.Withdraw(B.nlri()), new RouteChange.Announce(B));
    assertThat(lab.state()).isEqualTo(ServiceState.UP);
  }

  @Test
  void theStateIsThatOfTheServiceOnEveryPath() {
    EngineLab lab = EngineLab.started(site("a", "b")).untilUp();
    lab.node("a").dieProven();
    lab.node("b").dieProven();
    lab.seconds(1);
    assertThat(lab.speaker.advertised()).isEqualTo(Rib.EMPTY);
    assertThat(lab.status().routes()).isEmpty();
  }

  @Test
  void statusHasALineAPath() {
    EngineLab lab = EngineLab.started(site("a", "b")).untilUp();
    assertThat(lab.status().routes())
        .extracting(route -> route.nlri().toString())
        .containsExactly("192.0.2.0/24 path-id 3325256715", "192.0.2.0/24 path-id 3325256716");
  }

  @Test
  void aDrainedHostLosesItsPath() {
    EngineLab lab = EngineLab.started(site("a", "b")).untilUp();
    var result =
        lab.engine
            .drain(new DrainRequest("a", "kernel", DrainRequest.DEFAULT_BOUND, false))
            .toCompletableFuture();
    lab.seconds(1);
    assertThat(result.join().differences()).containsExactly("withdraw " + A.nlri());
    assertThat(lab.speaker.advertised()).isEqualTo(Rib.of(List.of(B)));
  }

  @Test
  void aReloadFromOneNextHopToPathsLeavesNothingOfIt() {
    SiteConfig self = EngineLab.site(1, "a", "b");
    EngineLab lab = EngineLab.started(self).untilUp();
    var result = lab.engine.reload(site("a", "b")).toCompletableFuture();
    lab.seconds(1);
    assertThat(result.join().differences())
        .containsExactly("withdraw 192.0.2.0/24", "announce " + A, "announce " + B);
    assertThat(lab.speaker.advertised()).isEqualTo(Rib.of(List.of(A, B)));
    lab.engine.reload(self);
    lab.seconds(1);
    assertThat(lab.speaker.advertised()).isEqualTo(Rib.of(List.of(EngineLab.upRoute())));
  }

  @Test
  void adoptedPathsOfHostsThatServeStayUntouched() {
    EngineLab lab = new EngineLab(site("a", "b"), Rib.of(List.of(A, B)));
    lab.engine.start();
    lab.seconds(200);
    assertThat(changesSince(lab, 0)).isEmpty();
    assertThat(lab.speaker.advertised()).isEqualTo(Rib.of(List.of(A, B)));
  }

  @Test
  void whatConfirmsAnAdoptedPathIsNotEnoughForANewOne() {
    EngineLab lab = new EngineLab(site("a", "b"), Rib.of(List.of(A)));
    lab.engine.start();
    lab.seconds(30);
    assertThat(lab.state()).isEqualTo(ServiceState.UP);
    assertThat(lab.speaker.advertised()).isEqualTo(Rib.of(List.of(A)));
    lab.seconds(40);
    assertThat(lab.speaker.advertised()).isEqualTo(Rib.of(List.of(A, B)));
    assertThat(changesSince(lab, 0)).containsExactly(new RouteChange.Announce(B));
  }

  @Test
  void anAdoptedRouteOfAnotherNextHopIsReplacedByPathsAtOnce() {
    EngineLab lab = new EngineLab(site("a", "b"), Rib.of(List.of(EngineLab.upRoute())));
    lab.engine.start();
    lab.seconds(1);
    assertThat(lab.speaker.advertised()).isEqualTo(Rib.of(List.of(A, B)));
  }

  @Test
  void anAdoptedPathOfADeadHostGoesWhileTheOthersAreStillUnheardOf() {
    EngineLab lab = new EngineLab(site("a", "b", "c"), Rib.of(List.of(A, B)));
    lab.node("a").become(Condition.REFUSING);
    lab.node("b").become(Condition.MUTE);
    lab.node("c").become(Condition.MUTE);
    lab.engine.start();
    lab.seconds(1);
    assertThat(lab.speaker.advertised()).isEqualTo(Rib.of(List.of(B)));
  }

  @Test
  void aPathOfADeadHostIsWithdrawnUnseen() {
    EngineLab lab = new EngineLab(site("a", "b"), Rib.of(List.of(A, B)));
    lab.speaker.silentFor(Duration.ofHours(1));
    lab.node("a").become(Condition.REFUSING);
    lab.engine.start();
    lab.seconds(1);
    assertThat(lab.speaker.advertised()).isEqualTo(Rib.of(List.of(B)));
    assertThat(changesSince(lab, 0)).containsExactly(new RouteChange.Withdraw(A.nlri()));
  }

  @Test
  void aLeftoverOfAHostThatIsNoneIsWithdrawn() {
    EngineLab lab = new EngineLab(site("a", "b"), Rib.of(List.of(A, B, C)));
    lab.engine.start();
    lab.seconds(20);
    assertThat(lab.speaker.advertised()).isEqualTo(Rib.of(List.of(A, B)));
  }

  @Test
  void aRestartOfTheOtherSideIsToldEveryPath() {
    EngineLab lab = EngineLab.started(site("a", "b")).untilUp();
    lab.speaker.restart(Duration.ofSeconds(3), true);
    lab.node("a").dieProven();
    lab.seconds(10);
    assertThat(lab.speaker.advertised()).isEqualTo(Rib.of(List.of(B)));
  }

  @Test
  void twoHostsOfOnePathIdentifierAreRefused() {
    SiteConfig site = site("a", "b");
    HostConfig a = site.hosts().get(0);
    HostConfig twin =
        new HostConfig(
            "b", a.address(), a.outbound(), site.hosts().get(1).target(), a.thresholds());
    SiteConfig broken =
        new SiteConfig(
            site.site(),
            site.localAs(),
            site.allow(),
            site.physicalRanges(),
            List.of(a, twin),
            site.services(),
            site.adoptFor(),
            site.dryRun());
    assertThat(SiteRules.problems(broken))
        .containsExactly(
            "services.bitcoin.healthy.of: b (expected: a path identifier of its own, not"
                + " 3325256715 as a)");
  }

  private static SiteConfig site(String... hosts) {
    return EngineLab.pointing(new NextHopChoice.HealthyHosts(), hosts);
  }

  private static List<RouteChange> changesSince(EngineLab lab, int update) {
    return lab.speaker.updates.subList(update, lab.speaker.updates.size()).stream()
        .flatMap(each -> each.changes().stream())
        .toList();
  }

  private static Route path(String host) {
    IpAddress address = IpAddress.parse(host);
    Nlri nlri = Nlri.of(EngineLab.PREFIX, NextHopChoice.HealthyHosts.pathId(address));
    return new Route(nlri, NextHop.of(address), PathAttributes.NONE.withMed(100));
  }
}
