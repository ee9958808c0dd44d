package org.bgpannouncer.speaker.contract;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.bgpannouncer.bgp.AddressFamily;
import org.bgpannouncer.bgp.session.SessionCapabilities;
import org.bgpannouncer.bgp.session.SessionConfig;
import org.bgpannouncer.route.Community;
import org.bgpannouncer.route.ExtendedCommunity;
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
import org.bgpannouncer.speaker.Speaker;
import org.bgpannouncer.speaker.SpeakerEvent;
import org.bgpannouncer.testkit.bgp.PeerFault;
import org.bgpannouncer.testkit.bgp.SimulatedPeer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * What {@link Speaker} promises, each sentence against what a router hears. Every speaker passes
 * it; how one is set up is a {@link Bench}.
 */
@Timeout(120)
public abstract class SpeakerContract {
  /** The AS that speakers under test speak for; the router is another's (eBGP). */
  protected static final long LOCAL_AS = 65001;

  private static final Duration SOON = Duration.ofSeconds(20);
  private static final Prefix A = Prefix.parse("192.0.2.0/24");
  private static final Prefix B = Prefix.parse("198.51.100.0/24");
  private static final Prefix SIX = Prefix.parse("2001:db8:13::/48");
  private static final PathAttributes ALL =
      new PathAttributes(
          OptionalLong.of(100),
          OptionalLong.of(200),
          List.of(LOCAL_AS, LOCAL_AS),
          List.of(Community.NO_EXPORT, new Community(65001, 7)),
          List.of(),
          List.of(new LargeCommunity(4_200_000_000L, 1, 2)));

  /** A speaker, what it speaks through, and a router that hears it. */
  protected interface Bench extends AutoCloseable {
    /** A speaker that is not started; the one before is closed. */
    Speaker open(Set<Prefix> owned) throws IOException;

    /** The router of another AS at the other end of the only session. */
    SimulatedPeer router();

    /**
     * What the speaker speaks through dies, its sessions too, and is started anew; false where it
     * speaks by itself.
     */
    boolean restartOtherSide() throws IOException;

    /** A route that this speaker must not send. */
    Route refused();

    /**
     * Whether it can tell of several paths to a prefix; if not, it rejects all but the only one.
     */
    default boolean tellsPaths() {
      return true;
    }

    /** Whether the routes can outlive a speaker that was closed. */
    default boolean outlivesTheSpeaker() {
      return true;
    }

    @Override
    void close();
  }

  @TempDir @Nullable Path folder;

  private RecordedEvents events = new RecordedEvents();
  private Rib target = Rib.EMPTY;
  private @Nullable Bench bench;
  private @Nullable Speaker speaker;

  /**
   * Sets up what the speaker speaks through, with files in {@code inFolder}, and the router.
   *
   * @param tellsPaths whether speaker and router tell several paths to a prefix apart (RFC 7911),
   *     as far as the speaker can
   */
  protected abstract Bench create(Path inFolder, boolean tellsPaths) throws IOException;

  /** A router that takes several paths to a prefix, or one as any other does. */
  protected static SimulatedPeer router(boolean tellsPaths) {
    Set<AddressFamily> families =
        tellsPaths ? Set.of(AddressFamily.IPV4_UNICAST, AddressFamily.IPV6_UNICAST) : Set.of();
    return SimulatedPeer.start(
        SessionConfig.of(SimulatedPeer.DEFAULT_AS, SimulatedPeer.DEFAULT_ROUTER_ID)
            .with(SessionCapabilities.NONE.withAddPath(Set.of(), families)));
  }

  @AfterEach
  void close() {
    if (speaker != null) {
      speaker.close();
    }
    if (bench != null) {
      bench.close();
    }
  }

  @Test
  void theTruthIsTheFirstEventAndIsThatNothingIsHeld() throws IOException {
    started();
    List<SpeakerEvent> all =
        events.all().stream().filter(event -> !(event instanceof SpeakerEvent.Lost)).toList();
    assertThat(all.get(0)).isInstanceOf(SpeakerEvent.Synchronised.class);
    SpeakerEvent.Synchronised truth = (SpeakerEvent.Synchronised) all.get(0);
    assertThat(truth.held()).isEqualTo(Rib.EMPTY);
    assertThat(truth.version()).isNotEmpty();
  }

