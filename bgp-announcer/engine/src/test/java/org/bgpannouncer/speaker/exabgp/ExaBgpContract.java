package org.bgpannouncer.speaker.exabgp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.bgpannouncer.decision.ServiceState;
import org.bgpannouncer.engine.SiteConfig;
import org.bgpannouncer.probe.Outcome;
import org.bgpannouncer.probe.Reason;
import org.bgpannouncer.route.Community;
import org.bgpannouncer.route.IpAddress;
import org.bgpannouncer.route.LargeCommunity;
import org.bgpannouncer.route.NextHop;
import org.bgpannouncer.route.Nlri;
import org.bgpannouncer.route.PathAttributes;
import org.bgpannouncer.route.Prefix;
import org.bgpannouncer.route.Rib;
import org.bgpannouncer.route.Route;
import org.bgpannouncer.route.RouteChange;
import org.bgpannouncer.speaker.RibUpdate;
import org.bgpannouncer.speaker.SpeakerEvent;
import org.bgpannouncer.speaker.contract.RecordedEvents;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What a client of ExaBGP must do, each rule against a program: the real ones and the simulated
 * ones must agree.
 */
abstract class ExaBgpContract {
  private static final Prefix A = Prefix.parse("192.0.2.0/24");
  private static final Prefix B = Prefix.parse("198.51.100.0/24");
  private static final Prefix OUTSIDE = Prefix.parse("203.0.113.0/24");
  private static final PathAttributes ALL =
      new PathAttributes(
          OptionalLong.of(100),
          OptionalLong.of(200),
          List.of(65001L, 65001L),
          List.of(Community.NO_EXPORT, new Community(65001, 7)),
          List.of(),
          List.of(new LargeCommunity(4_200_000_000L, 1, 2)));

  @TempDir @Nullable Path folder;

  private final RecordedEvents events = new RecordedEvents();
  private Rib target = Rib.EMPTY;
  private @Nullable ExaBgpUnderTest exabgp;
  private @Nullable RecordingPipe pipe;
  private @Nullable ExaBgpSpeaker speaker;

  abstract ExaBgpUnderTest create(Path inFolder, boolean neighborChanges) throws IOException;

  abstract String version();

  @AfterEach
  void close() {
    if (speaker != null) {
      speaker.close();
    }
    if (exabgp != null) {
      exabgp.close();
    }
  }

  @Test
  void rule1NeverTwoUnansweredCommandsForOnePrefix() throws Exception {
    ExaBgpUnderTest other = started();
    for (int i = 0; i < 60; i++) {
      apply(announce(A, 1 + i));
      apply(withdraw(A));
      apply(withdraw(B));
      apply(announce(B, 1 + i));
    }

    awaitRoutes(other, B);
    awaitSettled(new RouteChange.Announce(route(B, 60)));
    assertThat(other.routesAtRouter()).containsExactly(B.toString());
  }

  @Test
  void rule2AnUrgentWithdrawOvertakesALoadOf5000Routes() throws Exception {
    ExaBgpUnderTest other = started();
    apply(announce(A, 1));
    awaitRoutes(other, A);
    List<Prefix> load = prefixes(5000);
    List<RouteChange> announces = new ArrayList<>();
    load.forEach(prefix -> announces.add(announce(prefix, 1)));
    apply(announces);
    apply(withdraw(A));

    // What stands before it was said before it was wished: this thread may have been late.
    int written = pipe().routeLines().size();

    events.awaitEvent("receipt of the withdraw", event -> isReceipt(event, withdraw(A)));
    String line = CommandText.withdraw(Nlri.of(A));
    assertThat(pipe().routeLines().indexOf(line))
        .as("lines of the load before the withdraw")
        .isBetween(0, written + RouteDesk.WINDOW);
    awaitRoutes(other, load.toArray(Prefix[]::new));
  }

