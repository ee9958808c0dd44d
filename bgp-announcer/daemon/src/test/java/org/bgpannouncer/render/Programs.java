package org.bgpannouncer.render;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Runs programs, also inside of a network namespace. */
final class Programs {
  private static final long PATIENCE_SECONDS = 20;

  private Programs() {}

  /** How a program has ended, and all that it printed. */
  record Status(int code, String out) {}

  /** The command, inside of a namespace. */
  static List<String> in(String namespace, String... command) {
    List<String> inside = new ArrayList<>(List.of("ip", "netns", "exec", namespace));
    inside.addAll(List.of(command));
    return inside;
  }

  /** Runs it to its end. */
  static Status run(List<String> command) throws IOException, InterruptedException {
    Process process = builder(command).start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)).isTrue();
    return new Status(process.exitValue(), said);
  }

  /** Runs it to its good end; what it printed. */
  static String say(List<String> command) {
    try {
      Status status = run(command);
      assertThat(status.code())
          .as(
              "%s: %s (expected: ./scripts/test --install)",
              String.join(" ", command), status.out())
          .isZero();
      return status.out();
    } catch (IOException | InterruptedException e) {
      throw new IllegalStateException(String.join(" ", command), e);
    }
  }

  /** Not started; it finds what only root has in its path, and prints errors with the rest. */
  static ProcessBuilder builder(List<String> command) {
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().merge("PATH", "/usr/sbin:/sbin", (path, more) -> path + ":" + more);
    return builder;
  }
}
