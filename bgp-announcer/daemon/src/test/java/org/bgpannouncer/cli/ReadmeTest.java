package org.bgpannouncer.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.bgpannouncer.docs.Page;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import picocli.CommandLine;

/** What the README tells to type or to copy is what works. */
class ReadmeTest {
  @ParameterizedTest
  @EnumSource(names = {"README", "EXABGP"})
  void theSiteFileGoesWithTheExaBgpFileOf(Page page, @TempDir Path directory) throws IOException {
    Path site =
        Files.writeString(directory.resolve("site.yaml"), Page.README.block("yaml", "local-as"));
    Path exabgp =
        Files.writeString(directory.resolve("exabgp.conf"), page.block("", "process announcer"));
    StringWriter err = new StringWriter();
    CommandLine command =
        Main.commandLine()
            .setOut(new PrintWriter(new StringWriter()))
            .setErr(new PrintWriter(err, true));
    int code = command.execute("check-config", site.toString(), "--exabgp", exabgp.toString());
    // What the router says cannot be seen from here; edge.conf has it.
    assertThat(err.toString().lines())
        .singleElement()
        .asString()
        .startsWith("warning: ")
        .contains("expected: allow local as 3 in a router that is BIRD");
    assertThat(Page.README.path().resolveSibling("bird-templates/edge.conf"))
        .content()
        .contains("allow local as 3");
    assertThat(code).isZero();
  }

  @Test
  void theSampleOfAProbeIsThatOfTheCommandLinesPage() throws IOException {
    List<String> rows =
        Page.README
            .text()
            .lines()
            .filter(line -> line.matches("    (CHECK|p2p\\.|rpc\\.).*"))
            .toList();
    assertThat(rows).hasSize(7);
    assertThat(Page.CLI.text().lines().map(String::stripTrailing).toList())
        .containsSequence(rows.stream().map(line -> line.substring(4).stripTrailing()).toList());
  }

  @Test
  void everyScriptThatItNamesIsThere() throws IOException {
    List<MatchResult> scripts =
        Pattern.compile("\\./(scripts/[a-z]+)").matcher(Page.README.text()).results().toList();
    assertThat(scripts).hasSizeGreaterThanOrEqualTo(3);
    for (MatchResult script : scripts) {
      assertThat(Page.README.path().resolveSibling(script.group(1))).isExecutable();
    }
  }
}
