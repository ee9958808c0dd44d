package org.bgpannouncer.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.bgpannouncer.announcement.Scope;
import org.bgpannouncer.announcement.ServiceConfig;
import org.bgpannouncer.announcement.ServiceConfig.NextHopChoice;
import org.bgpannouncer.engine.SimulatedNode.Condition;
import org.bgpannouncer.health.HealthThresholds;
import org.bgpannouncer.observe.AnnouncerEvent;
import org.bgpannouncer.observe.StatusSnapshot.RoutePhase;
import org.bgpannouncer.probe.Aspect;
import org.bgpannouncer.probe.Cadence;
import org.bgpannouncer.probe.HostTarget;
import org.bgpannouncer.probe.bitcoin.BitcoinNetwork;
import org.bgpannouncer.probe.bitcoin.p2p.P2pConfig;
import org.bgpannouncer.probe.http.HttpConfig;
import org.bgpannouncer.probe.tcp.TcpConfig;
import org.bgpannouncer.route.IpAddress;
import org.bgpannouncer.route.NextHop;
import org.bgpannouncer.route.Nlri;
import org.bgpannouncer.route.PathAttributes;
import org.bgpannouncer.route.Prefix;
import org.bgpannouncer.route.Rib;
import org.bgpannouncer.route.Route;
import org.bgpannouncer.route.RouteChange;
import org.bgpannouncer.speaker.RibUpdate;
import org.bgpannouncer.speaker.SpeakerEvent;
import org.junit.jupiter.api.Test;

class EngineTest {
  private static SiteConfig with(
      SiteConfig site, List<HostConfig> hosts, ServiceConfig... services) {
    return new SiteConfig(
        site.site(),
        site.localAs(),
        site.allow(),
        site.physicalRanges(),
        hosts,
        List.of(services),
        site.adoptFor(),
        site.dryRun());
  }

  private static ReloadResult reload(EngineLab lab, SiteConfig next) {
    var answer = lab.engine.reload(next).toCompletableFuture();
    lab.time.runDue();
    return answer.join();
  }

  @Test
  void retriesARefusedWithdrawUntilItIsAcknowledged() {
    EngineLab lab = EngineLab.started(EngineLab.site(1, "a")).untilUp();
    lab.speaker.refuseNext(5);
    lab.node("a").dieProven();
    lab.seconds(0.05);
    assertThat(lab.status().routes().get(0).phase()).isEqualTo(RoutePhase.RETRYING);
    assertThat(lab.status().routes().get(0).reason()).endsWith("speaker: error");

    assertThat(lab.secondsUntil(false, 10)).isLessThan(3.2);
    assertThat(lab.status().engine().commandsRetried()).isEqualTo(5);
    assertThat(lab.status().routes()).isEmpty();
  }

  @Test
  void showsAnUnansweredWithdrawAsOverdueAndRepeatsIt() {
    EngineLab lab = EngineLab.started(EngineLab.site(1, "a")).untilUp();
    lab.speaker.mute(true);
    lab.node("a").dieProven();
    lab.seconds(15);
    assertThat(lab.status().routes().get(0).phase()).isEqualTo(RoutePhase.OVERDUE);

    lab.speaker.mute(false);
    assertThat(lab.secondsUntil(false, 10)).isLessThan(10.0);
  }

  @Test
  void warnsOfAWithdrawWithoutAReceiptOnceAndSaysWhenThatIsOver() {
    EngineLab lab = EngineLab.started(EngineLab.site(1, "a")).untilUp();
    lab.speaker.mute(true);
    lab.node("a").dieProven();
    lab.seconds(9.9);
    assertThat(lab.overdue()).isEmpty();
    lab.seconds(300);
    assertThat(lab.overdue())
        .singleElement()
        .satisfies(
            event -> {
              assertThat(event.nlri()).isEqualTo(Nlri.of(EngineLab.PREFIX));
              assertThat(event.lasting()).isEqualTo(Duration.ofSeconds(10));
              assertThat(event.over()).isFalse();
              assertThat(event.reason())
                  .startsWith("0 of 1 hosts fit, 1 needed; a: ")
                  .endsWith("; speaker: no receipt within 10 s");
            });

    lab.speaker.mute(false);
    lab.secondsUntil(false, 10);
    lab.seconds(300);
    assertThat(lab.overdue())
        .hasSize(2)
        .last()
        .satisfies(
            event -> {
              assertThat(event.over()).isTrue();
              assertThat(event.reason()).isEqualTo("withdrawn");
              assertThat(event.lasting())
                  .isBetween(Duration.ofSeconds(309), Duration.ofSeconds(320));
            });
  }

