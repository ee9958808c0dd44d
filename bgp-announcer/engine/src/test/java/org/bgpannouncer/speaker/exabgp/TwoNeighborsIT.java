package org.bgpannouncer.speaker.exabgp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.bgpannouncer.decision.ServiceState;
import org.bgpannouncer.engine.SiteConfig;
import org.bgpannouncer.probe.Outcome;
import org.bgpannouncer.probe.Reason;
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
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** One real ExaBGP with two real routers, whose sessions are not in the same state. */
final class TwoNeighborsIT {
  private static final Prefix A = Prefix.parse("192.0.2.0/24");
  private static final Prefix B = Prefix.parse("198.51.100.0/24");
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  @TempDir Path folder = Path.of("");

  private final RecordedEvents events = new RecordedEvents();
  private final List<AutoCloseable> started = new ArrayList<>();
  private Rib target = Rib.EMPTY;

  @AfterEach
  void close() throws Exception {
    for (int i = started.size() - 1; i >= 0; i--) {
      started.get(i).close();
    }
  }

  @ParameterizedTest
  @EnumSource(RealExaBgp.Version.class)
  void theRouterThatIsUpIsToldAtOnceAndTheOtherGetsTheWholeWishWhenItComesUp(
      RealExaBgp.Version version) throws Exception {
    RealExaBgp exabgp = exabgp(version, new RealRouter.Place("127.0.0.3", 65010));
    RealRouter first = exabgp.routers().get(0);
    RealRouter second = exabgp.routers().get(1);
    first.start();
    exabgp.startExaBgp();
    RecordingPipe pipe = new RecordingPipe(exabgp.openPipe());
    ExaBgpSpeaker speaker = closed(new ExaBgpSpeaker(pipe, Set.of(Nlri.of(A), Nlri.of(B))));
    speaker.start(events);
    events.awaitEvent("session", new SpeakerEvent.SessionUp("127.0.0.1")::equals);

    // Said to a router that is down, either order comes out wrong at one of the two versions.
    apply(speaker, announce(A, 1), announce(B, 1));
    awaitRoutes(first, A, B);
    apply(speaker, announce(A, 2), new RouteChange.Withdraw(B));
    awaitRoutes(first, A);
    awaitRoute(first, A, "BGP.med: 2\n");
    String before = first.birdc("show", "route");
    int said = pipe.routeLines().size();
    second.start();

    events.awaitEvent("second session", new SpeakerEvent.SessionUp("127.0.0.3")::equals);
    await().atMost(PATIENCE).until(() -> pipe.routeLines().size() >= said + 2);
    assertThat(pipe.routeLines().subList(said, said + 2))
        .containsExactly("withdraw route " + B, "announce route " + A + " next-hop self med 2");
    awaitRoutes(second, A);
    assertThat(second.route(A.toString())).contains("BGP.med: 2");
    assertThat(first.birdc("show", "route"))
        .as("untouched, since the same moment")
        .isEqualTo(before);
  }

  @ParameterizedTest
  @EnumSource(RealExaBgp.Version.class)
  void leftoversThatDifferBetweenTheRoutersComeOutAlike(RealExaBgp.Version version)
      throws Exception {
    RealExaBgp exabgp = exabgp(version, new RealRouter.Place("127.0.0.3", 65010));
    RealRouter first = exabgp.routers().get(0);
    RealRouter second = exabgp.routers().get(1);
    first.start();
    second.start();
    exabgp.startExaBgp();
    try (OutputStream predecessor = exabgp.commands()) {
      predecessor.write(
          """
          neighbor 127.0.0.1 announce route 192.0.2.0/24 next-hop self med 100
          neighbor 127.0.0.3 announce route 192.0.2.0/24 next-hop self med 200
          neighbor 127.0.0.3 announce route 198.51.100.0/24 next-hop self med 100
          """
              .getBytes(StandardCharsets.US_ASCII));
    }
    awaitRoutes(first, A);
    awaitRoutes(second, A, B);
    exabgp.killChild();

    ExaBgpSpeaker speaker = closed(new ExaBgpSpeaker(exabgp.openPipe(), Set.of(Nlri.of(A))));
    ToldSite site = closed(new ToldSite(speaker, A, List.of(A), SiteConfig.DEFAULT_ADOPT_FOR));
    site.observe(Outcome.OK, Reason.PASSED);
    site.awaitState(ServiceState.UP);
    awaitRoutes(second, A);
    awaitRoutes(first, A);
    awaitRoute(first, A, "BGP.med: 100\n");
    awaitRoute(second, A, "BGP.med: 100\n");
  }

