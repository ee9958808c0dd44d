package org.bgpannouncer.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** What the README tells to type or to copy is what works. */
class ReadmeTest {
  private static final Path README = Path.of("../../README.md");
  private static final Pattern BLOCK = Pattern.compile("(?ms)^```(\\w*)\\n(.*?)^```$");

  @Test
  void theSiteFileAndTheExaBgpFileAreFaultless(@TempDir Path directory) throws IOException {
    Path site = Files.writeString(directory.resolve("site.yaml"), block("yaml", "local-as"));
    Path exabgp = Files.writeString(directory.resolve("exabgp.conf"), block("", "process "));
    StringWriter err = new StringWriter();
    CommandLine command =
        Main.commandLine()
            .setOut(new PrintWriter(new StringWriter()))
            .setErr(new PrintWriter(err, true));
    int code = command.execute("check-config", site.toString(), "--exabgp", exabgp.toString());
    assertThat(err.toString()).isEmpty();
    assertThat(code).isZero();
  }

  @Test
  void birdAcceptsTheRouterBlock(@TempDir Path directory) throws Exception {
    Path file =
        Files.writeString(
            directory.resolve("bird.conf"),
            "router id 203.0.113.1;\nprotocol device {}\n" + block("", "protocol bgp"));
    Process bird =
        new ProcessBuilder("/usr/sbin/bird", "-p", "-c", file.toString())
            .redirectErrorStream(true)
            .start();
    String said = new String(bird.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(bird.waitFor(20, TimeUnit.SECONDS)).isTrue();
    assertThat(said).isEmpty();
    assertThat(bird.exitValue()).isZero();
  }

  @Test
  void everyScriptThatItNamesIsThere() throws IOException {
    List<MatchResult> scripts =
        Pattern.compile("\\./(scripts/[a-z]+)")
            .matcher(Files.readString(README))
            .results()
            .toList();
    assertThat(scripts).hasSizeGreaterThanOrEqualTo(3);
    for (MatchResult script : scripts) {
      assertThat(README.resolveSibling(script.group(1))).isExecutable();
    }
  }

  private static String block(String language, String containing) throws IOException {
    return BLOCK
        .matcher(Files.readString(README))
        .results()
        .filter(block -> block.group(1).equals(language) && block.group(2).contains(containing))
        .findFirst()
        .orElseThrow(() -> new AssertionError("no block with " + containing))
        .group(2);
  }
}