  @Test
  void warnsOfAWithdrawThatCannotReachTheSpeakerWithWhatKeepsItAway() {
    EngineLab lab = EngineLab.started(EngineLab.site(1, "a")).untilUp();
    lab.speaker.restart(Duration.ofSeconds(60), true);
    lab.node("a").dieProven();
    lab.seconds(30);
    assertThat(lab.overdue())
        .singleElement()
        .satisfies(event -> assertThat(event.reason()).endsWith("; speaker: restarting"));

    lab.seconds(31);
    assertThat(lab.announced()).isFalse();
    assertThat(lab.overdue()).hasSize(2);
    assertThat(lab.overdue().get(1).lasting())
        .isBetween(Duration.ofSeconds(59), Duration.ofSeconds(61));
  }

  @Test
  void saysThatAnOverdueWithdrawIsOverWhenTheRouteIsWishedAgain() {
    EngineLab lab = EngineLab.started(EngineLab.site(1, "a")).untilUp();
    lab.speaker.mute(true);
    lab.node("a").dieProven();
    lab.seconds(15);
    lab.node("a").become(SimulatedNode.Condition.ALIVE);
    lab.seconds(120);
    assertThat(lab.overdue()).hasSize(2).last().matches(event -> event.over());
    assertThat(lab.overdue().get(1).reason()).isEqualTo("a route is wished again");
  }

  @Test
  void tellsANoticeWhenItComesAndWhenItIsMendedAndNotBetween() {
    EngineLab lab = EngineLab.started(EngineLab.site(1, "a")).untilUp();
    SpeakerEvent missing = new SpeakerEvent.Notice("neighbor-changes", "it is missing");
    SpeakerEvent mended = new SpeakerEvent.Notice("neighbor-changes", "");
    for (SpeakerEvent event : List.of(mended, missing, missing, mended, mended)) {
      lab.speaker.tell(event);
      lab.time.runDue();
    }
    assertThat(lab.events)
        .filteredOn(AnnouncerEvent.SpeakerReported.class::isInstance)
        .extracting(event -> ((AnnouncerEvent.SpeakerReported) event).event())
        .filteredOn(SpeakerEvent.Notice.class::isInstance)
        .containsExactly(missing, mended);
    assertThat(lab.status().speaker().notices()).isEmpty();
  }

  @Test
  void aSpeakerThatThrowsIsARefusalAndNotTheEndOfTheLoop() {
    EngineLab lab = EngineLab.started(EngineLab.site(1, "a")).untilUp();
    lab.speaker.failNext(new IllegalStateException("broken"));
    lab.node("a").dieProven();

    assertThat(lab.secondsUntil(false, 2)).isLessThan(0.2);
    assertThat(lab.status().engine().stepsFailed()).isZero();
  }

  @Test
  void aFailingStepHoldsEveryRouteAndIsShown() {
    EngineLab lab = EngineLab.started(EngineLab.site(1, "a")).untilUp();
    lab.node("a").failAtNextPace(new StackOverflowError("a bug of ours"));
    lab.node("a").become(SimulatedNode.Condition.REFUSING);
    lab.seconds(5.5);

    assertThat(lab.announced()).isTrue();
    assertThat(lab.status().engine().stepsFailed()).isEqualTo(1);
    assertThat(lab.status().engine().lastFailure())
        .isEqualTo("observation: java.lang.StackOverflowError: a bug of ours");
    assertThat(lab.events).anyMatch(AnnouncerEvent.StepFailed.class::isInstance);
    lab.node("a").dieProven();
    assertThat(lab.secondsUntil(false, 1)).isLessThan(0.1);
  }

