package org.bgpannouncer.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/**
 * One file per rule under {@code broken/}, with {@code NAME.problems} beside it: the whole output.
 * Rewritten with {@code -Dgolden.update}, refused when {@code CI} is set.
 */
class BrokenFilesTest {
  private static final Path DIRECTORY = Path.of("src/test/resources/broken");

  @Test
  void coversAtLeastFortyRules() throws IOException {
    assertThat(files()).hasSizeGreaterThanOrEqualTo(90);
  }

  @TestFactory
  List<DynamicTest> tellsTheWholeProblem() throws IOException {
    List<DynamicTest> tests = new ArrayList<>();
    for (Path file : files()) {
      tests.add(DynamicTest.dynamicTest(name(file), () -> tells(file)));
    }
    return tests;
  }

  private static void tells(Path file) throws IOException {
    ConfigFile found = ConfigFile.parse(name(file) + ".yaml", Files.readString(file));
    String told =
        String.join("", found.problems().stream().map(problem -> problem + "\n").toList());
    Path expected = file.resolveSibling(name(file) + ".problems");
    if (System.getProperty("golden.update") != null && System.getenv("CI") == null) {
      Files.writeString(expected, told);
    }
    assertThat(told).isNotEmpty().isEqualTo(Files.readString(expected));
  }

  private static List<Path> files() throws IOException {
    try (Stream<Path> files = Files.list(DIRECTORY)) {
      return files.filter(file -> file.toString().endsWith(".yaml")).sorted().toList();
    }
  }

  private static String name(Path file) {
    return file.getFileName().toString().replace(".yaml", "");
  }
}
