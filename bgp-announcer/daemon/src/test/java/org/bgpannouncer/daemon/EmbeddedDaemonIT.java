package org.bgpannouncer.daemon;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.bgpannouncer.daemon.OneSite.Way;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The daemon that speaks BGP itself, and what a real BIRD sees of its end. */
class EmbeddedDaemonIT {
  @TempDir Path folder;
  private OneSite site;

  @BeforeEach
  void announce() throws IOException {
    site = new OneSite(folder, Way.EMBEDDED_EXTERNAL);
    site.awaitAnnounced();
  }

  @AfterEach
  void stop() {
    site.close();
  }

  @Test
  void aKilledDaemonTakesItsRouteWithItAndTheNextOneAnnouncesAnew() throws IOException {
    site.killSpeaker();
    site.awaitWithdrawn();
    site.restartSpeaker();
    site.awaitAnnounced();
  }

  @Test
  void theRouterIsToldThatTheOperatorStoppedIt() throws Exception {
    ProcessHandle daemon = site.daemon();
    daemon.destroy();
    daemon.onExit().get(20, TimeUnit.SECONDS);
    site.awaitWithdrawn();
    await()
        .atMost(OneSite.PATIENCE)
        .untilAsserted(
            () ->
                assertThat(site.session())
                    .contains("Received: Administrative shutdown")
                    .contains("A: announcer stopped"));
  }

  @Test
  void aReloadIsToldOnTheSessionThatStands() throws IOException {
    site.writeSite("communities: [\"65001:7\"]");
    JsonNode done = site.call("POST", "/v1/reload");
    assertThat(done.path("accepted").asBoolean()).as(done.toString()).isTrue();
    site.awaitRoute("(65001,7)");
    assertThat(site.session()).contains("Established").doesNotContain("Last error");
  }
}
