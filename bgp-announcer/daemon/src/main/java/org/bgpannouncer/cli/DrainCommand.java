package org.bgpannouncer.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.bgpannouncer.config.Durations;
import org.bgpannouncer.control.StatusJson;
import org.bgpannouncer.daemon.ExitCode;
import org.bgpannouncer.engine.DrainRequest;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;

/** {@code announcer drain}. */
@Command(
    name = "drain",
    description = {
      "Takes a host out of its services before it is restarted, and waits until the routers know.",
      "It is probed on; it comes back by undrain, or by itself."
    },
    mixinStandardHelpOptions = true)
final class DrainCommand extends ControlCommand {
  private static final long LOOK_AGAIN_MILLIS = 50;

  @Parameters(paramLabel = "HOST", description = "Its name in the site file.")
  private String host = "";

  @Option(
      names = "--reason",
      paramLabel = "TEXT",
      description = "Why, for status and log; at most 200 characters.")
  private String reason = "";

  @Option(
      names = "--for",
      paramLabel = "TIME",
      description = "When it ends by itself: 1s to 48h; default: ${DEFAULT-VALUE}.")
  private String bound = Durations.print(DrainRequest.DEFAULT_BOUND);

  @Option(
      names = "--force",
      description = {
        "Also where a service has too few other hosts: that is then announced at least preference."
      })
  private boolean force;

  @Option(
      names = "--wait",
      paramLabel = "TIME",
      description = "How long to wait for the routers; default: ${DEFAULT-VALUE}.")
  private String patience = "10s";

  DrainCommand() {
    super("POST", "/v1/drain");
  }

  @Override
  public Integer call() throws IOException {
    long until = System.nanoTime() + duration("--wait", patience).toNanos();
    duration("--for", bound);
    int code = super.call();
    if (code != ExitCode.OK.code()) {
      return code;
    }
    String waiting = unsettled();
    while (!waiting.isEmpty() && System.nanoTime() - until < 0) {
      pause();
      waiting = unsettled();
    }
    if (!waiting.isEmpty()) {
      commandLine().getErr().println("not acknowledged within " + patience + ": " + waiting);
      return ExitCode.NO.code();
    }
    return code;
  }

  @Override
  String body() {
    return StatusJson.object(
        out -> {
          out.writeStringField("host", host);
          out.writeStringField("reason", reason);
          out.writeNumberField("for_ms", duration("--for", bound).toMillis());
          out.writeBooleanField("force", force);
        });
  }

  @Override
  void print(JsonNode answer, PrintWriter out) {
    Views.drain(answer, host + " is drained for " + bound, out);
  }

  /** The prefixes of which the routers do not know yet. */
  private String unsettled() throws IOException {
    StringBuilder prefixes = new StringBuilder();
    JsonNode answer = new ObjectMapper().readTree(daemon().call("GET", "/v1/routes", "").json());
    for (JsonNode route : answer.path("routes")) {
      if (!route.path("phase").asText().equals("SETTLED")) {
        prefixes.append(prefixes.isEmpty() ? "" : ", ").append(Views.path(route));
      }
    }
    return prefixes.toString();
  }

  private static void pause() throws IOException {
    try {
      TimeUnit.MILLISECONDS.sleep(LOOK_AGAIN_MILLIS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
  }

  private Duration duration(String option, String text) {
    try {
      return Durations.parse(text);
    } catch (IllegalArgumentException e) {
      throw new ParameterException(
          commandLine(), option + ": " + text + " (expected: a duration, e.g. 30s or 4h)");
    }
  }
}
