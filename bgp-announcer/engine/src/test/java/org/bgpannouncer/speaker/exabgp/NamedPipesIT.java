package org.bgpannouncer.speaker.exabgp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
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
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

final class NamedPipesIT {
  private static final Prefix A = Prefix.parse("192.0.2.0/24");
  private static final Prefix B = Prefix.parse("198.51.100.0/24");
  private static final Route ROUTE = new Route(A, NextHop.SELF, PathAttributes.NONE);

  @ParameterizedTest
  @EnumSource(RealExaBgp.Version.class)
  void nothingIsWrittenWhileExaBgpIsAwayAndTheWishHoldsWhenItReturns(
      RealExaBgp.Version version, @TempDir Path folder) throws Exception {
    RecordedEvents events = new RecordedEvents();
    try (RealExaBgp exabgp = new RealExaBgp(version, folder)) {
      Path base = exabgp.makeNamedPipes();
      RecordingPipe pipe =
          new RecordingPipe(NamedPipes.open(Path.of(base + ".in"), Path.of(base + ".out")));
      try (ExaBgpSpeaker speaker = new ExaBgpSpeaker(pipe, Set.of(Nlri.of(A), Nlri.of(B)))) {
        speaker.start(events);
        speaker.apply(new RibUpdate(Rib.of(List.of(ROUTE)), List.of(announce(), withdrawB())));
        events.awaitEvent(SpeakerEvent.Lost.class);
        assertThat(pipe.lines()).containsOnly("version");

        exabgp.startRouter();
        exabgp.startExaBgp();
        assertThat(events.awaitEvent(SpeakerEvent.Synchronised.class).version())
            .startsWith(version.answer);
        awaitRoutes(exabgp, Set.of(A.toString()));

        exabgp.kill();
        events.awaitEvent(SpeakerEvent.Lost.class, 2);
        int written = pipe.routeLines().size();
        speaker.apply(new RibUpdate(Rib.EMPTY, List.of(new RouteChange.Withdraw(A))));
        assertThat(pipe.routeLines()).hasSize(written);

        exabgp.startExaBgp();
        events.awaitEvent(SpeakerEvent.Synchronised.class, 2);
        events.awaitEvent(
            "receipt of the withdraw",
            event -> event.equals(new SpeakerEvent.Acknowledged(new RouteChange.Withdraw(A))));
        awaitRoutes(exabgp, Set.of());
      }
    }
  }

  @Test
  void theNewerOfTwoDaemonsOnOnePairOwnsIt(@TempDir Path folder) throws Exception {
    Path in = folder.resolve("exabgp.in");
    Path out = folder.resolve("exabgp.out");
    for (Path pipe : List.of(in, out)) {
      new ProcessBuilder("mkfifo", pipe.toString()).start().onExit().join();
    }
    Path otherName = Files.createSymbolicLink(folder.resolve("link"), folder).resolve("exabgp.in");
    try (NamedPipes older = NamedPipes.open(in, out)) {
      assertThat(older.isOurs()).isTrue();
      try (NamedPipes newer = NamedPipes.open(otherName, out)) {
        assertThat(older.isOurs()).isFalse();
        assertThat(newer.isOurs()).isTrue();
      }
    }
    try (var left = Files.list(folder)) {
      assertThat(left).hasSize(3);
    }
  }

  private static RouteChange announce() {
    return new RouteChange.Announce(ROUTE);
  }

  private static RouteChange withdrawB() {
    return new RouteChange.Withdraw(B);
  }

  private static void awaitRoutes(RealExaBgp exabgp, Set<String> wanted) {
    await("routes at the router")
        .atMost(Duration.ofSeconds(15))
        .untilAsserted(() -> assertThat(exabgp.routesAtRouter()).isEqualTo(wanted));
  }
}
