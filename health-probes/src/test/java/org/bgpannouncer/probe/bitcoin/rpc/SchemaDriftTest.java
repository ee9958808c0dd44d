package org.bgpannouncer.probe.bitcoin.rpc;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.time.Duration;
import org.bgpannouncer.probe.Outcome;
import org.bgpannouncer.probe.bitcoin.NodeFacts.Notifier;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Every major version since 0.21 is read without loss; see the fixtures' README. */
final class SchemaDriftTest {
  @TempDir Path folder;

  @ParameterizedTest
  @ValueSource(strings = {"0.21", "22", "23", "24", "25", "26", "27", "28", "29", "30", "31"})
  void aHealthyNodeOfThisVersionPasses(String version) throws IOException {
    RpcLab lab = new RpcLab(folder);
    for (String method :
        new String[] {
          "uptime",
          "getblockchaininfo",
          "getnetworkinfo",
          "getmempoolinfo",
          "getindexinfo",
          "getzmqnotifications"
        }) {
      lab.on(method, RpcLab.result(fixture(version, method)));
    }
    lab.start().run(Duration.ofMinutes(5));

    assertThat(lab.observations).hasSizeGreaterThan(60);
    assertThat(lab.observations).allMatch(each -> each.outcome() == Outcome.OK);
    assertThat(lab.last(Reporter.CHAIN).values())
        .containsEntry("blocks", "900000")
        .containsEntry("chain", "main");
    assertThat(lab.last(Reporter.NODE).values())
        .containsEntry("connections_in", "36")
        .containsEntry("mempool_loaded", "true")
        .containsEntry("txindex_synced", "true");
    assertThat(lab.facts.notifiers())
        .containsExactly(
            new Notifier("hashblock", "tcp://127.0.0.1:28332"),
            new Notifier("sequence", "tcp://127.0.0.1:28332"));
    assertThat(lab.facts.inboundFull()).isFalse();
  }

  private static String fixture(String version, String method) throws IOException {
    String name = "/rpc/" + version + "/" + method + ".json";
    try (InputStream in = SchemaDriftTest.class.getResourceAsStream(name)) {
      assertThat(in).as(name).isNotNull();
      return new JsonMapper().readTree(in).toString();
    }
  }
}
