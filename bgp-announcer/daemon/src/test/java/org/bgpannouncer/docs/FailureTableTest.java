package org.bgpannouncer.docs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.bgpannouncer.testkit.bgp.PeerFault;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A row of the failure table, or of the testkit's, is a promise: the test that it names must exist,
 * and so must the switch.
 */
class FailureTableTest {
  private static final Path ROOT = Path.of("../..");
  private static final String TESTKIT = "bgp-announcer/testkit/README.md";
  private static final Pattern SWITCH =
      Pattern.compile(
          "(P2pFault|ZmqFault|PeerFault|RpcReply|CoreVersion|node(?:\\.(?:rpc|p2p)\\(\\))?)\\.(?!rpc|p2p)(\\w+)");
  private static final Pattern NAMED =
      Pattern.compile("`([A-Z]\\w+(?:Test|IT|Contract))(?:\\.(\\w+))?`");

  @ParameterizedTest
  @ValueSource(strings = {"ARCHITECTURE.md", TESTKIT})
  void everyTestNamedInATableExists(String page) throws IOException {
    Map<String, String> tests = sourcesOfTests();
    List<String> missing = new ArrayList<>();
    List<MatchResult> named =
        NAMED.matcher(Files.readString(ROOT.resolve(page))).results().toList();
    for (MatchResult test : named) {
      String source = tests.get(test.group(1));
      if (source == null
          || (test.group(2) != null && !source.contains("void " + test.group(2) + "("))) {
        missing.add(test.group());
      }
    }
    assertThat(missing).isEmpty();
    assertThat(named).hasSizeGreaterThan(15);
  }

  @Test
  void everySwitchNamedInTheTestkitsTableExists() throws IOException {
    List<MatchResult> switches =
        SWITCH.matcher(Files.readString(ROOT.resolve(TESTKIT))).results().toList();
    assertThat(switches).hasSizeGreaterThan(15);
    for (MatchResult named : switches) {
      assertThat(sourceOf(named)).as(named.group()).containsPattern("\\b" + named.group(2) + "\\b");
    }
  }

  @Test
  void everyRowOfTheTestkitsTableHasASwitchAndATestOrDoesNotApply() throws IOException {
    List<String> rows =
        Files.readString(ROOT.resolve(TESTKIT))
            .lines()
            .filter(line -> line.startsWith("| ") && !line.matches("\\| (seen|fault) .*"))
            .toList();
    assertThat(rows)
        .hasSizeGreaterThan(15)
        .allMatch(
            row ->
                row.contains("does not apply: ")
                    || row.contains("| the same |")
                    || SWITCH.matcher(row).find())
        .allMatch(row -> row.contains("does not apply: ") || NAMED.matcher(row).find());
  }

  @Test
  void everyFaultOfASimulatedPeerHasARow() throws IOException {
    List<String> faults = new ArrayList<>();
    collectFaults(PeerFault.class, faults);
    assertThat(
            Files.readString(ROOT.resolve(TESTKIT))
                .lines()
                .filter(line -> line.startsWith("| `PeerFault."))
                .map(line -> line.split("`", 3)[1].substring("PeerFault.".length())))
        .hasSizeGreaterThan(10)
        .containsExactlyInAnyOrderElementsOf(faults);
  }

  private static void collectFaults(Class<?> kind, List<String> faults) {
    for (Class<?> each : kind.getPermittedSubclasses()) {
      if (each.isSealed()) {
        collectFaults(each, faults);
      } else {
        faults.add(each.getSimpleName());
      }
    }
  }

  private static String sourceOf(MatchResult named) throws IOException {
    String type =
        switch (named.group(1)) {
          case "node" -> "SimulatedBitcoind";
          case "node.rpc()" -> "SimulatedRpcServer";
          case "node.p2p()" -> "SimulatedP2pServer";
          default -> named.group(1);
        };
    return Files.readString(
        ROOT.resolve(
            "bgp-announcer/testkit/src/main/java/org/bgpannouncer/testkit/"
                + (type.equals("PeerFault") ? "bgp/" : "bitcoin/")
                + type
                + ".java"));
  }

  private static Map<String, String> sourcesOfTests() throws IOException {
    Map<String, String> tests = new TreeMap<>();
    for (String module : List.of("health-probes", "bgp-announcer")) {
      try (Stream<Path> files = Files.walk(ROOT.resolve(module))) {
        files
            .filter(file -> file.toString().matches(".*/src/test/java/.*\\.java"))
            .forEach(
                file ->
                    tests.put(file.getFileName().toString().replace(".java", ""), textOf(file)));
      }
    }
    return tests;
  }

  private static String textOf(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
