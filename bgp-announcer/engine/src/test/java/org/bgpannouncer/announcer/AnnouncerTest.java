package org.bgpannouncer.announcer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.bgpannouncer.announcement.ServiceConfig;
import org.bgpannouncer.announcement.ServiceConfig.NextHopChoice;
import org.bgpannouncer.decision.ServiceState;
import org.bgpannouncer.engine.AllowRule;
import org.bgpannouncer.engine.HostConfig;
import org.bgpannouncer.engine.ReloadResult;
import org.bgpannouncer.engine.SiteConfig;
import org.bgpannouncer.health.HealthThresholds;
import org.bgpannouncer.observe.AnnouncerEvent;
import org.bgpannouncer.observe.StatusSnapshot;
import org.bgpannouncer.observe.StatusSnapshot.RoutePhase;
import org.bgpannouncer.observe.StatusSnapshot.ServiceStatus;
import org.bgpannouncer.observe.StatusSnapshot.SpeakerPhase;
import org.bgpannouncer.probe.Aspect;
import org.bgpannouncer.probe.HostTarget;
import org.bgpannouncer.probe.bitcoin.BitcoinNetwork;
import org.bgpannouncer.probe.bitcoin.p2p.P2pConfig;
import org.bgpannouncer.route.IpAddress;
import org.bgpannouncer.route.PathAttributes;
import org.bgpannouncer.route.Prefix;
import org.bgpannouncer.speaker.SpeakerEvent;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The façade on its real threads, between scripted probes and a scripted speaker. */
@Timeout(60)
class AnnouncerTest {
  private static final Prefix PREFIX = Prefix.parse("192.0.2.0/24");
  private static final Duration DEADLINE = Duration.ofSeconds(10);

  private final ScriptedProbes probes = new ScriptedProbes();
  private final ScriptedSpeaker speaker = new ScriptedSpeaker();
  private final List<AnnouncerEvent> events = new CopyOnWriteArrayList<>();
  private final Announcer announcer =
      Announcer.builder(site("a")).probes(probes).speaker(speaker).listener(events::add).build();

  @AfterEach
  void end() {
    announcer.close();
  }

  /** A site of these hosts that announces after one pass. */
  private static SiteConfig site(String... hosts) {
    return site(Arrays.asList(hosts), Arrays.asList(hosts));
  }

  private static SiteConfig site(List<String> hosts, List<String> named) {
    HealthThresholds quick =
        new HealthThresholds(1, 1, Duration.ZERO, Duration.ofMinutes(2), Duration.ofMinutes(15));
    InetSocketAddress socket = new InetSocketAddress(InetAddress.getLoopbackAddress(), 8333);
    List<HostConfig> configs =
        hosts.stream()
            .map(
                name ->
                    new HostConfig(
                        name,
                        IpAddress.parse("198.51.100.11"),
                        Optional.empty(),
                        new HostTarget(
                            name,
                            Optional.of(P2pConfig.of(socket, BitcoinNetwork.REGTEST)),
                            Optional.empty(),
                            List.of(),
                            List.of(),
                            List.of()),
                        quick))
            .toList();
    ServiceConfig service =
        new ServiceConfig(
            "bitcoin",
            Optional.empty(),
            Optional.empty(),
            List.of(PREFIX),
            new NextHopChoice.Self(),
            1,
            named,
            EnumSet.of(Aspect.P2P),
            PathAttributes.NONE);
    return new SiteConfig(
        "GVA",
        64496,
        List.of(AllowRule.exact(PREFIX)),
        List.of(),
        configs,
        List.of(service),
        SiteConfig.DEFAULT_ADOPT_FOR,
        false);
  }

  private boolean announced() {
    return speaker.advertised().route(PREFIX).isPresent();
  }

  private void startedAndUp() {
    announcer.start();
    await().atMost(DEADLINE).until(this::announced);
  }