  @ParameterizedTest
  @EnumSource(RealExaBgp.Version.class)
  void aPrependedRouteHasOurOwnAsInFrontAtTheExternalRouterOnly(RealExaBgp.Version version)
      throws Exception {
    RealExaBgp exabgp = exabgp(version, new RealRouter.Place("127.0.0.3", RealExaBgp.AS));
    RealRouter external = exabgp.routers().get(0);
    RealRouter internal = exabgp.routers().get(1);
    external.start();
    internal.start();
    exabgp.startExaBgp();
    ExaBgpSpeaker speaker =
        closed(new ExaBgpSpeaker(exabgp.openPipe(), Set.of(Nlri.of(A), Nlri.of(B))));
    speaker.start(events);
    events.awaitEvent("session", new SpeakerEvent.SessionUp("127.0.0.1")::equals);
    events.awaitEvent("session", new SpeakerEvent.SessionUp("127.0.0.3")::equals);
    List<RouteChange> all =
        Stream.concat(
                Stream.concat(Stream.of(A), IntStream.range(0, 99).mapToObj(TwoNeighborsIT::prefix))
                    .map(TwoNeighborsIT::degraded),
                Stream.of(degradedOfAnotherAs(B)))
            .toList();

    apply(speaker, all.toArray(RouteChange[]::new));
    all.forEach(
        change -> events.awaitEvent("receipt", new SpeakerEvent.Acknowledged(change)::equals));
    for (RouteChange change : List.of(all.get(0), all.get(50))) {
      awaitRoute(external, change.prefix(), "BGP.as_path: 65001 65001 65001\n");
      awaitRoute(internal, change.prefix(), "BGP.as_path: 65001 65001\n");
    }
    awaitRoute(external, B, "BGP.as_path: 65001 65001 65001 65020\n");
    awaitRoute(internal, B, "BGP.as_path: 65001 65001 65020\n");
    speaker.close();
    exabgp.killChild();

    RecordedEvents later = new RecordedEvents();
    ExaBgpSpeaker next =
        closed(new ExaBgpSpeaker(exabgp.openPipe(), Set.of(Nlri.of(A), Nlri.of(B))));
    next.start(later);
    SpeakerEvent.Synchronised truth = later.awaitEvent(SpeakerEvent.Synchronised.class);
    assertThat(truth.held()).isEqualTo(target);
    assertThat(truth.inexact()).as("alike, but for what each kind of session adds").isEmpty();
    apply(
        next,
        all.stream().map(c -> new RouteChange.Withdraw(c.prefix())).toArray(RouteChange[]::new));
    awaitRoutes(external);
    awaitRoutes(internal);
  }

  // ---- words of these tests ----

  private static Prefix prefix(int index) {
    return Prefix.parse("10.0." + index + ".0/24");
  }

  private static RouteChange degraded(Prefix prefix) {
    return new RouteChange.Announce(
        new Route(
            prefix, NextHop.SELF, PathAttributes.NONE.withMed(200).withPrepend(RealExaBgp.AS, 2)));
  }

  private static RouteChange degradedOfAnotherAs(Prefix prefix) {
    PathAttributes origin =
        new PathAttributes(
            OptionalLong.empty(),
            OptionalLong.empty(),
            List.of(65020L),
            List.of(),
            List.of(),
            List.of());
    return new RouteChange.Announce(
        new Route(prefix, NextHop.SELF, origin.withMed(200).withPrepend(RealExaBgp.AS, 2)));
  }

  private static void awaitRoute(RealRouter router, Prefix prefix, String attribute) {
    await(attribute + " of " + prefix + " at " + router)
        .atMost(PATIENCE)
        .until(() -> router.route(prefix.toString()).contains(attribute));
  }

  private RealExaBgp exabgp(RealExaBgp.Version version, RealRouter.Place other) throws IOException {
    return closed(new RealExaBgp(version, folder, true, List.of(RealRouter.Place.FIRST, other)));
  }

  /** Closes it at the end, before what was started earlier. */
  private <T extends AutoCloseable> T closed(T part) {
    started.add(part);
    return part;
  }

  private void apply(ExaBgpSpeaker speaker, RouteChange... changes) {
    target = target.after(List.of(changes));
    speaker.apply(new RibUpdate(target, List.of(changes)));
  }

  private static void awaitRoutes(RealRouter router, Prefix... prefixes) {
    Set<String> wanted =
        Set.of(prefixes).stream().map(Prefix::toString).collect(Collectors.toSet());
    await("routes at " + router)
        .atMost(PATIENCE)
        .pollInterval(Duration.ofMillis(20))
        .untilAsserted(() -> assertThat(router.routes()).hasSameElementsAs(wanted));
  }

  private static RouteChange announce(Prefix prefix, long med) {
    return new RouteChange.Announce(
        new Route(prefix, NextHop.SELF, PathAttributes.NONE.withMed(med)));
  }
}