  @Test
  void anAnnounceIsAcknowledgedAndAtTheRouterWithEveryAttribute() throws IOException {
    started();
    RouteChange full = new RouteChange.Announce(new Route(A, NextHop.SELF, ALL));
    RouteChange elsewhere = announceAt(B, "203.0.113.9");
    RouteChange six = announceAt(SIX, "2001:db8::1");
    apply(full, elsewhere, six);
    awaitAcknowledged(full, elsewhere, six);

    PathAttributes heard = heard(A).attributes();
    assertThat(heard.med()).hasValue(100);
    assertThat(heard.asPath()).containsExactly(LOCAL_AS, LOCAL_AS, LOCAL_AS);
    assertThat(heard.communities()).isEqualTo(ALL.communities());
    assertThat(heard.largeCommunities()).isEqualTo(ALL.largeCommunities());
    assertThat(heard.localPreference()).as("eBGP (RFC 4271 section 5.1.5)").isEmpty();
    assertThat(heard(B).nextHop()).hasToString("203.0.113.9");
    assertThat(heard(B).attributes().asPath()).containsExactly(LOCAL_AS);
    assertThat(heard(SIX).nextHop()).hasToString("2001:db8::1");
  }

  @Test
  void extendedCommunitiesArriveAsTheyWereWished() throws IOException {
    started();
    List<ExtendedCommunity> wished =
        List.of(
            ExtendedCommunity.parse("rt:65001:7"),
            ExtendedCommunity.parse("ro:192.0.2.1:8"),
            ExtendedCommunity.parse("0x0300000000000001"));
    PathAttributes attributes = PathAttributes.NONE.withCommunities(List.of(), wished, List.of());
    RouteChange route = new RouteChange.Announce(new Route(A, NextHop.SELF, attributes));
    apply(route);
    awaitAcknowledged(route);
    assertThat(heard(A).attributes().extendedCommunities())
        .containsExactlyInAnyOrderElementsOf(wished);
  }

  @Test
  void aChangeOfAttributesReplacesTheRoute() throws IOException {
    started();
    apply(announce(A, 100));
    awaitMed(A, 100);
    apply(announce(A, 200));
    awaitAcknowledged(announce(A, 200));
    awaitMed(A, 200);
    RouteChange bare = new RouteChange.Announce(new Route(A, NextHop.SELF, PathAttributes.NONE));
    apply(bare);
    awaitAcknowledged(bare);
    await().atMost(SOON).until(() -> heard(A).attributes().med().isEmpty());
    assertThat(router().changes()).noneMatch(change -> isWithdraw(change.change(), A));
  }

  @Test
  void aWithdrawIsAcknowledgedAndGoneAtTheRouter() throws IOException {
    started();
    apply(announce(A, 1), announce(B, 1));
    awaitRoutes(A, B);
    apply(withdraw(A));
    awaitAcknowledged(withdraw(A));
    router().awaitWithdrawn(A, SOON);
    awaitRoutes(B);
    apply(withdraw(B));
    awaitAcknowledged(withdraw(B));
    router().awaitWithdrawn(B, SOON);
  }

  @Test
  void aWithdrawOfWhatIsNotThereIsAcknowledged() throws IOException {
    started();
    apply(withdraw(A));
    awaitAcknowledged(withdraw(A));
  }

  @Test
  void withdrawsGoBeforeAnnounces() throws IOException {
    started();
    apply(announce(B, 1));
    awaitRoutes(B);
    apply(announce(A, 1), withdraw(B));
    awaitRoutes(A);
    List<RouteChange> heard =
        router().changes().stream()
            .map(change -> change.change())
            .filter(change -> isWithdraw(change, B) || change.prefix().equals(A))
            .toList();
    assertThat(heard).hasSize(2).first().isEqualTo(withdraw(B));
  }

  @Test
  void theNewestWishWins() throws IOException {
    started();
    for (int i = 1; i <= 60; i++) {
      apply(announce(A, i));
      apply(withdraw(A));
      apply(withdraw(B));
      apply(announce(B, i));
    }
    awaitAcknowledged(withdraw(A), announce(B, 60));
    awaitRoutes(B);
    awaitMed(B, 60);
  }

