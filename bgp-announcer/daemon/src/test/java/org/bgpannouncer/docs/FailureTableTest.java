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
import org.junit.jupiter.api.Test;

/** A row of the failure table is a promise; the test that it names must exist. */
class FailureTableTest {
  private static final Path ROOT = Path.of("../..");
  private static final Pattern NAMED =
      Pattern.compile("`([A-Z]\\w+(?:Test|IT|Contract))(?:\\.(\\w+))?`");

  @Test
  void everyTestNamedInTheFailureTableExists() throws IOException {
    Map<String, String> tests = sourcesOfTests();
    List<String> missing = new ArrayList<>();
    List<MatchResult> named =
        NAMED.matcher(Files.readString(ROOT.resolve("ARCHITECTURE.md"))).results().toList();
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
