package org.bgpannouncer.config;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * Whatever stands in an ExaBGP configuration, what is wrong with it is told on printable lines, and
 * the same when it is read again.
 */
final class ExaBgpFileFuzzTest {
  private static final int MAX_LINE_CHARS = 2000;

  @FuzzTest
  void tellsWhatIsWrongOnPrintableLines(byte[] input) {
    String text = new String(input, StandardCharsets.ISO_8859_1);
    ExaBgpFile read = ExaBgpFile.parse("exabgp.conf", text, List.of());
    read.problems().forEach(problem -> requirePrintable(problem.toString()));
    read.warnings().forEach(warning -> requirePrintable(warning.toString()));
    assertThat(ExaBgpFile.parse("exabgp.conf", text, List.of())).isEqualTo(read);
  }

  private static void requirePrintable(String line) {
    assertThat(line)
        .matches("exabgp\\.conf:[1-9][0-9]*:[1-9][0-9]* [\\x20-\\x7e]+")
        .hasSizeLessThanOrEqualTo(MAX_LINE_CHARS);
  }
}