  @Test
  void aSessionThatReturnsHearsTheWholeWishAndNothingElse() throws IOException {
    started();
    apply(announce(A, 1));
    awaitRoutes(A);
    router().inject(new PeerFault.Refuse());
    events.awaitEvent(SpeakerEvent.SessionDown.class);
    apply(withdraw(A));
    awaitAcknowledged(withdraw(A));
    apply(announce(B, 2));
    router().heal();

    events.awaitEvent(SpeakerEvent.SessionUp.class, 2);
    awaitRoutes(B);
    awaitAcknowledged(announce(B, 2));
    awaitMed(B, 2);
  }

  @Test
  void afterARestartOfTheOtherSideTheTruthIsKnownBeforeAnythingIsBelieved() throws Exception {
    started();
    apply(announce(A, 1), announce(B, 1));
    awaitRoutes(A, B);
    RecordedEvents before = events;
    if (!bench().restartOtherSide()) {
      return;
    }
    await("the end, or the loss, of the other side")
        .atMost(SOON)
        .until(
            () ->
                before.all().stream()
                    .anyMatch(
                        event ->
                            event instanceof SpeakerEvent.Ended
                                || event instanceof SpeakerEvent.Lost));
    boolean ended = !before.of(SpeakerEvent.Ended.class).isEmpty();
    if (ended) {
      open();
    }
    SpeakerEvent.Synchronised truth =
        events.awaitEvent(SpeakerEvent.Synchronised.class, ended ? 1 : 2);
    // What the reconciler would do: B is wished no more, and A whether it is held or not.
    apply(withdraw(B));
    if (!truth.held().route(A).equals(target.route(A))) {
      apply(announce(A, 1));
    }
    awaitAcknowledged(withdraw(B));
    awaitRoutes(A);
  }

  @Test
  void withdrawAllTakesEverythingDownAndThenNothingIsAccepted() throws Exception {
    started();
    apply(announce(A, 1), announce(B, 2), announceAt(SIX, "2001:db8::1"));
    awaitRoutes(A, B, SIX);
    assertThat(speaker().withdrawAll(SOON).toCompletableFuture().get(30, TimeUnit.SECONDS))
        .isTrue();
    awaitRoutes();
    apply(announce(A, 3));
    speaker().close();
    assertThat(router().adjRibIn()).isEqualTo(Rib.EMPTY);
    assertThat(events.all()).doesNotContain(new SpeakerEvent.Acknowledged(announce(A, 3)));
  }

  @Test
  void aClosedSpeakerLeavesTheRoutesAndTheNextFindsThem() throws IOException {
    started();
    if (!bench().outlivesTheSpeaker()) {
      return;
    }
    Route full = new Route(A, NextHop.SELF, ALL);
    Route elsewhere = ((RouteChange.Announce) announceAt(B, "203.0.113.9")).route();
    apply(new RouteChange.Announce(full), new RouteChange.Announce(elsewhere));
    awaitRoutes(A, B);
    speaker().close();
    speaker().close();
    open();

    SpeakerEvent.Synchronised truth = events.awaitEvent(SpeakerEvent.Synchronised.class);
    assertThat(truth.held()).isEqualTo(Rib.of(List.of(full, elsewhere)));
    assertThat(truth.inexact()).isEmpty();
    assertThat(router().changes()).noneMatch(change -> isWithdraw(change.change(), A));
    awaitRoutes(A, B);
  }

  @Test
  void aRouteThatMustNotBeSentIsRejectedWithAReasonAndTheOthersAreSent() throws IOException {
    started();
    RouteChange bad = new RouteChange.Announce(bench().refused());
    apply(bad, announce(B, 1));
    awaitAcknowledged(announce(B, 1));
    SpeakerEvent.Rejected rejected = events.awaitEvent(SpeakerEvent.Rejected.class);
    assertThat(rejected.change()).isEqualTo(bad);
    assertThat(rejected.reason()).contains("expected");
    awaitRoutes(B);
  }

