package org.bgpannouncer.render;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Runs programs, also inside of a network namespace. */
public final class Programs {
  /**
   * As its service does: the daemons first, then vtysh, which hands each what is its. $0 is the
   * file, $1 an option of bgpd. What it saves is not the machine's.
   */
  public static final String FRR =
      """
      mount -t tmpfs none /run
      mount -t tmpfs none /etc/frr
      touch /etc/frr/vtysh.conf
      install -d -o frr -g frr /run/frr
      for daemon in zebra staticd "bgpd $1"; do
        /usr/lib/frr/$daemon --log=stdout --vty_port=0 --config_file=/dev/null &
      done
      until [ -e /run/frr/zebra.vty ] && [ -e /run/frr/staticd.vty ] && [ -e /run/frr/bgpd.vty ]; do
        sleep 0.1
      done
      vtysh -f "$0"
      wait
      """;

  private static final long PATIENCE_SECONDS = 20;

  private Programs() {}

  /** How a program has ended, and all that it printed. */
  public record Status(int code, String out) {}

  /** The command, inside of a namespace. */
  public static List<String> in(String namespace, String... command) {
    List<String> inside = new ArrayList<>(List.of("ip", "netns", "exec", namespace));
    inside.addAll(List.of(command));
    return inside;
  }

  /** Runs it to its end. */
  public static Status run(List<String> command) throws IOException, InterruptedException {
    Process process = builder(command).start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)).isTrue();
    return new Status(process.exitValue(), said);
  }

  /** Runs it to its good end; what it printed. */
  public static String say(List<String> command) {
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

  /** The same. */
  public static String say(String... command) {
    return say(List.of(command));
  }

  /** Not started; it finds what only root has in its path, and prints errors with the rest. */
  public static ProcessBuilder builder(List<String> command) {
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().merge("PATH", "/usr/sbin:/sbin", (path, more) -> path + ":" + more);
    return builder;
  }
}
