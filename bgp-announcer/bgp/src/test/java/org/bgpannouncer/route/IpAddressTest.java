package org.bgpannouncer.route;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class IpAddressTest {
  @ParameterizedTest
  @CsvSource({
    "192.0.2.1, 192.0.2.1",
    "0.0.0.0, 0.0.0.0",
    "255.255.255.255, 255.255.255.255",
    "2001:DB8::1, 2001:db8::1",
    "2001:db8:0:0:1:0:0:1, 2001:db8::1:0:0:1",
    "2001:db8:0:1:1:1:1:1, 2001:db8:0:1:1:1:1:1",
    "::, ::",
    "::1, ::1",
    "fe80::, fe80::",
  })
  void printsInRfc5952Form(String text, String printed) {
    assertThat(IpAddress.parse(text)).hasToString(printed);
  }

  @Test
  void tenThousandNeighbouringNetworksHardlyShareAHash() {
    long different =
        IntStream.range(0, 10_000)
            .mapToObj(i -> IpAddress.parse("10." + i / 256 + "." + i % 256 + ".0"))
            .mapToInt(IpAddress::hashCode)
            .distinct()
            .count();
    assertThat(different).isGreaterThan(9_900);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "localhost",
        "1.2.3",
        "1.2.3.4.5",
        "256.0.0.1",
        "01.2.3.4",
        "1.2.3.4\n",
        "fe80::1%lo",
        ":::",
        "2001:db8::1::2",
        "1.2.3.4 ",
        "٤.1.1.1",
        "dead:beef"
      })
  void refusesWhatIsNoNumericAddress(String text) {
    assertThatThrownBy(() -> IpAddress.parse(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageEndingWith("(expected: a numeric IPv4 or IPv6 address)")
        .message()
        .doesNotContainPattern("\\p{Cntrl}");
  }

  @Property
  void parsesWhatItPrintsIpv4(@ForAll @Size(4) byte[] bytes) {
    IpAddress address = IpAddress.of(bytes);
    assertThat(IpAddress.parse(address.toString())).isEqualTo(address);
  }

  @Property
  void parsesWhatItPrintsIpv6(@ForAll @Size(16) byte[] bytes) {
    IpAddress address = IpAddress.of(bytes);
    // The JDK turns IPv4-mapped IPv6 into IPv4; such an address cannot be written as text.
    if (address.toInetAddress().getAddress().length == 16) {
      assertThat(IpAddress.parse(address.toString())).isEqualTo(address);
    }
  }
}