  @Test
  void announcesAgainAfterTheSpeakerLostItsRoutes() {
    EngineLab lab = EngineLab.started(EngineLab.site(1, "a")).untilUp();
    lab.speaker.restart(Duration.ofSeconds(3), false);
    assertThat(lab.announced()).isFalse();

    assertThat(lab.secondsUntil(true, 10)).isBetween(2.9, 3.1);
  }

  @Test
  void withdrawsWhatDiedWhileTheSpeakerWasAway() {
    EngineLab lab = EngineLab.started(EngineLab.site(1, "a")).untilUp();
    lab.speaker.restart(Duration.ofSeconds(3), true);
    lab.node("a").dieProven();

    assertThat(lab.secondsUntil(false, 10)).isBetween(2.9, 3.1);
  }

  @Test
  void pointsToTheSameHostUntilThatOneLeaves() {
    SiteConfig site = EngineLab.site(1, "a", "b");
    ServiceConfig self = site.services().get(0);
    ServiceConfig host =
        new ServiceConfig(
            self.name(),
            self.address(),
            self.port(),
            self.prefixes(),
            new NextHopChoice.HealthyHost(),
            1,
            self.hosts(),
            self.by(),
            self.attributes());
    EngineLab lab = EngineLab.started(with(site, site.hosts(), host)).untilUp();
    assertThat(lab.route().nextHop()).isEqualTo(hop("198.51.100.11"));
    lab.node("a").dieProven();
    lab.seconds(1);
    assertThat(lab.route().nextHop()).isEqualTo(hop("198.51.100.12"));
    lab.node("a").become(SimulatedNode.Condition.ALIVE);
    lab.seconds(200);
    assertThat(lab.route().nextHop()).isEqualTo(hop("198.51.100.12"));
  }

  private static NextHop hop(String address) {
    return NextHop.of(IpAddress.parse(address));
  }

  @Test
  void reloadChangesOnlyWhatChanged() {
    SiteConfig site = EngineLab.site(1, "a", "b");
    EngineLab lab = EngineLab.started(site).untilUp();
    SimulatedNode untouched = lab.node("a");
    HostConfig c = EngineLab.host("c", 2, HealthThresholds.DEFAULT, EnumSet.of(Aspect.P2P));
    SiteConfig next =
        with(
            site,
            List.of(site.hosts().get(0), c),
            EngineLab.service("bitcoin", EngineLab.PREFIX, 1, List.of("a", "c")));
    SimulatedNode removed = lab.node("b");

    ReloadResult result = reload(lab, next);

    assertThat(result)
        .isEqualTo(new ReloadResult(List.of(), List.of("c"), List.of("b"), List.of(), List.of()));
    assertThat(untouched.isClosed()).isFalse();
    assertThat(removed.isClosed()).isTrue();
    lab.seconds(70);
    assertThat(lab.status().services().get(0).fitHosts()).containsExactly("a", "c");
    assertThat(lab.speaker.updates.stream().flatMap(update -> update.changes().stream()))
        .hasSize(1);
  }

  @Test
  void afterAReloadAnEndpointThatIsProbedNoMoreHoldsNothingBack() {
    EngineLab lab = new EngineLab(siteWithTcp(3000));
    lab.node("a", Aspect.TCP).become(Condition.REFUSING);
    lab.engine.start();
    lab.seconds(300);
    assertThat(lab.announced()).isFalse();

    assertThat(reload(lab, siteWithTcp(3001)).hostsRestarted()).containsExactly("a");
    assertThat(lab.secondsUntil(true, 100)).isBetween(60.0, 65.1);
    assertThat(lab.status().hosts().get(0).checks())
        .extracting(check -> check.health().check().aspect())
        .containsExactly(Aspect.P2P, Aspect.TCP);
  }

