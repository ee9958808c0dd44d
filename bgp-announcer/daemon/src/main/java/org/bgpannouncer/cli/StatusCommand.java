package org.bgpannouncer.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.PrintWriter;
import picocli.CommandLine.Command;

/** {@code announcer status}. */
@Command(
    name = "status",
    description = "Shows the site, its services, hosts and routes, each with the reason.",
    mixinStandardHelpOptions = true)
final class StatusCommand extends ControlCommand {
  StatusCommand() {
    super("GET", "/v1/status");
  }

  @Override
  void print(JsonNode answer, PrintWriter out) {
    Views.site(answer, out);
    out.println();
    Views.services(answer, out);
    out.println();
    Views.hosts(answer, false, out);
    out.println();
    Views.routes(answer, out);
  }
}
