package org.bgpannouncer.daemon;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The main job end to end: a node's state at a real router, through a real ExaBGP. */
class DaemonIT {
  @TempDir Path folder;
  private OneSite site;

  @BeforeEach
  void start() throws IOException {
    site = new OneSite(folder);
    site.awaitAnnounced();
  }

  @AfterEach
  void stop() {
    site.close();
  }

  @Test
  void aDeadNodeIsWithdrawnAndStatusSaysWhyAndItComesBack() throws IOException {
    assertThat(site.route("all")).contains("BGP.med: 100");
    assertThat(site.call("GET", "/v1/status").at("/services/0/state").asText()).isEqualTo("UP");
    site.node.die();
    site.awaitWithdrawn();
    JsonNode status = site.call("GET", "/v1/status");
    assertThat(status.at("/hosts/0/reason").asText()).isEqualTo("PROVEN_DEAD");
    assertThat(status.at("/services/0/reason").asText()).contains("0 of 1 hosts fit");
    site.node.revive();
    site.awaitAnnounced();
  }

  @Test
  void aKilledDaemonMovesNothing() throws IOException {
    String before = site.route();
    ProcessHandle killed = site.daemon();
    String since = site.call("GET", "/v1/status").path("since").asText();
    killed.destroyForcibly();
    await()
        .atMost(OneSite.PATIENCE)
        .ignoreExceptions()
        .until(
            () -> {
              JsonNode status = site.call("GET", "/v1/status");
              return !status.path("since").asText().equals(since)
                  && status.at("/services/0/state").asText().equals("UP");
            });
    assertThat(site.route()).as("the same route, from the same moment").isEqualTo(before);
  }

  @Test
  void sigtermWithdrawsAndTheDaemonEndsWithinASecond() throws Exception {
    ProcessHandle daemon = site.daemon();
    daemon.destroy();
    site.awaitWithdrawn();
    long nanos = System.nanoTime();
    daemon.onExit().get(20, TimeUnit.SECONDS);
    assertThat(Duration.ofNanos(System.nanoTime() - nanos)).isLessThan(Duration.ofSeconds(1));
  }

  @Test
  void sigtermIsLoggedOnceWhateverElseEnds() throws Exception {
    ProcessHandle daemon = site.daemon();
    daemon.destroy();
    daemon.destroy();
    daemon.onExit().get(20, TimeUnit.SECONDS);
    assertThat(site.log().lines().filter(line -> line.contains("event=stopping")))
        .singleElement()
        .asString()
        .contains("reason=SIGTERM routes=withdrawn");
  }

  @Test
  void sighupReloads() throws IOException {
    site.writeSite("communities: [\"65001:8\"]");
    site.signalDaemon("HUP");
    await().atMost(OneSite.PATIENCE).until(() -> site.route("all").contains("(65001,8)"));
  }

  @Test
  void aReloadChangesWhatChangedAndAWrongFileNothing() throws IOException {
    site.writeSite("communities: [\"65001:7\"]");
    JsonNode done = site.call("POST", "/v1/reload");
    assertThat(done.path("accepted").asBoolean()).as(done.toString()).isTrue();
    assertThat(done.path("differences")).hasSize(1);
    await().atMost(OneSite.PATIENCE).until(() -> site.route("all").contains("(65001,7)"));
    String before = site.route();
    site.writeSite("colour: blue");
    JsonNode refused = site.call("POST", "/v1/reload");
    assertThat(refused.at("/problems/0").asText()).contains("site.yaml:14:5 services[0].colour");
    assertThat(site.route()).isEqualTo(before);
    assertThat(site.log()).contains("event=reload-refused");
  }
}
