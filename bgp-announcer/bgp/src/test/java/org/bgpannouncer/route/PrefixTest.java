package org.bgpannouncer.route;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
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

  // Bit by bit on the octets: what the words of an address must agree with.
  @Property
  void aPrefixContainsTheAddressesThatBeginWithIt(
      @ForAll @Size(16) byte[] octets,
      @ForAll boolean ipv4,
      @ForAll @IntRange(max = 128) int at,
      @ForAll @IntRange(max = 127) int flipped) {
    byte[] bytes = ipv4 ? Arrays.copyOf(octets, 4) : octets;
    int bits = bytes.length * 8;
    int length = at % (bits + 1);
    int flip = flipped % bits;
    byte[] network = bytes.clone();
    for (int i = length; i < bits; i++) {
      network[i / 8] &= (byte) ~(0x80 >> (i % 8));
    }
    Prefix prefix = new Prefix(IpAddress.of(network), length);
    byte[] other = bytes.clone();
    other[flip / 8] ^= (byte) (0x80 >> (flip % 8));
    assertThat(prefix.contains(IpAddress.of(bytes))).isTrue();
    assertThat(prefix.contains(IpAddress.of(other))).isEqualTo(flip >= length);
    assertThat(IpAddress.of(bytes).toBytes()).isEqualTo(bytes);
    if (!Arrays.equals(network, bytes)) {
      assertThatThrownBy(() -> new Prefix(IpAddress.of(bytes), length))
          .hasMessageEndingWith("(expected: no host bits set)");
    }
  }

  @Property
  void addressesAreOrderedAsTheirOctets(
      @ForAll @Size(16) byte[] one, @ForAll @Size(16) byte[] other) {
    assertThat(Integer.signum(IpAddress.of(one).compareTo(IpAddress.of(other))))
        .isEqualTo(Integer.signum(Arrays.compareUnsigned(one, other)));
    assertThat(IpAddress.of(Arrays.copyOf(one, 4))).isLessThan(IpAddress.of(other));
  }
}
