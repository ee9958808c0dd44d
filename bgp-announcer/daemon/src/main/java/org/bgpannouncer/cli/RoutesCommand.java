package org.bgpannouncer.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.PrintWriter;
import picocli.CommandLine.Command;

/** {@code announcer routes}. */
@Command(
    name = "routes",
    description = "Shows every prefix: what is wished, what is acknowledged, and why.",
    mixinStandardHelpOptions = true)
final class RoutesCommand extends ControlCommand {
  RoutesCommand() {
    super("GET", "/v1/routes");
  }

  @Override
  void print(JsonNode answer, PrintWriter out) {
    Views.routes(answer, out);
  }
}