  private static SiteConfig siteWithTcp(int port) {
    SiteConfig site = EngineLab.site(1, "a");
    HostConfig host = site.hosts().get(0);
    TcpConfig tcp =
        new TcpConfig(
            new InetSocketAddress(InetAddress.getLoopbackAddress(), port),
            Optional.empty(),
            EngineLab.CADENCE);
    HostTarget target =
        new HostTarget(
            "a", host.target().p2p(), Optional.empty(), List.of(), List.of(tcp), List.of());
    ServiceConfig service = site.services().get(0);
    return with(
        site,
        List.of(new HostConfig("a", host.address(), host.outbound(), target, host.thresholds())),
        new ServiceConfig(
            service.name(),
            service.address(),
            service.port(),
            service.prefixes(),
            service.nextHop(),
            service.atLeast(),
            service.hosts(),
            EnumSet.of(Aspect.P2P, Aspect.TCP),
            service.attributes()));
  }

  @Test
  void aReloadThatMovesAHostTakesItForAnotherOneUntilItHasRisen() {
    SiteConfig site = EngineLab.site(1, "a");
    EngineLab lab = EngineLab.started(site).untilUp();
    HostConfig before = site.hosts().get(0);
    HostConfig moved =
        new HostConfig(
            "a",
            IpAddress.parse("198.51.100.99"),
            before.outbound(),
            before.target(),
            before.thresholds());

    ReloadResult result = reload(lab, with(site, List.of(moved), site.services().get(0)));
    assertThat(result.differences()).containsExactly("withdraw 192.0.2.0/24");
    assertThat(lab.secondsUntil(false, 1)).isLessThan(0.1);
    assertThat(lab.secondsUntil(true, 100)).isBetween(59.9, 65.1);
  }

  @Test
  void aReloadThatProbesAnotherPortTakesThatAspectForUnobserved() {
    SiteConfig site = EngineLab.site(1, "a", "b");
    EngineLab lab = EngineLab.started(site).untilUp();
    HostConfig a = site.hosts().get(0);
    P2pConfig p2p =
        P2pConfig.of(
            new InetSocketAddress(InetAddress.getLoopbackAddress(), 8334), BitcoinNetwork.REGTEST);
    HostTarget target =
        new HostTarget("a", Optional.of(p2p), Optional.empty(), List.of(), List.of(), List.of());
    HostConfig moved = new HostConfig("a", a.address(), a.outbound(), target, a.thresholds());

    SiteConfig next = with(site, List.of(moved, site.hosts().get(1)), site.services().get(0));
    assertThat(reload(lab, next).hostsRestarted()).containsExactly("a");
    assertThat(lab.status().services().get(0).fitHosts()).containsExactly("b");
    assertThat(lab.announced()).isTrue();
  }

  @Test
  void reloadOfTheSameConfigurationTouchesNothing() {
    EngineLab lab = EngineLab.started(siteWithPatterns()).untilUp();
    SimulatedNode probe = lab.node("a");
    var before = lab.status();
    int updates = lab.speaker.updates.size();

    assertThat(reload(lab, siteWithPatterns()))
        .isEqualTo(new ReloadResult(List.of(), List.of(), List.of(), List.of(), List.of()));
    lab.time.runDue();

    assertThat(lab.made).containsExactly(probe);
    assertThat(probe.isClosed()).isFalse();
    assertThat(lab.speaker.updates).hasSize(updates);
    assertThat(lab.status().hosts()).isEqualTo(before.hosts());
    assertThat(lab.status().services()).isEqualTo(before.services());
  }

