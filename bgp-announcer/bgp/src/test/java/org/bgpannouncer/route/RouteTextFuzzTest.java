package org.bgpannouncer.route;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.nio.charset.StandardCharsets;
import java.util.function.Function;

/**
 * Whatever stands where a prefix, an address or a community should is one, or refused in words fit
 * for a log; one that is read prints as what reads the same.
 */
final class RouteTextFuzzTest {
  private static final int MAX_MESSAGE_CHARS = 200;

  @FuzzTest
  void printsAsWhatReadsTheSame(byte[] input) {
    String text = new String(input, StandardCharsets.UTF_8);
    readsTheSame(text, IpAddress::parse);
    readsTheSame(text, Prefix::parse);
    readsTheSame(text, Community::parse);
    readsTheSame(text, LargeCommunity::parse);
    readsTheSame(text, ExtendedCommunity::parse);
  }

  private static <T> void readsTheSame(String text, Function<String, T> parser) {
    T value;
    try {
      value = parser.apply(text);
    } catch (IllegalArgumentException e) {
      assertThat(e.getMessage())
          .matches("[\\x20-\\x7e]*")
          .hasSizeLessThanOrEqualTo(MAX_MESSAGE_CHARS);
      return;
    }
    assertThat(parser.apply(value.toString())).isEqualTo(value).hasSameHashCodeAs(value);
  }
}
