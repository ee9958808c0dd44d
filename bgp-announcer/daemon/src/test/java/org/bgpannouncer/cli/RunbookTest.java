package org.bgpannouncer.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.bgpannouncer.decision.ServiceState;
import org.bgpannouncer.docs.Page;
import org.bgpannouncer.health.Verdict;
import org.bgpannouncer.observe.StatusSnapshot.RoutePhase;
import org.bgpannouncer.observe.StatusSnapshot.SpeakerPhase;
import org.bgpannouncer.probe.Reason;
import org.junit.jupiter.api.Test;

/** At night nobody corrects a command line: what docs/runbook.md tells to type and to read is. */
class RunbookTest {
  private static final List<String> COLUMNS = List.of("NEXT", "REASON", "VERDICT");

  @Test
  void everyCommandOfOursIsWellFormed() throws IOException {
    List<String> commands =
        Page.RUNBOOK
            .text()
            .lines()
            .filter(line -> line.startsWith("announcer "))
            .map(line -> line.replaceAll(" +#.*", ""))
            .toList();
    assertThat(commands).hasSizeGreaterThan(5);
    for (String command : commands) {
      String[] words = command.split(" ", -1);
      Main.commandLine().parseArgs(Arrays.copyOfRange(words, 1, words.length));
    }
  }

  @Test
  void everyReasonAndStateIsOneThatIsPrinted() throws IOException {
    List<String> known =
        Stream.of(
                Reason.values(),
                ServiceState.values(),
                Verdict.values(),
                RoutePhase.values(),
                SpeakerPhase.values())
            .flatMap(Arrays::stream)
            .map(Enum::name)
            .toList();
    assertThat(found("`([A-Z_]{4,})`"))
        .hasSizeGreaterThan(20)
        .allMatch(word -> known.contains(word) || COLUMNS.contains(word));
    assertThat(List.of("DOWN", "NOT_READY", "INIT", "DEGRADED", "UP", "SETTLED", "OVERDUE"))
        .isSubsetOf(known);
  }

  @Test
  void everyLinkWithinThePageLeadsToAHeading() throws IOException {
    List<String> headings =
        Page.RUNBOOK
            .text()
            .lines()
            .filter(line -> line.startsWith("## "))
            .map(
                line ->
                    line.substring(3)
                        .toLowerCase(Locale.ROOT)
                        .replaceAll("[^a-z ]", "")
                        .replace(' ', '-'))
            .toList();
    assertThat(found("\\(#([a-z-]+)\\)")).hasSizeGreaterThan(4).isSubsetOf(headings);
  }

  private static List<String> found(String pattern) throws IOException {
    return Pattern.compile(pattern)
        .matcher(Page.RUNBOOK.text())
        .results()
        .map((MatchResult found) -> found.group(1))
        .toList();
  }
}