  @Test
  void rule2NoMoreThanTheWindowsIsUnansweredHoweverLongThatTakes() throws Exception {
    ExaBgpUnderTest other = started();
    List<Prefix> load = prefixes(100);
    List<Prefix> up = load.subList(0, 50);
    other.stall();
    up.forEach(prefix -> apply(announce(prefix, 1 + up.indexOf(prefix)))); // never alike: no bulk
    events.awaitEvent(SpeakerEvent.Lost.class);
    assertThat(pipe().routeLines()).hasSize(RouteDesk.WINDOW);
    load.subList(50, 100).forEach(prefix -> apply(withdraw(prefix)));
    await("the withdraws")
        .atMost(Duration.ofSeconds(15))
        .until(() -> pipe().routeLines().size() >= RouteDesk.URGENT_WINDOW);
    assertThat(pipe().routeLines()).hasSize(RouteDesk.URGENT_WINDOW);
    other.resume();
    awaitRoutes(other, up.toArray(Prefix[]::new));
  }

  @Test
  void rule3AnswersAreReadEvenWhileTheListenerBlocks() throws Exception {
    ExaBgpUnderTest other = started();
    CountDownLatch release = new CountDownLatch(1);
    events.block(release);
    List<Prefix> load = prefixes(7);
    try {
      for (int i = 1; i <= 300; i++) {
        for (Prefix prefix : load) {
          apply(announce(prefix, i));
        }
      }
      awaitRoutes(other, load.toArray(Prefix[]::new));
    } finally {
      release.countDown();
    }
    load.forEach(prefix -> awaitSettled(announce(prefix, 300)));
  }

  @Test
  void rule4AStalledExaBgpIsNoticedAndBelievedAgainOnlyAfterTheTruthIsKnown() throws Exception {
    ExaBgpUnderTest other = started();
    other.stall();
    apply(announce(A, 1));
    events.awaitEvent(SpeakerEvent.Lost.class);
    other.resume();

    events.awaitEvent(SpeakerEvent.Synchronised.class, 2);
    assertThat(events.of(SpeakerEvent.Rejected.class)).isEmpty();
    assertThat(isAcknowledged(announce(A, 1))).isTrue();
    awaitRoutes(other, A);
  }

  @Test
  void rule4ACommandWithoutAnswerIsRejectedAndNoOtherIsTakenForIt() throws Exception {
    ExaBgpUnderTest other = started();
    // 4.2 says nothing to this; 5.x says error.
    pipe()
        .change(
            line ->
                line.contains(A.toString())
                    ? line.replace("192.0.2.0/24", "192.0.2.999/32")
                    : line);
    apply(announce(A, 1));
    events.awaitEvent(SpeakerEvent.Rejected.class);
    pipe().change(line -> line);
    assertThat(events.of(SpeakerEvent.Rejected.class).get(0).change()).isEqualTo(announce(A, 1));

    apply(announce(B, 1));
    awaitSettled(announce(B, 1));
    awaitRoutes(other, B);
    assertThat(isAcknowledged(announce(A, 1))).isFalse();
  }

  @Test
  void rule5WhileTheSessionIsDownWithdrawsAreSaidAndAnnouncesHeld() throws Exception {
    ExaBgpUnderTest other = create(inFolder(), true);
    exabgp = other;
    other.startExaBgp();
    start(other);
    events.awaitEvent(SpeakerEvent.Synchronised.class);
    apply(announce(A, 1));
    apply(withdraw(B));

    awaitSettled(withdraw(B));
    assertThat(pipe().routeLines()).containsExactly("withdraw route " + B);
    other.startRouter();
    awaitRoutes(other, A);
  }

