package org.bgpannouncer.route;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class RouteTest {
  private static final Prefix PREFIX = Prefix.parse("192.0.2.0/24");

  @Test
  void isWrittenWithTheAttributesItHas() {
    Route plain = new Route(PREFIX, NextHop.SELF, PathAttributes.NONE);
    assertThat(plain).hasToString("192.0.2.0/24 next-hop self");
    assertThat(new Route(Nlri.of(PREFIX, 7), NextHop.SELF, PathAttributes.NONE))
        .hasToString("192.0.2.0/24 path-id 7 next-hop self");
    PathAttributes attributes =
        PathAttributes.NONE
            .withMed(200)
            .withPrepend(64496, 2)
            .withCommunities(
                List.of(new Community(64496, 7), Community.NO_EXPORT),
                List.of(ExtendedCommunity.routeTarget(64496, 3)),
                List.of(new LargeCommunity(64496, 1, 2)));
    assertThat(new Route(PREFIX, NextHop.of(IpAddress.parse("203.0.113.11")), attributes).path())
        .isEqualTo(
            "next-hop 203.0.113.11 med 200 as-path 64496,64496 community 64496:7,65535:65281"
                + " extended-community rt:64496:3"
                + " large-community 64496:1:2");
  }
}
