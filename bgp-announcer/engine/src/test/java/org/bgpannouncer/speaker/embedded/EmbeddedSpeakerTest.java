package org.bgpannouncer.speaker.embedded;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Predicate;
import org.bgpannouncer.bgp.AddressFamily;
import org.bgpannouncer.bgp.BgpError;
import org.bgpannouncer.bgp.PathAttribute;
import org.bgpannouncer.bgp.UpdateMessage;
import org.bgpannouncer.bgp.session.ConnectMode;
import org.bgpannouncer.bgp.session.PeerConfig;
import org.bgpannouncer.bgp.session.SessionCapabilities;
import org.bgpannouncer.bgp.session.SessionConfig;
import org.bgpannouncer.bgp.speaker.ExportPolicy;
import org.bgpannouncer.bgp.speaker.HeardPath;
import org.bgpannouncer.bgp.speaker.Neighbor;
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
import org.bgpannouncer.testkit.bgp.PeerFault;
import org.bgpannouncer.testkit.bgp.SimulatedPeer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * The embedded speaker against simulated peers, in real time; what every speaker promises is
 * elsewhere.
 */
@Timeout(60)
class EmbeddedSpeakerTest {
  private static final long OURS = 64496;
  private static final Duration SOON = Duration.ofSeconds(15);
  private static final List<AddressFamily> FAMILIES =
      List.of(AddressFamily.IPV4_UNICAST, AddressFamily.IPV6_UNICAST);
  private static final Prefix A = Prefix.parse("192.0.2.0/24");
  private static final Prefix B = Prefix.parse("198.51.100.0/24");

  private final List<SpeakerEvent> events = new CopyOnWriteArrayList<>();
  private final List<AutoCloseable> opened = new ArrayList<>();
  private Rib target = Rib.EMPTY;

  @AfterEach
  void close() throws Exception {
    for (AutoCloseable each : opened) {
      each.close();
    }
  }

  @Test
  void aReceiptComesWhenEverySessionHasTheRoute() throws IOException {
    SimulatedPeer one = peer();
    SimulatedPeer other = peer();
    EmbeddedSpeaker speaker = started(neighbor("one", one), neighbor("other", other));
    one.awaitSession(SOON);
    other.awaitSession(SOON);
    apply(speaker, announce(A));
    awaitEvent(new SpeakerEvent.Acknowledged(announce(A))::equals);
    one.awaitAnnounced(A, SOON);
    other.awaitAnnounced(A, SOON);
  }

  @Test
  void aNeighborWithoutAddPathHasTheFirstPathAndThenTheNextInItsPlace() throws IOException {
    SimulatedPeer plain = peer();
    SimulatedPeer paths =
        SimulatedPeer.start(
            SessionConfig.of(SimulatedPeer.DEFAULT_AS, SimulatedPeer.DEFAULT_ROUTER_ID)
                .with(SessionCapabilities.NONE.withAddPath(Set.of(), Set.copyOf(FAMILIES))));
    opened.add(0, paths);
    EmbeddedSpeaker speaker = started(neighbor("plain", plain), neighbor("paths", paths));
    plain.awaitSession(SOON);
    paths.awaitSession(SOON);
    RouteChange.Announce second = path(2);
    RouteChange.Announce first = path(1);
    apply(speaker, second);
    awaitEvent(new SpeakerEvent.Acknowledged(second)::equals);
    apply(speaker, first, path(3));
    awaitEvent(new SpeakerEvent.Acknowledged(first)::equals);
    awaitEvent(new SpeakerEvent.Acknowledged(path(3))::equals);
    plain.awaitAnnounced(
        A, "path 1", route -> route.nextHop().equals(first.route().nextHop()), SOON);

    RouteChange gone = new RouteChange.Withdraw(first.nlri());
    apply(speaker, gone);
    awaitEvent(new SpeakerEvent.Acknowledged(gone)::equals);
    plain.awaitAnnounced(
        A, "path 2", route -> route.nextHop().equals(second.route().nextHop()), SOON);
    RouteChange behind = new RouteChange.Withdraw(Nlri.of(A, 3));
    apply(speaker, behind);
    awaitEvent(new SpeakerEvent.Acknowledged(behind)::equals);

    assertThat(plain.changes())
        .extracting(heard -> heard.change().toString())
        .as("one path, never without one")
        .allMatch(text -> text.startsWith("Announce"))
        .hasSize(3);
    assertThat(plain.adjRibIn().paths(A)).hasSize(1);
    assertThat(paths.adjRibIn().paths(A)).extracting(Route::nlri).containsExactly(second.nlri());
    assertThat(paths.changes())
        .filteredOn(heard -> heard.change().nlri().equals(second.nlri()))
        .hasSize(1);
  }