  @Test
  void rule6TheWholeWishIsSaidAgainWhenTheSessionComesUp() throws Exception {
    ExaBgpUnderTest other = started();
    apply(announce(A, 1));
    awaitRoutes(other, A);
    other.stopRouter();
    events.awaitEvent(SpeakerEvent.SessionDown.class);
    apply(announce(A, 2));
    apply(withdraw(A));
    apply(announce(B, 3));
    awaitSettled(withdraw(A));
    int said = pipe().routeLines().size();
    other.startRouter();

    events.awaitEvent(SpeakerEvent.SessionUp.class, 2);
    awaitRoutes(other, B);
    await().atMost(Duration.ofSeconds(5)).until(() -> pipe().routeLines().size() >= said + 2);
    assertThat(pipe().routeLines().subList(said, said + 2))
        .containsExactly("withdraw route " + A, "announce route " + B + " next-hop self med 3");
  }

  @Test
  void rule7AfterARespawnTheRoutesHeldAreReadAndThePredecessorsAnswersAreNotBelieved()
      throws Exception {
    ExaBgpUnderTest other = started();
    Route full = new Route(A, NextHop.SELF, ALL);
    Route elsewhere = new Route(B, NextHop.of(IpAddress.parse("203.0.113.9")), PathAttributes.NONE);
    apply(List.of(new RouteChange.Announce(full), new RouteChange.Announce(elsewhere)));
    awaitRoutes(other, A, B);
    speaker().close();
    other.killChild();

    start(other);
    SpeakerEvent.Synchronised truth = events.awaitEvent(SpeakerEvent.Synchronised.class, 2);
    assertThat(truth.held()).isEqualTo(Rib.of(List.of(full, elsewhere)));
    events.awaitEvent(SpeakerEvent.SessionUp.class, 2);
    assertThat(other.routesAtRouter()).hasSize(2);
  }

  @Test
  void rule7AfterAKillWhatIsNotOursIsWithdrawnAndWhatMayBeHealthyIsNotTouched() throws Exception {
    ExaBgpUnderTest other = leftByTheDead();
    try (ToldSite site = startSite(other, SiteConfig.DEFAULT_ADOPT_FOR)) {
      awaitRoutes(other, A);
      site.observe(Outcome.OK, Reason.PASSED);
      site.awaitState(ServiceState.UP);
      assertThat(pipe().routeLines())
          .containsExactlyInAnyOrder("withdraw route " + B, "withdraw route " + OUTSIDE);

      site.observe(Outcome.HARD, Reason.PROVEN_DEAD);
      awaitRoutes(other);
    }
  }

  @Test
  void rule7AfterAKillWhatIsNotKnownToBeHealthyInTimeIsWithdrawn() throws Exception {
    ExaBgpUnderTest other = leftByTheDead();
    try (ToldSite site = startSite(other, Duration.ofMillis(500))) {
      awaitRoutes(other);
      site.awaitState(ServiceState.INIT);
    }
  }

  /** A route of a service, one of none and one that is not allowed; who said them is killed. */
  private ExaBgpUnderTest leftByTheDead() throws IOException {
    ExaBgpUnderTest other = started();
    apply(List.of(announce(A, 100), announce(B, 100), announce(OUTSIDE, 100)));
    awaitRoutes(other, A, B, OUTSIDE);
    speaker().close();
    other.killChild();
    assertThat(other.routesAtRouter()).hasSize(3);
    return other;
  }

  private ToldSite startSite(ExaBgpUnderTest other, Duration adoptFor) throws IOException {
    return new ToldSite(connect(other), A, List.of(A, B), adoptFor);
  }

  @Test
  void rule9TheEndOfExaBgpIsHeard() throws Exception {
    ExaBgpUnderTest other = started();
    other.kill();
    assertThat(events.awaitEvent(SpeakerEvent.Ended.class).reason()).isEqualTo("ExaBGP has ended");
  }

  @Test
  void rule9TheShutdownOfExaBgpIsHeard() throws Exception {
    ExaBgpUnderTest other = started();
    other.terminate();
    assertThat(events.awaitEvent(SpeakerEvent.Ended.class).reason()).isEqualTo("ExaBGP shuts down");
  }