  private static <T> T answer(CompletionStage<T> stage) throws Exception {
    return stage.toCompletableFuture().get(DEADLINE.toSeconds(), TimeUnit.SECONDS);
  }

  private void hasEnded(Thread thread) {
    await().atMost(DEADLINE).until(() -> !thread.isAlive());
  }

  @Test
  void announcesWhatLivesWithdrawsAtAProofAndAnnouncesAgain() {
    startedAndUp();
    probes.of("a").diesProven();
    await().atMost(DEADLINE).until(() -> !announced());
    probes.of("a").passes();
    await().atMost(DEADLINE).until(this::announced);

    await()
        .atMost(DEADLINE)
        .untilAsserted(
            () ->
                assertThat(events)
                    .filteredOn(AnnouncerEvent.ServiceTransition.class::isInstance)
                    .extracting(event -> ((AnnouncerEvent.ServiceTransition) event).to())
                    .containsExactly(ServiceState.UP, ServiceState.DOWN, ServiceState.UP));
  }

  @Test
  void statusExplainsWhatIsAnnouncedAndWhatIsNot() {
    startedAndUp();
    StatusSnapshot up = announcer.status();
    assertThat(up.speaker().phase()).isEqualTo(SpeakerPhase.SYNCHRONISED);
    assertThat(up.speaker().version()).isEqualTo("scripted 1.0");
    assertThat(up.services().get(0).state()).isEqualTo(ServiceState.UP);
    await()
        .atMost(DEADLINE)
        .untilAsserted(
            () ->
                assertThat(announcer.status().routes())
                    .extracting(StatusSnapshot.RouteStatus::phase)
                    .containsExactly(RoutePhase.SETTLED));

    probes.of("a").diesProven();
    await().atMost(DEADLINE).until(() -> !announced());

    ServiceStatus down = announcer.status().services().get(0);
    assertThat(down.state()).isEqualTo(ServiceState.DOWN);
    assertThat(down.reason()).isEqualTo("0 of 1 hosts fit, 1 needed; a: p2p.held PROVEN_DEAD");
  }

  @Test
  void statusOfAnEngineThatHangsIsTheLastOneAndSaysSo() {
    startedAndUp();
    StatusSnapshot before = announcer.status();
    CountDownLatch gate = new CountDownLatch(1);
    speaker.blockAt(gate);
    probes.of("a").diesProven();
    await().atMost(DEADLINE).until(() -> !announcer.busy().isZero());

    StatusSnapshot hanging = announcer.status();

    assertThat(hanging.engine().unresponsive()).isPositive();
    assertThat(hanging.services()).isEqualTo(before.services());
    gate.countDown();
    await().atMost(DEADLINE).until(() -> !announced());
    assertThat(announcer.status().engine().unresponsive()).isZero();
  }

  @Test
  void aBrokenReloadIsRefusedWhole() throws Exception {
    startedAndUp();

    ReloadResult result =
        answer(announcer.reload(site(List.of("b"), List.of("a")))); // names a host it lacks

    assertThat(result.problems())
        .containsExactly("services.bitcoin.healthy.of: a (expected: one of the hosts)");
    assertThat(probes.made).containsExactly("a");
    assertThat(probes.of("a").closed).isFalse();
    assertThat(announced()).isTrue();
  }

  @Test
  void aReloadStartsWhatIsNewEndsWhatIsGoneAndLeavesTheRest() throws Exception {
    startedAndUp();
    SiteConfig next = site("a", "b");
    assertThat(answer(announcer.preview(next)).hostsAdded()).containsExactly("b");
    assertThat(probes.made).as("a preview makes nothing").containsExactly("a");

    ReloadResult grown = answer(announcer.reload(next));
    assertThat(grown)
        .isEqualTo(new ReloadResult(List.of(), List.of("b"), List.of(), List.of(), List.of()));
    await()
        .atMost(DEADLINE)
        .until(() -> announcer.status().services().get(0).fitHosts().equals(List.of("a", "b")));
    assertThat(probes.made).containsExactly("a", "b");

    ReloadResult shrunk = answer(announcer.reload(site("b")));
    assertThat(shrunk)
        .isEqualTo(new ReloadResult(List.of(), List.of(), List.of("a"), List.of(), List.of()));
    assertThat(probes.of("a").closed).isTrue();
    assertThat(announced()).isTrue();
  }