  private static RouteChange.Announce path(int id) {
    NextHop host = NextHop.of(IpAddress.parse("203.0.113." + id));
    return new RouteChange.Announce(new Route(Nlri.of(A, id), host, PathAttributes.NONE));
  }

  @Test
  void anAnnounceWaitsForASessionAndAWithdrawDoesNot() throws IOException {
    SimulatedPeer router = peer();
    router.inject(new PeerFault.Refuse());
    EmbeddedSpeaker speaker = started(neighbor("router", router));
    apply(speaker, announce(A));
    apply(speaker, new RouteChange.Withdraw(B));
    awaitEvent(new SpeakerEvent.Acknowledged(new RouteChange.Withdraw(B))::equals);
    assertThat(events).doesNotContain(new SpeakerEvent.Acknowledged(announce(A)));
    router.heal();
    router.awaitAnnounced(A, SOON);
    awaitEvent(new SpeakerEvent.Acknowledged(announce(A))::equals);
  }

  @Test
  void withoutAnExportPolicyNoRouteLeaves() throws IOException {
    SimulatedPeer router = peer();
    Neighbor silent = neighbor("router", router, ExportPolicy.NONE, false);
    EmbeddedSpeaker speaker = started(silent);
    router.awaitSession(SOON);
    awaitEvent(SpeakerEvent.SessionUp.class::isInstance);
    apply(speaker, announce(A));
    awaitEvent(
        event ->
            event instanceof SpeakerEvent.Rejected rejected
                && rejected.change().equals(announce(A))
                && rejected.reason().contains("RFC 8212"));
    assertThat(router.adjRibIn()).isEqualTo(Rib.EMPTY);
  }

  @Test
  void aNeighborThatMayNotBeToldIsNamedAndTheOthersAreTold() throws IOException {
    SimulatedPeer one = peer();
    SimulatedPeer other = peer();
    EmbeddedSpeaker speaker =
        started(neighbor("one", one), neighbor("other", other, ExportPolicy.NONE, false));
    // Here, not there: while nobody else is up, a route that "other" may not be told of is refused.
    awaitEvent(event -> event instanceof SpeakerEvent.SessionUp up && up.peer().equals("one"));
    awaitEvent(event -> event instanceof SpeakerEvent.SessionUp up && up.peer().equals("other"));
    apply(speaker, announce(A));
    one.awaitAnnounced(A, SOON);
    awaitEvent(new SpeakerEvent.Acknowledged(announce(A))::equals);
    awaitEvent(
        event ->
            event instanceof SpeakerEvent.Notice notice
                && notice.key().equals("export other")
                && notice.text().startsWith("1 not told, 192.0.2.0/24: prefix: 192.0.2.0/24"));
    apply(speaker, new RouteChange.Withdraw(A));
    awaitEvent(new SpeakerEvent.Notice("export other", "")::equals);
  }

  @Test
  void anotherNeighborOnReloadTouchesNoOther() throws IOException {
    SimulatedPeer kept = peer();
    SimulatedPeer removed = peer();
    SimulatedPeer added = peer();
    EmbeddedSpeaker speaker = started(neighbor("kept", kept), neighbor("removed", removed));
    apply(speaker, announce(A));
    kept.awaitAnnounced(A, SOON);
    removed.awaitAnnounced(A, SOON);
    long session = kept.awaitSession(SOON).id();
    speaker.neighbors(List.of(neighbor("kept", kept), neighbor("added", added)));
    added.awaitAnnounced(A, SOON);
    removed.awaitWithdrawn(A, SOON);
    assertThat(removed.conversation()).contains(BgpError.PEER_DECONFIGURED.name());
    assertThat(kept.awaitSession(SOON).id()).isEqualTo(session);
    assertThat(kept.changes()).hasSize(1);
  }

  @Test
  void anotherExportPolicyIsToldOnTheSessionThatStands() throws IOException {
    SimulatedPeer router = peer();
    EmbeddedSpeaker speaker = started(neighbor("router", router, ExportPolicy.exactly(A), false));
    router.awaitSession(SOON);
    awaitEvent(SpeakerEvent.SessionUp.class::isInstance);
    apply(speaker, announce(A), announce(B));
    router.awaitAnnounced(A, SOON);
    long session = router.awaitSession(SOON).id();
    speaker.neighbors(List.of(neighbor("router", router, ExportPolicy.exactly(B), false)));
    router.awaitWithdrawn(A, SOON);
    router.awaitAnnounced(B, SOON);
    assertThat(router.awaitSession(SOON).id()).isEqualTo(session);
  }

