package org.bgpannouncer.route;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CommunityTest {
  @ParameterizedTest
  @CsvSource({
    "graceful-shutdown, 65535:0",
    "accept-own, 65535:1",
    "llgr-stale, 65535:6",
    "no-llgr, 65535:7",
    "blackhole, 65535:666",
    "no-export, 65535:65281",
    "no-advertise, 65535:65282",
    "no-export-subconfed, 65535:65283",
    "nopeer, 65535:65284",
  })
  void aWellKnownOneHasAName(String name, String numbers) {
    assertThat(Community.parse(name)).hasToString(numbers).isEqualTo(Community.parse(numbers));
    assertThat(Community.parse(numbers).name()).contains(name);
  }

  @Test
  void anyOtherHasNone() {
    assertThat(Community.parse("64496:1").name()).isEmpty();
    assertThatThrownBy(() -> Community.parse("no-such"))
        .hasMessage("community: no-such (expected: HIGH:LOW)");
  }

  @ParameterizedTest
  @CsvSource({
    "rt:64496:100, 0x0002fbf000000064",
    "ro:64496:4294967295, 0x0003fbf0ffffffff",
    "rt:192.0.2.1:5, 0x0102c00002010005",
    "rt:4200000000:7, 0x0202fa56ea000007",
    // Four octets for a number that needs two.
    "ro:64496L:7, 0x02030000fbf00007",
    // Not transitive, a colour, one of a vendor.
    "0x4002fbf000000064, 0x4002fbf000000064",
    "0x030b000000000064, 0x030b000000000064",
    "0xffffffffffffffff, 0xffffffffffffffff",
  })
  void anExtendedOneIsWrittenAsRoutersDo(String text, String hex) {
    ExtendedCommunity community = ExtendedCommunity.parse(hex);
    assertThat(community).hasToString(text);
    assertThat(community.hex()).isEqualTo(hex);
    assertThat(ExtendedCommunity.parse(text)).isEqualTo(community);
  }

  @Property
  void everyExtendedOneReadsBack(@ForAll long octets) {
    ExtendedCommunity community = new ExtendedCommunity(octets);
    assertThat(ExtendedCommunity.parse(community.toString())).isEqualTo(community);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "rt:64496",
        "rt:64496:4294967296",
        "rt:64496L:65536",
        "rt:4294967296:1",
        "rt:192.0.2.1:65536",
        "rt:192.0.2.256:1",
        "xx:64496:1",
        "0x00",
        "0x0002fbf00000006g",
        "rt:1:1\n",
      })
  void refusesAnExtendedOneThatItsOctetsCannotHold(String text) {
    assertThatThrownBy(() -> ExtendedCommunity.parse(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageNotContaining("\n");
  }

  @Test
  void extendedOnesAreSortedByTheirOctets() {
    assertThat(ExtendedCommunity.parse("0xffffffffffffffff"))
        .isGreaterThan(ExtendedCommunity.routeTarget(64496, 1));
    assertThat(ExtendedCommunity.routeOrigin(64496, 1))
        .isGreaterThan(ExtendedCommunity.routeTarget(64496, 1));
  }
}