  /** As read from a file: each reading compiles the patterns anew. */
  private static SiteConfig siteWithPatterns() {
    SiteConfig site = EngineLab.site(1, "a");
    HostConfig host = site.hosts().get(0);
    P2pConfig p2p = host.target().p2p().orElseThrow();
    HostTarget target =
        new HostTarget(
            "a",
            Optional.of(
                new P2pConfig(
                    p2p.address(),
                    p2p.source(),
                    p2p.network(),
                    p2p.cadence(),
                    p2p.pongLate(),
                    p2p.stallDown(),
                    p2p.handshakeInterval(),
                    p2p.fullHandshakeInterval(),
                    p2p.serviceAddress(),
                    p2p.serviceAddressLocal(),
                    p2p.witness(),
                    p2p.requiredServices(),
                    p2p.optionalServices(),
                    Optional.of(Pattern.compile("^/Satoshi:")),
                    p2p.maxClockSkew())),
            Optional.empty(),
            List.of(),
            List.of(),
            List.of(
                new HttpConfig(
                    p2p.address(),
                    URI.create("http://a.example/status"),
                    Optional.empty(),
                    p2p.cadence(),
                    List.of(200),
                    Optional.of(Pattern.compile("synced")),
                    Optional.empty(),
                    Optional.empty(),
                    Duration.ofDays(7))));
    HostConfig patterned =
        new HostConfig("a", host.address(), host.outbound(), target, host.thresholds());
    return with(site, List.of(patterned), site.services().get(0));
  }

  @Test
  void reloadSaysAndDoesWhatItWithdraws() {
    SiteConfig site = EngineLab.site(1, "a");
    EngineLab lab = EngineLab.started(site).untilUp();
    SiteConfig next = with(site, site.hosts());
    var preview = lab.engine.preview(next).toCompletableFuture();
    lab.time.runDue();
    assertThat(preview.join().differences()).containsExactly("withdraw 192.0.2.0/24");
    assertThat(lab.announced()).isTrue();

    assertThat(reload(lab, next).differences()).containsExactly("withdraw 192.0.2.0/24");
    lab.seconds(0.01);
    assertThat(lab.announced()).isFalse();
  }

  @Test
  void reloadTellsTheListenersWhatItChangesBeforeItTellsTheSpeaker() {
    SiteConfig site = EngineLab.site(1, "a");
    EngineLab lab = EngineLab.started(site).untilUp();
    int told = lab.events.size();
    List<AnnouncerEvent> before = new ArrayList<>();
    lab.speaker.atNextApply(() -> before.addAll(lab.events.subList(told, lab.events.size())));

    reload(lab, with(site, site.hosts()));

    assertThat(before)
        .singleElement()
        .isInstanceOfSatisfying(
            AnnouncerEvent.Reloaded.class,
            reloaded ->
                assertThat(reloaded.differences()).containsExactly("withdraw 192.0.2.0/24"));
  }

  @Test
  void reloadIsWholeEvenIfAProbeFailsToClose() {
    SiteConfig site = EngineLab.site(1, "a", "b");
    EngineLab lab = EngineLab.started(site).untilUp();
    lab.node("a").failAtClose(new IllegalStateException("a bug in a probe"));
    HostConfig c = EngineLab.host("c", 2, HealthThresholds.DEFAULT, EnumSet.of(Aspect.P2P));
    SiteConfig next =
        with(
            site,
            List.of(site.hosts().get(1), c),
            EngineLab.service("bitcoin", EngineLab.PREFIX, 1, List.of("b", "c")));

    assertThat(reload(lab, next).accepted()).isTrue();

    lab.seconds(70);
    assertThat(lab.status().services().get(0).fitHosts()).containsExactly("b", "c");
    assertThat(lab.status().engine().lastFailure())
        .isEqualTo("stop of a: java.lang.IllegalStateException: a bug in a probe");
    assertThat(lab.announced()).isTrue();
  }

  @Test
  void reloadIsAllOrNothing() {
    SiteConfig site = EngineLab.site(1, "a");
    EngineLab lab = EngineLab.started(site).untilUp();
    SiteConfig broken =
        with(site, List.of(), EngineLab.service("bitcoin", EngineLab.PREFIX, 1, List.of("a")));

    assertThat(reload(lab, broken).problems())
        .containsExactly("services.bitcoin.healthy.of: a (expected: one of the hosts)");
    lab.seconds(60);
    assertThat(lab.announced()).isTrue();
    assertThat(lab.status().hosts()).hasSize(1);
  }

