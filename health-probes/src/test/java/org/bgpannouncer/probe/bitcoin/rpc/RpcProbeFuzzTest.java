package org.bgpannouncer.probe.bitcoin.rpc;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.bgpannouncer.probe.Observation;
import org.bgpannouncer.probe.Reason;
import org.bgpannouncer.probe.net.http.ScriptedHttp;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

/**
 * Whatever a node answers to its calls is judged: no call is left behind, nothing is our own bug,
 * and what is told of it is short and says no password. The first byte of an input is the HTTP
 * status, and whether the rest is the whole body, in which ID is that of the call, or only its
 * result.
 */
final class RpcProbeFuzzTest {
  private static final int[] STATUSES = {200, 200, 401, 403, 404, 500, 503, 302};
  private static final int AS_RESULT = 0x08;

  private static Path folder = Path.of("");

  @BeforeAll
  static void makeFolder() throws IOException {
    folder = Files.createTempDirectory("rpc-fuzz");
  }

  @AfterAll
  static void removeFolder() throws IOException {
    Files.deleteIfExists(folder.resolve(".cookie"));
    Files.delete(folder);
  }

  @FuzzTest
  void judgesEveryAnswer(byte[] input) {
    if (input.length == 0) {
      return;
    }
    String text = new String(input, 1, input.length - 1, StandardCharsets.UTF_8);
    RpcLab lab = new RpcLab(folder, config -> RpcLab.requiring(config, "txindex"));
    lab.onAll((connection, id) -> answer(connection, id, input[0], text));
    // Every call is made in the first round.
    lab.start().run(Duration.ofSeconds(30));

    assertThat(lab.observations).isNotEmpty();
    for (Observation observation : lab.observations) {
      assertThat(observation.reason()).isNotEqualTo(Reason.INTERNAL_ERROR);
      assertThat(observation.detail()).hasSizeLessThanOrEqualTo(Observation.MAX_DETAIL_CHARS);
      assertThat(observation.toString()).doesNotContain("5ec2e7c00c1e");
      if (observation.isProof()) {
        assertThat(observation.reason()).isEqualTo(Reason.WRONG_NETWORK);
      }
    }
    lab.probe.close();
  }

  private static void answer(ScriptedHttp.Connection connection, long id, byte how, String text) {
    String body = text.replace("ID", Long.toString(id));
    if ((how & AS_RESULT) != 0) {
      connection.answer(200, "{\"result\":" + body + ",\"error\":null,\"id\":" + id + "}");
    } else {
      connection.answer(STATUSES[how & 0x07], body);
    }
  }
}
