package org.bgpannouncer.route;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

class RibTest {
  private static final Prefix PREFIX = Prefix.parse("192.0.2.0/24");
  private static final Route ROUTE = new Route(PREFIX, NextHop.SELF, PathAttributes.NONE);

  @Test
  void holdsOneRoutePerPrefix() {
    assertThatThrownBy(() -> Rib.of(List.of(ROUTE, ROUTE)))
        .hasMessage("prefix: 192.0.2.0/24 (expected: one route per prefix)");
  }

  @Test
  void anAnnounceReplacesAndAWithdrawRemoves() {
    Route dearer = new Route(PREFIX, NextHop.SELF, PathAttributes.NONE.withMed(200));
    Rib rib = Rib.of(List.of(ROUTE)).after(new RouteChange.Announce(dearer));
    assertThat(rib.route(PREFIX)).contains(dearer);
    assertThat(rib.after(new RouteChange.Withdraw(PREFIX))).isEqualTo(Rib.EMPTY);
  }

  @Test
  void attributesCompareWhateverTheOrderOfCommunities() {
    Community one = Community.parse("64496:1");
    Community two = Community.parse("64496:2");
    assertThat(PathAttributes.NONE.withCommunities(List.of(two, one, two), List.of(), List.of()))
        .isEqualTo(PathAttributes.NONE.withCommunities(List.of(one, two), List.of(), List.of()));
  }

  @Test
  void attributesPrependInFront() {
    assertThat(PathAttributes.NONE.withPrepend(64496, 2).asPath()).containsExactly(64496L, 64496L);
  }

  @Test
  void numbersBeyondTheirFieldAreRefused() {
    assertThatThrownBy(() -> PathAttributes.NONE.withMed(0x1_0000_0000L))
        .hasMessage("med: 4294967296 (expected: 0 to 4294967295)");
    assertThatThrownBy(() -> PathAttributes.NONE.withPrepend(0, 1))
        .hasMessage("as-path: 0 (expected: 1 to 4294967295)");
    assertThatThrownBy(() -> Community.parse("65536:0"))
        .hasMessage("community: 65536:0 (expected: two numbers from 0 to 65535)");
    assertThatThrownBy(() -> LargeCommunity.parse("1:2:4294967296"))
        .hasMessage(
            "large community: 1:2:4294967296 (expected: three numbers from 0 to 4294967295)");
    assertThat(PathAttributes.NONE.localPreference()).isEqualTo(OptionalLong.empty());
  }
}