  @Test
  void stopByWithdrawingLeavesNoRouteNoProbeAndNoThread() throws Exception {
    startedAndUp();
    Thread loop = probes.of("a").startedOn();

    assertThat(answer(announcer.stop(StopMode.WITHDRAW, Duration.ofSeconds(5)))).isTrue();

    assertThat(announced()).isFalse();
    assertThat(probes.of("a").closed).isTrue();
    assertThat(speaker.closes()).isEqualTo(1);
    hasEnded(loop);
  }

  @Test
  void stopByHandoverLeavesTheRoutesAndTheFirstStopDecides() throws Exception {
    startedAndUp();
    Thread loop = probes.of("a").startedOn();

    assertThat(answer(announcer.stop(StopMode.HANDOVER, Duration.ofSeconds(5)))).isTrue();
    assertThat(answer(announcer.stop(StopMode.WITHDRAW, Duration.ofSeconds(5)))).isTrue();

    assertThat(announced()).isTrue();
    assertThat(speaker.withdrawals()).isZero();
    assertThat(speaker.closes()).isEqualTo(1);
    assertThat(probes.of("a").closed).isTrue();
    hasEnded(loop);
  }

  @Test
  void aProbeThatFailsToCloseDoesNotKeepTheRoutes() throws Exception {
    startedAndUp();
    probes.failOnClose = true;

    assertThat(answer(announcer.stop(StopMode.WITHDRAW, Duration.ofSeconds(5)))).isTrue();

    assertThat(announced()).isFalse();
  }

  @Test
  void whatIsObservedAfterAStopChangesNothing() throws Exception {
    startedAndUp();
    answer(announcer.stop(StopMode.HANDOVER, Duration.ofSeconds(5)));

    probes.of("a").diesProven();
    speaker.tell(new SpeakerEvent.SessionDown("192.0.2.1", "late"));

    assertThat(announced()).isTrue();
  }

  @Test
  void closeWithdrawsOnceHoweverOftenItIsCalled() {
    startedAndUp();

    announcer.close();
    announcer.close();

    assertThat(announced()).isFalse();
    assertThat(speaker.withdrawals()).isEqualTo(1);
    assertThat(speaker.closes()).isEqualTo(1);
  }

  @Test
  void closeBeforeStartLetsGoOfTheSpeaker() {
    announcer.close();

    assertThat(speaker.closes()).isEqualTo(1);
    assertThatThrownBy(announcer::start)
        .hasMessage("started: true (expected: start once)")
        .isInstanceOf(IllegalStateException.class);
  }

  @Test
  void tellsWhyTheSpeakerEnded() throws Exception {
    startedAndUp();
    assertThat(announcer.speakerEnded().toCompletableFuture()).isNotDone();

    SpeakerEvent.Ended ended =
        new SpeakerEvent.Ended(SpeakerEvent.Ended.Cause.OTHER_SIDE_GONE, "end of the pipe");
    speaker.tell(ended);

    assertThat(answer(announcer.speakerEnded())).isEqualTo(ended);
    await()
        .atMost(DEADLINE)
        .untilAsserted(
            () -> assertThat(announcer.status().speaker().phase()).isEqualTo(SpeakerPhase.ENDED));
  }

  @Test
  void startsOnceAndHasNoStatusBefore() {
    assertThatThrownBy(announcer::status).hasMessage("started: false (expected: start first)");
    announcer.start();

    assertThatThrownBy(announcer::start).hasMessage("started: true (expected: start once)");
  }
}
