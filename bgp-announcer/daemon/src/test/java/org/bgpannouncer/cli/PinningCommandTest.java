package org.bgpannouncer.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import org.bgpannouncer.daemon.ExitCode;
import org.junit.jupiter.api.Test;

class PinningCommandTest {
  private static final String PINNED =
      """
      {"name":"btc1","checks":[{"check":"rpc.node","outcome":"SOFT"},
        {"check":"rpc.pinning","outcome":"OK","reason":"PASSED","detail":"out from ...",
         "values":{"outbound":"85.208.70.11 (10)","inbound":"85.208.69.13 (40)"}}]}""";
  private static final String WRONG =
      """
      {"name":"btc2","checks":[
        {"check":"rpc.pinning","outcome":"SOFT","reason":"WRONG_SOURCE",
         "detail":"to 192.0.2.7:8333 from 85.208.69.13",
         "values":{"outbound":"85.208.69.13 (1) 85.208.70.12 (9)","inbound":"none"}}]}""";
  private static final String FORBIDDEN =
      """
      {"name":"btc3","checks":[{"check":"rpc.pinning","outcome":"OK","reason":"PASSED",
        "detail":"not judged: 403","values":{}}]}""";
  private static final String UNASKED = "{\"name\":\"web1\",\"checks\":[]}";

  @Test
  void aLineForEachHostSaysWhereItsConnectionsLeaveAndArrive() throws IOException {
    StringWriter text = new StringWriter();
    PrintWriter out = new PrintWriter(text);
    Views.pinning(hosts(PINNED, WRONG, FORBIDDEN, UNASKED), out);
    out.flush();
    assertThat(text.toString())
        .isEqualTo(
            """
            HOST  PINNED  OUT FROM                           IN AT              DETAIL
            btc1  yes     85.208.70.11 (10)                  85.208.69.13 (40)
            btc2  NO      85.208.69.13 (1) 85.208.70.12 (9)  none               WRONG_SOURCE: to 192.0.2.7:8333 from 85.208.69.13
            btc3  -       -                                  -                  not judged: 403
            web1  -       -                                  -                  not asked (needs physical-range, outbound and rpc)
            """);
  }

  @Test
  void oneViolationIsTheExitCode() throws IOException {
    PinningCommand command = new PinningCommand();
    assertThat(command.judge(hosts(PINNED, FORBIDDEN, UNASKED))).isEqualTo(ExitCode.OK);
    assertThat(command.judge(hosts(PINNED, WRONG))).isEqualTo(ExitCode.NO);
  }

  private static JsonNode hosts(String... hosts) throws IOException {
    return new ObjectMapper().readTree("{\"hosts\":[" + String.join(",", hosts) + "]}");
  }
}
