package org.bgpannouncer.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.PrintWriter;
import org.bgpannouncer.daemon.ExitCode;
import picocli.CommandLine.Command;

/** {@code announcer pinning}. */
@Command(
    name = "pinning",
    description = {
      "Shows which addresses the connections of each node have, as the node tells by RPC.",
      "Exit code 1 if one of them is not as the site file says."
    },
    mixinStandardHelpOptions = true)
final class PinningCommand extends ControlCommand {
  PinningCommand() {
    super("GET", "/v1/hosts");
  }

  @Override
  void print(JsonNode answer, PrintWriter out) {
    Views.pinning(answer, out);
  }

  @Override
  ExitCode judge(JsonNode answer) {
    for (JsonNode host : answer.path("hosts")) {
      if (Views.pinningCheck(host).path("outcome").asText().equals("SOFT")) {
        return ExitCode.NO;
      }
    }
    return ExitCode.OK;
  }
}
