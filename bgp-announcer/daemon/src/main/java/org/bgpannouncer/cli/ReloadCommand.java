package org.bgpannouncer.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.PrintWriter;
import picocli.CommandLine.Command;

/** {@code announcer reload}. */
@Command(
    name = "reload",
    description = "Reads the configuration again, all or nothing; tells what changes.",
    mixinStandardHelpOptions = true)
final class ReloadCommand extends ControlCommand {
  ReloadCommand() {
    super("POST", "/v1/reload");
  }

  @Override
  void print(JsonNode answer, PrintWriter out) {
    Views.reload(answer, out);
  }
}
