package org.bgpannouncer.bgp.speaker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.bgpannouncer.route.Prefix;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ExportPolicyTest {
  private static final ExportPolicy POLICY =
      ExportPolicy.of(
          List.of(
              new ExportPolicy.Entry(Prefix.parse("192.0.2.0/24"), 24),
              new ExportPolicy.Entry(Prefix.parse("198.51.100.0/24"), 26),
              new ExportPolicy.Entry(Prefix.parse("2001:db8::/32"), 48)));

  @ParameterizedTest
  @CsvSource({
    "192.0.2.0/24, true",
    "192.0.2.0/25, false",
    "192.0.0.0/16, false",
    "198.51.100.0/24, true",
    "198.51.100.64/26, true",
    "198.51.100.64/27, false",
    "203.0.113.0/24, false",
    "0.0.0.0/0, false",
    "2001:db8:1::/48, true",
    "2001:db8::/49, false",
    "::/0, false",
  })
  void letsPassWhatAnEntryAllows(String prefix, boolean allowed) {
    assertThat(POLICY.allows(Prefix.parse(prefix))).isEqualTo(allowed);
  }

  @Test
  void withoutAPolicyNoRouteLeaves() {
    assertThat(ExportPolicy.NONE.allows(Prefix.parse("192.0.2.0/24"))).isFalse();
    assertThat(ExportPolicy.of(List.of()).allows(Prefix.parse("0.0.0.0/0"))).isFalse();
    assertThat(ExportPolicy.exactly()).isEqualTo(ExportPolicy.NONE);
  }

  @ParameterizedTest
  @CsvSource({"192.0.2.0/24, 23, 24 to 32", "2001:db8::/32, 129, 32 to 128"})
  void aLongestPrefixThatCannotBeIsRefused(String prefix, int maxLength, String expected) {
    assertThatThrownBy(() -> new ExportPolicy.Entry(Prefix.parse(prefix), maxLength))
        .hasMessage("max-length: " + maxLength + " (expected: " + expected + ")");
  }
}
