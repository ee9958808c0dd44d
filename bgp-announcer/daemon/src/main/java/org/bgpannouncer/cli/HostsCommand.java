package org.bgpannouncer.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.PrintWriter;
import picocli.CommandLine.Command;

/** {@code announcer hosts}. */
@Command(
    name = "hosts",
    description = "Shows every host with its checks and their stages.",
    mixinStandardHelpOptions = true)
final class HostsCommand extends ControlCommand {
  HostsCommand() {
    super("GET", "/v1/hosts");
  }

  @Override
  void print(JsonNode answer, PrintWriter out) {
    Views.hosts(answer, true, out);
  }
}
