package org.bgpannouncer.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.concurrent.Callable;
import org.bgpannouncer.control.ControlClient;
import org.bgpannouncer.daemon.ExitCode;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** A command that asks the running daemon one thing and prints the answer. */
abstract class ControlCommand implements Callable<Integer> {
  @Spec private @Nullable CommandSpec spec;

  @Mixin private ControlSocketOptions daemon = new ControlSocketOptions();

  @Option(names = "--json", description = "Print the daemon's JSON as it is.")
  private boolean json;

  private final String method;
  private final String path;

  ControlCommand(String method, String path) {
    this.method = method;
    this.path = path;
  }

  /** What is sent with it: JSON, or empty. */
  String body() {
    return "";
  }

  /** Which daemon it asks. */
  ControlSocketOptions daemon() {
    return daemon;
  }

  /** Prints the answer for people. */
  abstract void print(JsonNode answer, PrintWriter out);

  /** What an answer means that is not an error. */
  ExitCode judge(JsonNode answer) {
    return ExitCode.OK;
  }

  /** This command as it was typed. */
  CommandLine commandLine() {
    if (spec == null) {
      throw new IllegalStateException("picocli fills it");
    }
    return spec.commandLine();
  }

  @Override
  public Integer call() throws IOException {
    ControlClient.Answer answer = daemon.call(method, path, body());
    JsonNode tree = new ObjectMapper().readTree(answer.json());
    if (tree.has("error")) {
      throw new IOException("daemon: " + tree.get("error").asText());
    }
    ExitCode judged = show(tree);
    return (answer.status() == 200 ? judged : ExitCode.NO).code();
  }

  /** Prints it as it is asked for; what it means. */
  final ExitCode show(JsonNode tree) {
    PrintWriter out = commandLine().getOut();
    if (json) {
      out.println(tree);
    } else {
      print(tree, out);
    }
    out.flush();
    return judge(tree);
  }
}
