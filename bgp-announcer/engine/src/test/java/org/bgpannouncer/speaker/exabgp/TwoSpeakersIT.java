package org.bgpannouncer.speaker.exabgp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
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
import org.junit.jupiter.api.io.TempDir;

/** Two processes of ours on the pipe of one real ExaBGP. */
final class TwoSpeakersIT {
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  @TempDir Path folder = Path.of("");

  @Test
  void theNewerTakesThePipeOverAndTheOlderFallsSilentAndEnds() throws Exception {
    try (RealExaBgp exabgp = new RealExaBgp(RealExaBgp.Version.V4, folder)) {
      exabgp.setChild(
          """
          #!/bin/sh
          echo $$ > %1$s/pid.tmp; mv %1$s/pid.tmp %1$s/pid
          exec 3<&0 4>&1
          export ANNOUNCER_PIPE_FD=4
          speak() { %2$s -Djava.io.tmpdir=%1$s -cp %3$s '%4$s' "$@" <&3 >&2; }
          speak 192.0.2.0/24 %1$s/older &
          cat %1$s/second
          speak 198.51.100.0/24 %1$s/newer
          """
              .formatted(
                  folder,
                  ProcessHandle.current().info().command().orElse("java"),
                  System.getProperty("java.class.path"),
                  Speaking.class.getName()));
      makeFifo(folder.resolve("second"));
      exabgp.startRouter();
      exabgp.startExaBgp();
      awaitRoutes(exabgp, Set.of("192.0.2.0/24"));
      assertThat(told("older")).contains("Synchronised").doesNotContain("Ended");

      Files.writeString(folder.resolve("second"), ""); // the script waits for this
      awaitRoutes(exabgp, Set.of("192.0.2.0/24", "198.51.100.0/24"));
      await()
          .atMost(PATIENCE)
          .untilAsserted(
              () ->
                  assertThat(told("older"))
                      .contains(
                          "Ended[cause=TAKEN_OVER, reason=another process has taken over the pipe to ExaBGP]"));
      assertThat(told("newer")).contains("Synchronised", "Acknowledged").doesNotContain("Ended");
    }
  }

  private String told(String who) throws IOException {
    return Files.readString(folder.resolve(who));
  }

  private static void makeFifo(Path fifo) throws IOException {
    new ProcessBuilder("mkfifo", fifo.toString()).start().onExit().join();
  }

  private static void awaitRoutes(RealExaBgp exabgp, Set<String> wanted) {
    await("routes at the router")
        .atMost(PATIENCE)
        .untilAsserted(() -> assertThat(exabgp.routesAtRouter()).isEqualTo(wanted));
  }

  /** Announces its argument and tells its events, until its speaker ends. */
  static final class Speaking {
    private Speaking() {}

    public static void main(String[] arguments) throws Exception {
      Prefix prefix = Prefix.parse(arguments[0]);
      Path log = Path.of(arguments[1]);
      CountDownLatch ended = new CountDownLatch(1);
      try (ExaBgpSpeaker speaker =
          new ExaBgpSpeaker(ProcessPipe.open(System.getenv()), Set.of(Nlri.of(prefix)))) {
        speaker.start(event -> tell(event, log, ended));
        Route route = new Route(prefix, NextHop.SELF, PathAttributes.NONE);
        speaker.apply(
            new RibUpdate(Rib.of(List.of(route)), List.of(new RouteChange.Announce(route))));
        ended.await();
      }
    }

    private static void tell(SpeakerEvent event, Path log, CountDownLatch ended) {
      try {
        Files.writeString(log, event + "\n", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
      if (event instanceof SpeakerEvent.Ended) {
        ended.countDown();
      }
    }
  }
}