  @Test
  void reloadIsRefusedWholeIfAProbeCannotBeMade() {
    SiteConfig site = EngineLab.site(1, "a");
    EngineLab lab = EngineLab.started(site).untilUp();
    lab.impossible = "c";
    SiteConfig next = EngineLab.site(1, "a", "b", "c");

    assertThat(reload(lab, next).problems())
        .containsExactly("target: c (expected: a possible one)");
    assertThat(lab.node("b").isClosed()).isTrue();
    assertThat(lab.status().hosts()).hasSize(1);
    assertThat(lab.status().engine().stepsFailed()).isZero();
    assertThat(lab.announced()).isTrue();
  }

  @Test
  void refusesASiteThatBreaksARule() {
    SiteConfig site = EngineLab.site(1, "a");
    SiteConfig outside =
        with(
            site,
            site.hosts(),
            EngineLab.service("x", Prefix.parse("203.0.113.0/24"), 1, List.of("a")));

    assertThatThrownBy(() -> new EngineLab(outside))
        .hasMessage("services.x.prefixes: 203.0.113.0/24 (expected: within allow)");
  }

  @Test
  void refusesAHostOfWhichTwoProbesWouldShareOneCheck() {
    SiteConfig site = EngineLab.site(1, "a");
    HostConfig host = site.hosts().get(0);
    TcpConfig port =
        new TcpConfig(new InetSocketAddress("192.0.2.1", 3000), Optional.empty(), Cadence.DEFAULT);
    HostConfig twice =
        new HostConfig(
            host.name(),
            host.address(),
            host.outbound(),
            new HostTarget(
                host.name(),
                host.target().p2p(),
                Optional.empty(),
                List.of(),
                List.of(port, port),
                List.of()),
            host.thresholds());

    assertThatThrownBy(() -> new EngineLab(with(site, List.of(twice), site.services().get(0))))
        .hasMessage("hosts.a: tcp.192.0.2.1:3000 (expected: each check once)");
  }

  @Test
  void stopsByWithdrawingOrByLettingGo() {
    EngineLab withdrawing = EngineLab.started(EngineLab.site(1, "a")).untilUp();
    var done = withdrawing.engine.stop(true, Duration.ofSeconds(5)).toCompletableFuture();
    withdrawing.seconds(1);
    assertThat(done.join()).isTrue();
    assertThat(withdrawing.speaker.stopped).isEqualTo("withdrawn");
    assertThat(withdrawing.node("a").isClosed()).isTrue();

    EngineLab leaving = EngineLab.started(EngineLab.site(1, "a")).untilUp();
    leaving.engine.stop(false, Duration.ofSeconds(5));
    leaving.seconds(1);
    assertThat(leaving.speaker.stopped).isEqualTo("closed");
    assertThat(leaving.announced()).isTrue();
    assertThat(leaving.time.pending()).isZero();
  }

  @Test
  void theFenceRefusesWhatIsOutsideAllowAndLetsWithdrawsPass() {
    EngineLab lab = new EngineLab(EngineLab.site(1, "a"));
    FencedSpeaker fence =
        new FencedSpeaker(
            lab.speaker,
            prefix -> prefix.equals(EngineLab.PREFIX) ? Scope.INTERNAL : Scope.FORBIDDEN);
    List<SpeakerEvent> heard = new ArrayList<>();
    fence.start(heard::add);
    lab.seconds(0.01);
    Route foreign = new Route(Prefix.parse("203.0.113.0/24"), NextHop.SELF, PathAttributes.NONE);
    Route leaking = EngineLab.upRoute(); // internal, but without NO_EXPORT
    RouteChange withdraw = new RouteChange.Withdraw(Prefix.parse("198.51.100.0/24"));
    fence.apply(
        new RibUpdate(
            Rib.of(List.of(foreign, leaking)),
            List.of(
                withdraw, new RouteChange.Announce(foreign), new RouteChange.Announce(leaking))));

    assertThat(lab.speaker.updates).containsExactly(new RibUpdate(Rib.EMPTY, List.of(withdraw)));
    assertThat(heard.stream().filter(SpeakerEvent.Rejected.class::isInstance)).hasSize(2);
  }
}
