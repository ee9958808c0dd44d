package org.bgpannouncer.daemon;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.bgpannouncer.daemon.OneSite.Way;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What {@code kill -9} of the daemon, its launcher and its node does to the route at the router.
 */
class KillIT {
  /** From the kill to the withdraw at the router, the start of a JVM in between. */
  private static final Duration BOUND = Duration.ofSeconds(3);

  @TempDir Path folder;
  private OneSite site;

  @BeforeEach
  void start() throws IOException {
    site = new OneSite(folder, Way.EXABGP_4_EXTERNAL);
    site.awaitAnnounced();
  }

  @AfterEach
  void stop() {
    site.close();
  }

  @Test
  void launcherAndDaemonKilledTogetherMoveNothing() throws IOException {
    movesNothing(this::killBoth);
  }

  @Test
  void aKilledLauncherMovesNothingAndItsDaemonMakesWayForTheNext() throws IOException {
    ProcessHandle daemon = site.daemon();
    movesNothing(site.launcher()::destroyForcibly);
    await().atMost(OneSite.PATIENCE).until(() -> !daemon.isAlive());
  }

  private void movesNothing(Runnable kill) throws IOException {
    String before = site.route();
    String since = site.call("GET", "/v1/status").path("since").asText();
    kill.run();
    await()
        .atMost(OneSite.PATIENCE)
        .ignoreExceptions()
        .until(
            () -> {
              JsonNode status = site.call("GET", "/v1/status");
              return !status.path("since").asText().equals(since)
                  && status.at("/services/0/state").asText().equals("UP");
            });
    site.assertUnmoved(before);
  }

  @Test
  void aNodeThatDiesWhileTheDaemonIsDeadIsWithdrawnByTheNext() {
    site.daemon().destroyForcibly();
    withdrawsTheDeadNode();
  }

  @Test
  void aNodeThatDiesWhileLauncherAndDaemonAreDeadIsWithdrawnByTheNext() {
    killBoth();
    withdrawsTheDeadNode();
  }

  private void withdrawsTheDeadNode() {
    long nanos = System.nanoTime();
    site.node.die();
    site.awaitWithdrawn();
    Duration took = Duration.ofNanos(System.nanoTime() - nanos);
    assertThat(took).isLessThan(BOUND);
  }

  /** The launcher first: it must not start another. */
  private void killBoth() {
    for (ProcessHandle each : List.of(site.launcher(), site.daemon())) {
      each.destroyForcibly();
    }
  }
}
