package org.bgpannouncer.config;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.nio.charset.StandardCharsets;

/**
 * Whatever stands in a site file, it is a site or there are problems, each on one printable line
 * with a place in the file; reading it again tells the same.
 */
final class ConfigFileFuzzTest {
  private static final int MAX_PROBLEM_CHARS = 2000;

  @FuzzTest
  void isASiteOrHasProblems(byte[] input) {
    String text = new String(input, StandardCharsets.UTF_8);
    ConfigFile read = ConfigFile.parse("site.yaml", text);
    assertThat(read.sites().isEmpty() && read.problems().isEmpty()).isFalse();
    for (ConfigProblem problem : read.problems()) {
      assertThat(problem.toString())
          .matches("site\\.yaml:[1-9][0-9]*:[1-9][0-9]* [\\x20-\\x7e]+")
          .hasSizeLessThanOrEqualTo(MAX_PROBLEM_CHARS);
    }
    ConfigFile again = ConfigFile.parse("site.yaml", text);
    assertThat(again.problems()).isEqualTo(read.problems());
    assertThat(again.sites().keySet()).isEqualTo(read.sites().keySet());
  }
}
