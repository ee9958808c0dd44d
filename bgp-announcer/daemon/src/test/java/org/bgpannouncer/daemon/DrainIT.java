package org.bgpannouncer.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Path;
import org.bgpannouncer.daemon.OneSite.Way;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A drain over the control socket, and what a real BIRD hears of it. */
class DrainIT {
  @TempDir Path folder;
  private OneSite site;

  @BeforeEach
  void announce() throws IOException {
    site = new OneSite(folder, Way.EMBEDDED_EXTERNAL);
    site.awaitRoute("BGP.med: 100");
  }

  @AfterEach
  void stop() {
    site.close();
  }

  @Test
  void theOnlyHostIsDrainedByForceOnlyAndItsRouteThenAttractsLeast() throws IOException {
    String before = site.route();
    JsonNode refused = site.call("POST", "/v1/drain", "{\"host\":\"h1\"}");
    assertThat(refused.at("/problems/0").asText())
        .isEqualTo("service bitcoin: too few others are fit (expected: 1, or --force)");
    site.assertUnmoved(before);

    site.call("POST", "/v1/drain", "{\"host\":\"h1\",\"reason\":\"kernel\",\"force\":true}");
    site.awaitRoute("BGP.med: 1000", "(65535,0)", "65001 65001 65001 65001");
    site.awaitState("DRAIN");
    assertThat(site.call("GET", "/v1/status").at("/hosts/0/drain/reason").asText())
        .isEqualTo("kernel");

    JsonNode back = site.call("POST", "/v1/undrain", "{\"host\":\"h1\"}");
    assertThat(back.path("accepted").asBoolean()).as(back.toString()).isTrue();
    site.awaitRoute("BGP.med: 100\n");
    site.awaitState("UP");
  }
}