  @Test
  void rule10EveryAttributeIsAcceptedAndAscii() throws Exception {
    ExaBgpUnderTest other = started();
    RouteChange all = new RouteChange.Announce(new Route(A, NextHop.SELF, ALL));
    Prefix six = Prefix.parse("2001:db8::/32");
    RouteChange ipv6 =
        new RouteChange.Announce(
            new Route(six, NextHop.of(IpAddress.parse("2001:db8::1")), PathAttributes.NONE));
    apply(List.of(all, ipv6));

    awaitSettled(all);
    awaitSettled(ipv6);
    awaitRoutes(other, A, six);
    assertThat(String.join("", pipe().lines())).matches("[ -~]+");
  }

  @Test
  void ipv6WithNextHopSelfOverAnIpv4SessionIsRefusedAndNotWritten() throws Exception {
    started();
    Prefix six = Prefix.parse("2001:db8::/32");
    apply(new RouteChange.Announce(new Route(six, NextHop.SELF, PathAttributes.NONE)));

    assertThat(events.awaitEvent(SpeakerEvent.Rejected.class).reason())
        .isEqualTo(
            "next-hop: self (expected: an IPv6 address, because the session with 127.0.0.1 runs"
                + " over IPv4)");
    assertThat(pipe().routeLines()).isEmpty();
  }

  @Test
  void rule11ManyEqualRoutesAreSaidInBulk() throws Exception {
    ExaBgpUnderTest other = started();
    List<Prefix> load = prefixes(1000);
    List<RouteChange> announces = new ArrayList<>();
    load.forEach(prefix -> announces.add(announce(prefix, 1)));
    apply(announces);
    awaitRoutes(other, load.toArray(Prefix[]::new));
    // 20 lines of 48, one of 40.
    assertThat(pipe().routeLines()).hasSize(21);

    assertThat(
            speaker()
                .withdrawAll(Duration.ofSeconds(5))
                .toCompletableFuture()
                .get(10, TimeUnit.SECONDS))
        .isTrue();
    awaitRoutes(other);
  }

  @Test
  void rule11OneBulkLineIsUnansweredAtATimeHoweverLongThatTakes() throws Exception {
    ExaBgpUnderTest other = started();
    other.stall();
    List<Prefix> load = prefixes(1000);
    apply(load.stream().map(prefix -> announce(prefix, 1)).toList());
    events.awaitEvent(SpeakerEvent.Lost.class);
    assertThat(pipe().routeLines()).hasSize(1);
    other.resume();
    awaitRoutes(other, load.toArray(Prefix[]::new));
  }

  @Test
  void aFullPipeHoldsNobodyUpAndTheTruthIsAskedForWhenItEmpties() throws Exception {
    ExaBgpUnderTest other = started();
    apply(announce(A, 1));
    awaitRoutes(other, A);
    other.stall();
    fill(other);
    apply(withdraw(A)); // exabgp-writer blocks now; whoever wishes must not
    apply(announce(B, 1));
    events.awaitEvent(SpeakerEvent.Lost.class);
    assertThat(isAcknowledged(withdraw(A))).isFalse();
    other.resume();

    events.awaitEvent(SpeakerEvent.Synchronised.class, 2);
    apply(List.of(withdraw(A), announce(B, 1))); // what the reconciler would do
    awaitRoutes(other, B);
  }

  /** What a pipe takes at most (pipe(7)), in lines that 4.2 and 5 answer with errors. */
  private static void fill(ExaBgpUnderTest exabgp) throws IOException {
    byte[] line = ("#".repeat(1023) + "\n").getBytes(StandardCharsets.US_ASCII);
    try (OutputStream commands = exabgp.commands()) {
      for (int i = 0; i < 64; i++) {
        commands.write(line);
      }
    }
  }

