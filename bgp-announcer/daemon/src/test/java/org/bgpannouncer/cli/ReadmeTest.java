package org.bgpannouncer.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.bgpannouncer.docs.Page;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** What the README tells to type or to copy is what works. */
class ReadmeTest {
  @Test
  void theSiteFileGoesWithTheExaBgpFileThatIsRendered(@TempDir Path directory) throws IOException {
    checkTogether(directory, rendered("exabgp4", directory));
  }

  @Test
  void everyFileIsRendered(@TempDir Path directory) throws IOException {
    assertThat(rendered("bird", directory)).contains("allow local as 3"); // as the warning wants it
    assertThat(rendered("bitcoin", directory)).contains("bind=192.0.2.13:8333");
    assertThat(rendered("iproute2", directory)).contains("src 198.51.100.11");
    assertThat(rendered("nft", directory)).contains("192.0.2.13 . 8333");
  }

  @Test
  void theSiteFileGoesWithTheExaBgpFileOfItsPage(@TempDir Path directory) throws IOException {
    checkTogether(directory, Page.EXABGP.block("", "process announcer"));
  }

  private static void checkTogether(Path directory, String exaBgpFile) throws IOException {
    Path site = siteFile(directory);
    Path exabgp = Files.writeString(directory.resolve("exabgp.conf"), exaBgpFile);
    StringWriter err = new StringWriter();
    CommandLine command =
        Main.commandLine()
            .setOut(new PrintWriter(new StringWriter()))
            .setErr(new PrintWriter(err, true));
    int code = command.execute("check-config", site.toString(), "--exabgp", exabgp.toString());
    assertThat(err.toString().lines())
        .singleElement()
        .asString()
        .startsWith("warning: ")
        .contains("expected: allow local as 3 in a router that is BIRD");
    assertThat(code).isZero();
  }

  private static Path siteFile(Path directory) throws IOException {
    return Files.writeString(directory.resolve("site.yaml"), Page.README.block("yaml", "local-as"));
  }

  /** What the README's command for this target prints. */
  private static String rendered(String target, Path directory) throws IOException {
    String site = siteFile(directory).toString();
    String command =
        Page.README
            .block("sh", "announcer render")
            .lines()
            .filter(line -> line.startsWith("announcer render " + target + " "))
            .findFirst()
            .orElseThrow();
    String[] words = command.replaceAll(" *#.*", "").split(" ", -1);
    StringWriter out = new StringWriter();
    int code =
        Main.commandLine()
            .setOut(new PrintWriter(out, true))
            .execute(
                Arrays.stream(words)
                    .skip(1)
                    .map(word -> word.equals("site.yaml") ? site : word)
                    .toArray(String[]::new));
    assertThat(code).isZero();
    return out.toString();
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
