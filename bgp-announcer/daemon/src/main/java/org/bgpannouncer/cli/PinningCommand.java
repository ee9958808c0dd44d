package org.bgpannouncer.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.List;
import org.bgpannouncer.daemon.ExitCode;
import org.bgpannouncer.doctor.KernelConnections;
import org.bgpannouncer.probe.Observation;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code announcer pinning}. */
@Command(
    name = "pinning",
    description = {
      "Shows which addresses the connections of each node have, as the node tells by RPC, or as the"
          + " kernel of the node's machine does.",
      "Exit code 1 if one of them is not as the site file says."
    },
    mixinStandardHelpOptions = true)
final class PinningCommand extends ControlCommand {
  @Option(
      names = "--kernel",
      description =
          "Ask this machine's kernel (ss, as root) of the nodes that run here, and no daemon; needs"
              + " --config.")
  private boolean kernel;

  PinningCommand() {
    super("GET", "/v1/hosts");
  }

  @Override
  public Integer call() throws IOException {
    if (!kernel) {
      return super.call();
    }
    List<Observation> found = KernelConnections.here(daemon().site());
    if (found.isEmpty()) {
      throw new IOException(
          "--kernel: no node of the site runs here (expected: on one of its hosts, with"
              + " physical-range and outbound in the site file)");
    }
    return show(answer(found)).code();
  }

  /** In the form of the control socket's, of which this is a part. */
  private static JsonNode answer(List<Observation> found) {
    ObjectNode answer = JsonNodeFactory.instance.objectNode();
    ArrayNode hosts = answer.putArray("hosts");
    for (Observation observation : found) {
      ObjectNode check =
          hosts
              .addObject()
              .put("name", observation.host())
              .putArray("checks")
              .addObject()
              .put("check", observation.check().toString())
              .put("outcome", observation.outcome().toString())
              .put("reason", observation.reason().toString())
              .put("detail", observation.detail());
      ObjectNode values = check.putObject("values");
      observation.values().forEach(values::put);
    }
    return answer;
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