  @Test
  void eachPathToAPrefixComesChangesAndGoesByItself() throws IOException {
    started(true);
    if (!bench().tellsPaths()) {
      return;
    }
    for (Prefix prefix : List.of(A, SIX)) {
      RouteChange first = path(prefix, 0xc000_020bL, 1);
      RouteChange second = path(prefix, 7, 1);
      RouteChange third = path(prefix, 0, 1);
      apply(first, second, third);
      awaitAcknowledged(first, second, third);
      awaitPaths(prefix, first, second, third);

      apply(new RouteChange.Withdraw(first.nlri()));
      awaitAcknowledged(new RouteChange.Withdraw(first.nlri()));
      awaitPaths(prefix, second, third);
      RouteChange dearer = path(prefix, 7, 2);
      apply(dearer);
      awaitAcknowledged(dearer);
      awaitPaths(prefix, dearer, third);
      assertThat(router().changes())
          .filteredOn(heard -> heard.change().nlri().equals(third.nlri()))
          .as("the path of which nothing was said")
          .hasSize(1);

      apply(new RouteChange.Withdraw(second.nlri()), new RouteChange.Withdraw(third.nlri()));
      awaitAcknowledged(new RouteChange.Withdraw(third.nlri()));
      awaitPaths(prefix);
    }
  }

  @Test
  void thePathsOfAClosedSpeakerAreFoundAsTheyAre() throws IOException {
    started(true);
    if (!bench().tellsPaths() || !bench().outlivesTheSpeaker()) {
      return;
    }
    RouteChange first = path(A, 0xc000_020bL, 1);
    RouteChange second = path(A, 7, 1);
    apply(first, second);
    awaitPaths(A, first, second);
    speaker().close();
    open();
    SpeakerEvent.Synchronised truth = events.awaitEvent(SpeakerEvent.Synchronised.class);
    assertThat(truth.held()).isEqualTo(target);
    assertThat(truth.inexact()).isEmpty();
    apply(new RouteChange.Withdraw(first.nlri()), new RouteChange.Withdraw(second.nlri()));
    awaitPaths(A);
  }

  @Test
  void aPathThatCannotBeToldApartIsRejectedOrStandsBehindAnother() throws IOException {
    started();
    RouteChange first = path(A, 1, 1);
    RouteChange second = path(A, 2, 1);
    apply(first, second, announce(B, 1));
    awaitAcknowledged(announce(B, 1));
    await("what became of both")
        .atMost(SOON)
        .until(() -> answers().containsAll(List.of(first, second)));
    assertThat(router().adjRibIn().paths(A)).hasSizeLessThanOrEqualTo(1);
    List<RouteChange> withdraws =
        List.of(new RouteChange.Withdraw(first.nlri()), new RouteChange.Withdraw(second.nlri()));
    apply(withdraws.toArray(RouteChange[]::new));
    awaitAcknowledged(withdraws.toArray(RouteChange[]::new));
    awaitRoutes(B);
  }

  /** The changes that were acknowledged or rejected. */
  private List<RouteChange> answers() {
    List<RouteChange> answers = new ArrayList<>();
    events.of(SpeakerEvent.Acknowledged.class).forEach(event -> answers.add(event.change()));
    events.of(SpeakerEvent.Rejected.class).forEach(event -> answers.add(event.change()));
    return answers;
  }

  @Test
  void aThousandRoutesComeAndGo() throws IOException {
    started();
    List<Prefix> load =
        IntStream.range(0, 1000)
            .mapToObj(i -> Prefix.parse("10." + i / 256 + "." + i % 256 + ".0/24"))
            .toList();
    RouteChange[] announces =
        load.stream().map(prefix -> announce(prefix, 1)).toArray(RouteChange[]::new);
    apply(announces);
    awaitRoutes(load.toArray(Prefix[]::new));
    awaitAcknowledged(announces);
    RouteChange[] withdraws =
        load.stream().map(SpeakerContract::withdraw).toArray(RouteChange[]::new);
    apply(withdraws);
    awaitRoutes();
    awaitAcknowledged(withdraws);
  }

  // ---- words of these tests ----

  private void started() throws IOException {
    started(false);
  }