  @Test
  void rule12TheVersionIsKnownAndWithoutNeighborChangesTheStateIsPolled() throws Exception {
    ExaBgpUnderTest other = create(inFolder(), false);
    exabgp = other;
    other.startRouter();
    other.startExaBgp();
    start(other);

    assertThat(events.awaitEvent(SpeakerEvent.Synchronised.class).version()).startsWith(version());
    assertThat(events.awaitEvent(SpeakerEvent.Notice.class).text())
        .startsWith("neighbor-changes is missing in the api section of neighbor 127.0.0.1");
    events.awaitEvent(SpeakerEvent.SessionUp.class);
    other.stopRouter();
    events.awaitEvent(SpeakerEvent.SessionDown.class);
  }

  @Test
  void rule12WithNeighborChangesNothingIsMissing() throws Exception {
    started();
    assertThat(events.awaitEvent(SpeakerEvent.Notice.class).text()).isEmpty();
  }

  // ---- words of these tests ----

  private ExaBgpUnderTest started() throws IOException {
    ExaBgpUnderTest other = create(inFolder(), true);
    exabgp = other;
    other.startRouter();
    other.startExaBgp();
    start(other);
    events.awaitEvent(SpeakerEvent.Synchronised.class);
    events.awaitEvent(SpeakerEvent.SessionUp.class);
    return other;
  }

  private void start(ExaBgpUnderTest other) throws IOException {
    connect(other).start(events);
  }

  private ExaBgpSpeaker connect(ExaBgpUnderTest other) throws IOException {
    RecordingPipe recording = new RecordingPipe(other.openPipe());
    ExaBgpSpeaker next = new ExaBgpSpeaker(recording, Set.of(Nlri.of(A), Nlri.of(B)));
    pipe = recording;
    speaker = next;
    return next;
  }

  private Path inFolder() {
    return Optional.ofNullable(folder).orElseThrow();
  }

  private RecordingPipe pipe() {
    return Optional.ofNullable(pipe).orElseThrow();
  }

  private ExaBgpSpeaker speaker() {
    return Optional.ofNullable(speaker).orElseThrow();
  }

  private void apply(RouteChange change) {
    apply(List.of(change));
  }

  private void apply(List<RouteChange> changes) {
    List<Route> routes = new ArrayList<>(target.routes().values());
    Set<Prefix> changed =
        changes.stream().map(RouteChange::prefix).collect(Collectors.toCollection(HashSet::new));
    routes.removeIf(route -> changed.contains(route.prefix()));
    for (RouteChange change : changes) {
      if (change instanceof RouteChange.Announce announce) {
        routes.add(announce.route());
      }
    }
    target = Rib.of(routes);
    speaker().apply(new RibUpdate(target, changes));
  }

  private boolean isAcknowledged(RouteChange change) {
    return events.all().contains(new SpeakerEvent.Acknowledged(change));
  }

  private void awaitSettled(RouteChange change) {
    events.awaitEvent("receipt of " + change, event -> isReceipt(event, change));
  }

  private static boolean isReceipt(SpeakerEvent event, RouteChange change) {
    return event.equals(new SpeakerEvent.Acknowledged(change));
  }

  private static void awaitRoutes(ExaBgpUnderTest exabgp, Prefix... prefixes) {
    Set<String> wanted =
        Set.of(prefixes).stream().map(Prefix::toString).collect(Collectors.toSet());
    await("routes at the router")
        .atMost(Duration.ofSeconds(15))
        .pollInterval(Duration.ofMillis(20))
        .untilAsserted(() -> assertThat(exabgp.routesAtRouter()).hasSameElementsAs(wanted));
  }

  private static Route route(Prefix prefix, long med) {
    return new Route(prefix, NextHop.SELF, PathAttributes.NONE.withMed(med));
  }

  private static RouteChange announce(Prefix prefix, long med) {
    return new RouteChange.Announce(route(prefix, med));
  }

  private static RouteChange withdraw(Prefix prefix) {
    return new RouteChange.Withdraw(prefix);
  }

  private static List<Prefix> prefixes(int count) {
    return IntStream.range(0, count)
        .mapToObj(i -> Prefix.parse("10." + i / 256 + "." + i % 256 + ".0/24"))
        .toList();
  }
}
