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
  void holdsOneRoutePerPath() {
    assertThatThrownBy(() -> Rib.of(List.of(ROUTE, ROUTE)))
        .hasMessage("prefix: 192.0.2.0/24 (expected: one route per path)");
  }

  @Test
  void anAnnounceReplacesAndAWithdrawRemoves() {
    Route dearer = new Route(PREFIX, NextHop.SELF, PathAttributes.NONE.withMed(200));
    Rib rib = Rib.of(List.of(ROUTE)).after(new RouteChange.Announce(dearer));
    assertThat(rib.route(PREFIX)).contains(dearer);
    assertThat(rib.after(new RouteChange.Withdraw(PREFIX))).isEqualTo(Rib.EMPTY);
  }

  @Test
  void holdsSeveralPathsToAPrefixInTheirOrder() {
    Route second = new Route(Nlri.of(PREFIX, 4_294_967_295L), NextHop.SELF, PathAttributes.NONE);
    Route first = new Route(Nlri.of(PREFIX, 0), NextHop.SELF, PathAttributes.NONE);
    Route next = new Route(Prefix.parse("192.0.2.0/25"), NextHop.SELF, PathAttributes.NONE);
    Rib rib = Rib.of(List.of(next, second, first));
    assertThat(rib.routes().values()).containsExactly(first, second, next);
    assertThat(rib.paths(PREFIX)).containsExactly(first, second);
    assertThat(rib.route(PREFIX)).contains(first);
    Rib withoutFirst = rib.after(new RouteChange.Withdraw(first.nlri()));
    assertThat(withoutFirst.route(PREFIX)).contains(second);
    assertThat(withoutFirst.after(new RouteChange.Withdraw(PREFIX))).isEqualTo(withoutFirst);
    Rib again = withoutFirst.after(new RouteChange.Announce(second));
    Rib plain = again.after(new RouteChange.Withdraw(second.nlri()));
    assertThat(plain.paths(PREFIX)).isEmpty();
    assertThat(plain.paths(next.prefix())).containsExactly(next);
    assertThat(plain.after(new RouteChange.Announce(second)).paths(PREFIX)).containsExactly(second);
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