  @Test
  void thePathsOfOthersForOurPrefixesAreKeptWhereThatIsAskedFor()
      throws IOException, InterruptedException, ExecutionException, TimeoutException {
    SimulatedPeer router = peer();
    EmbeddedSpeaker speaker = started(neighbor("router", router, ExportPolicy.exactly(A), true));
    router.awaitSession(SOON);
    awaitEvent(SpeakerEvent.SessionUp.class::isInstance);
    router.send(
        new UpdateMessage(
            List.of(),
            List.of(
                PathAttribute.Origin.IGP,
                PathAttribute.AsPath.sequence(List.of(65000L, 65010L)),
                new PathAttribute.NextHopAddress(IpAddress.parse("203.0.113.7"))),
            List.of(Nlri.of(A), Nlri.of(B))));
    await()
        .atMost(SOON)
        .until(
            () -> !speaker.heardPaths().toCompletableFuture().get(5, TimeUnit.SECONDS).isEmpty());
    List<HeardPath> heard = speaker.heardPaths().toCompletableFuture().get(5, TimeUnit.SECONDS);
    assertThat(heard).hasSize(1);
    assertThat(heard.get(0).neighbor()).isEqualTo("router");
    assertThat(heard.get(0).route().prefix()).isEqualTo(A);
    assertThat(heard.get(0).route().attributes().asPath()).containsExactly(65000L, 65010L);
  }

  @Test
  void afterWithdrawingEverythingTheNeighborIsToldWhyWeLeave()
      throws IOException, InterruptedException, ExecutionException, TimeoutException {
    SimulatedPeer router = peer();
    EmbeddedSpeaker speaker = started(neighbor("router", router));
    apply(speaker, announce(A));
    router.awaitAnnounced(A, SOON);
    assertThat(speaker.withdrawAll(SOON).toCompletableFuture().get(20, TimeUnit.SECONDS)).isTrue();
    router.awaitWithdrawn(A, SOON);
    speaker.close();
    await()
        .atMost(SOON)
        .untilAsserted(
            () ->
                assertThat(router.conversation())
                    .contains(BgpError.ADMINISTRATIVE_SHUTDOWN.name())
                    .contains("GVA: stopped"));
  }

  private SimulatedPeer peer() {
    SimulatedPeer peer = SimulatedPeer.start();
    opened.add(0, peer);
    return peer;
  }

  private EmbeddedSpeaker started(Neighbor... neighbors) throws IOException {
    EmbeddedSpeaker speaker = EmbeddedSpeaker.open(List.of(), List.of(neighbors), "GVA: stopped");
    opened.add(0, speaker);
    speaker.start(events::add);
    awaitEvent(SpeakerEvent.Synchronised.class::isInstance);
    return speaker;
  }

  private static Neighbor neighbor(String name, SimulatedPeer peer) {
    return neighbor(name, peer, ExportPolicy.exactly(A, B), false);
  }

  private static Neighbor neighbor(
      String name, SimulatedPeer peer, ExportPolicy policy, boolean keepsHeard) {
    Neighbor plain = neighbor(name, OURS, peer, policy);
    return new Neighbor(
        name, plain.peer(), policy, plain.nextHopIpv4(), plain.nextHopIpv6(), keepsHeard);
  }

  /** A neighbor that is a simulated peer, dialled by us as {@code localAs}. */
  static Neighbor neighbor(String name, long localAs, SimulatedPeer peer, ExportPolicy policy) {
    SessionConfig session =
        new SessionConfig(
            localAs,
            OptionalLong.of(SimulatedPeer.DEFAULT_AS),
            IpAddress.parse("192.0.2.1"),
            Duration.ofSeconds(9),
            FAMILIES,
            SessionCapabilities.USUAL.withAddPath(Set.copyOf(FAMILIES), Set.of()));
    PeerConfig config =
        PeerConfig.of(session, peer.address())
            .withMode(ConnectMode.ACTIVE)
            .withConnectRetry(Duration.ofSeconds(1));
    return Neighbor.of(name, config, policy);
  }

  private void apply(EmbeddedSpeaker speaker, RouteChange... changes) {
    target = target.after(List.of(changes));
    speaker.apply(new RibUpdate(target, List.of(changes)));
  }

  private static RouteChange announce(Prefix prefix) {
    return new RouteChange.Announce(new Route(prefix, NextHop.SELF, PathAttributes.NONE));
  }

  private void awaitEvent(Predicate<SpeakerEvent> wanted) {
    await()
        .atMost(SOON)
        .pollInterval(Duration.ofMillis(2))
        .untilAsserted(() -> assertThat(events).anyMatch(wanted));
  }
}
