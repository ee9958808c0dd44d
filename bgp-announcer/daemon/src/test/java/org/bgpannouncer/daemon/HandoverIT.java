package org.bgpannouncer.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code run} with options that change what stays behind, and what is read. */
class HandoverIT {
  @TempDir Path folder;

  @Test
  void withHandoverSigtermLeavesTheRouteToTheNextDaemonAndEachLogLineIsJson() throws Exception {
    try (OneSite site =
        new OneSite(folder, OneSite.Way.EXABGP_4_EXTERNAL, "--handover", "--log-format", "json")) {
      site.awaitAnnounced();
      String before = site.route();
      ProcessHandle daemon = site.daemon();
      daemon.destroy();
      daemon.onExit().get(20, TimeUnit.SECONDS);
      site.assertUnmoved(before);

      ObjectMapper json = new ObjectMapper();
      List<String> lines = site.log().lines().filter(line -> line.startsWith("{")).toList();
      for (String line : lines) {
        JsonNode event = json.readTree(line);
        assertThat(event.path("time").asText()).as(line).matches("....-..-..T.*Z");
        assertThat(event.path("level").asText()).as(line).isIn("INFO", "WARN", "ERROR");
      }
      assertThat(lines)
          .anySatisfy(
              line -> {
                JsonNode event = json.readTree(line);
                assertThat(event.path("event").asText()).isEqualTo("stopping");
                assertThat(event.path("routes").asText()).isEqualTo("left");
              });
      assertThat(site.log()).doesNotContain(" INFO event=");
    }
  }
}
