package org.bgpannouncer.speaker.exabgp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.bgpannouncer.route.NextHop;
import org.bgpannouncer.route.PathAttributes;
import org.bgpannouncer.route.Prefix;
import org.bgpannouncer.route.Rib;
import org.bgpannouncer.route.Route;
import org.bgpannouncer.route.RouteChange;
import org.bgpannouncer.speaker.RibUpdate;
import org.bgpannouncer.speaker.SpeakerEvent;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

final class ExaBgpSpeakerIT {
  private static final Prefix PREFIX = Prefix.parse("192.0.2.0/24");

  @TempDir Path folder;

  @ParameterizedTest
  @EnumSource(RealExaBgp.Version.class)
  void announcesAndWithdrawsAtTheRouterAndReportsTheReceipts(RealExaBgp.Version version)
      throws Exception {
    RecordedEvents events = new RecordedEvents();
    try (RealExaBgp exabgp = new RealExaBgp(version, folder)) {
      exabgp.startRouter();
      exabgp.startExaBgp();
      try (ExaBgpSpeaker speaker = new ExaBgpSpeaker(exabgp.openPipe(), Set.of(PREFIX))) {
        speaker.start(events);
        SpeakerEvent.Synchronised truth = events.awaitEvent(SpeakerEvent.Synchronised.class);
        assertThat(truth.version()).startsWith(version.answer);
        assertThat(truth.held()).isEqualTo(Rib.EMPTY);
        events.awaitEvent(SpeakerEvent.SessionUp.class);

        RouteChange announce =
            new RouteChange.Announce(
                new Route(PREFIX, NextHop.SELF, PathAttributes.NONE.withMed(100)));
        speaker.apply(update(announce));
        assertThat(events.awaitEvent(SpeakerEvent.Acknowledged.class).change()).isEqualTo(announce);
        await()
            .atMost(Duration.ofSeconds(5))
            .until(() -> exabgp.routesAtRouter().equals(Set.of("192.0.2.0/24")));

        assertThat(
                speaker
                    .withdrawAll(Duration.ofSeconds(2))
                    .toCompletableFuture()
                    .get(5, TimeUnit.SECONDS))
            .isTrue();
        await().atMost(Duration.ofSeconds(5)).until(() -> exabgp.routesAtRouter().isEmpty());
      }
    }
  }

  private static RibUpdate update(RouteChange... changes) {
    Rib target = Rib.EMPTY;
    for (RouteChange change : changes) {
      target = target.after(change);
    }
    return new RibUpdate(target, List.copyOf(Arrays.asList(changes)));
  }
}
