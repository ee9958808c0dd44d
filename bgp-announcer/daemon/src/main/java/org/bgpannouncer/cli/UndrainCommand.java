package org.bgpannouncer.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.PrintWriter;
import org.bgpannouncer.control.StatusJson;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code announcer undrain}. */
@Command(
    name = "undrain",
    description = "Takes a drained host back in: at once if it is fit, else when it has become so.",
    mixinStandardHelpOptions = true)
final class UndrainCommand extends ControlCommand {
  @Parameters(paramLabel = "HOST", description = "Its name in the site file.")
  private String host = "";

  UndrainCommand() {
    super("POST", "/v1/undrain");
  }

  @Override
  String body() {
    return StatusJson.object(out -> out.writeStringField("host", host));
  }

  @Override
  void print(JsonNode answer, PrintWriter out) {
    Views.drain(answer, host + " is drained no more", out);
  }
}