  private void started(boolean tellsPaths) throws IOException {
    bench = create(requireNonNull(folder), tellsPaths);
    open();
    events.awaitEvent(SpeakerEvent.Synchronised.class);
    router().awaitSession(SOON);
    events.awaitEvent(SpeakerEvent.SessionUp.class);
  }

  private void open() throws IOException {
    events = new RecordedEvents();
    Speaker next = bench().open(Set.of(A, B, SIX));
    speaker = next;
    next.start(events);
  }

  private Bench bench() {
    return requireNonNull(bench);
  }

  private Speaker speaker() {
    return requireNonNull(speaker);
  }

  private SimulatedPeer router() {
    return bench().router();
  }

  private void apply(RouteChange... changes) {
    // As the reconciler does.
    List<RouteChange> ordered = new ArrayList<>(List.of(changes));
    ordered.sort(
        (left, right) ->
            Boolean.compare(
                left instanceof RouteChange.Announce, right instanceof RouteChange.Announce));
    target = target.after(ordered);
    speaker().apply(new RibUpdate(target, ordered));
  }

  private void awaitAcknowledged(RouteChange... changes) {
    await("receipts")
        .atMost(SOON)
        .pollInterval(Duration.ofMillis(5))
        .untilAsserted(
            () ->
                assertThat(
                        events.of(SpeakerEvent.Acknowledged.class).stream()
                            .map(SpeakerEvent.Acknowledged::change))
                    .contains(changes));
  }

  private void awaitRoutes(Prefix... prefixes) {
    await("routes at the router")
        .atMost(SOON)
        .pollInterval(Duration.ofMillis(5))
        .untilAsserted(
            () ->
                assertThat(router().adjRibIn().routes().keySet())
                    .extracting(Nlri::prefix)
                    .containsExactlyInAnyOrder(prefixes));
  }

  private void awaitPaths(Prefix prefix, RouteChange... announces) {
    await("paths at the router")
        .atMost(SOON)
        .pollInterval(Duration.ofMillis(5))
        .untilAsserted(
            () ->
                assertThat(router().adjRibIn().paths(prefix))
                    .extracting(Route::nlri, Route::nextHop, route -> route.attributes().med())
                    .containsExactlyInAnyOrderElementsOf(
                        Stream.of(announces)
                            .map(change -> ((RouteChange.Announce) change).route())
                            .map(
                                route ->
                                    tuple(route.nlri(), route.nextHop(), route.attributes().med()))
                            .toList()));
  }

  private void awaitMed(Prefix prefix, long med) {
    await("MED " + med + " of " + prefix)
        .atMost(SOON)
        .pollInterval(Duration.ofMillis(5))
        .until(
            () -> {
              Optional<Route> route = router().adjRibIn().route(prefix);
              return route
                  .filter(r -> r.attributes().med().equals(OptionalLong.of(med)))
                  .isPresent();
            });
  }

  private Route heard(Prefix prefix) {
    router().awaitAnnounced(prefix, SOON);
    return router().adjRibIn().route(prefix).orElseThrow();
  }

  private static boolean isWithdraw(RouteChange change, Prefix prefix) {
    return change.equals(withdraw(prefix));
  }

  private static RouteChange announce(Prefix prefix, long med) {
    return new RouteChange.Announce(
        new Route(prefix, NextHop.SELF, PathAttributes.NONE.withMed(med)));
  }

  private static RouteChange announceAt(Prefix prefix, String nextHop) {
    return new RouteChange.Announce(
        new Route(prefix, NextHop.of(IpAddress.parse(nextHop)), PathAttributes.NONE));
  }

  /** A path by a next hop of its own. */
  private static RouteChange path(Prefix prefix, long pathId, long med) {
    String host = prefix.isIpv4() ? "203.0.113." : "2001:db8::";
    return new RouteChange.Announce(
        new Route(
            Nlri.of(prefix, pathId),
            NextHop.of(IpAddress.parse(host + pathId % 200)),
            PathAttributes.NONE.withMed(med)));
  }

  private static RouteChange withdraw(Prefix prefix) {
    return new RouteChange.Withdraw(prefix);
  }
}
