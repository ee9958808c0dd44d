package org.bgpannouncer.route;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PrefixTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "192.0.2.14/24 | prefix: 192.0.2.14/24 (expected: no host bits set)",
        "192.0.2.0/33 | prefix: 192.0.2.0/33 (expected: length 0 to 32)",
        "2001:db8::/129 | prefix: 2001:db8::/129 (expected: length 0 to 128)",
        "192.0.2.0 | prefix: 192.0.2.0 (expected: ADDRESS/LENGTH)",
        "192.0.2.0/024 | prefix: 192.0.2.0/024 (expected: ADDRESS/LENGTH)",
        "192.0.2.0/-1 | prefix: 192.0.2.0/-1 (expected: ADDRESS/LENGTH)",
        "192.0.2.999/32 | address: 192.0.2.999 (expected: a numeric IPv4 or IPv6 address)",
      })
  void namesTheValueAndTheRule(String text, String message) {
    assertThatThrownBy(() -> Prefix.parse(text)).hasMessage(message);
  }

  @Test
  void aLineBreakCannotBecomePartOfAPrefix() {
    assertThatThrownBy(() -> Prefix.parse("192.0.2.0/24\nwithdraw route 198.51.100.0/24"))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @ParameterizedTest
  @CsvSource({
    "192.0.2.0/24, 192.0.2.0/25, true, true",
    "192.0.2.0/25, 192.0.2.0/24, false, true",
    "192.0.2.0/25, 192.0.2.128/25, false, false",
    "0.0.0.0/0, 192.0.2.0/24, true, true",
    "0.0.0.0/0, 2001:db8::/32, false, false",
    "2001:db8::/32, 2001:db8:1::/48, true, true",
  })
  void containsAndOverlaps(String one, String other, boolean contains, boolean overlaps) {
    assertThat(Prefix.parse(one).contains(Prefix.parse(other))).isEqualTo(contains);
    assertThat(Prefix.parse(one).overlaps(Prefix.parse(other))).isEqualTo(overlaps);
    assertThat(Prefix.parse(other).overlaps(Prefix.parse(one))).isEqualTo(overlaps);
  }
}
