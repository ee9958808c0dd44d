package org.bgpannouncer.speaker.exabgp;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.OptionalLong;
import org.bgpannouncer.route.Community;
import org.bgpannouncer.route.ExtendedCommunity;
import org.bgpannouncer.route.IpAddress;
import org.bgpannouncer.route.LargeCommunity;
import org.bgpannouncer.route.NextHop;
import org.bgpannouncer.route.Nlri;
import org.bgpannouncer.route.PathAttributes;
import org.bgpannouncer.route.Prefix;
import org.bgpannouncer.route.Route;
import org.junit.jupiter.api.Test;

final class CommandTextTest {
  private static final Prefix PREFIX = Prefix.parse("192.0.2.0/24");
  private static final PathAttributes ALL =
      new PathAttributes(
          OptionalLong.of(100),
          OptionalLong.of(200),
          List.of(65001L, 65001L),
          List.of(Community.GRACEFUL_SHUTDOWN, new Community(65001, 7)),
          List.of(ExtendedCommunity.parse("rt:65001:7")),
          List.of(new LargeCommunity(4_200_000_000L, 1, 2)));

  @Test
  void aBareRouteIsOneShortLine() {
    assertThat(
            CommandText.announce(
                new Route(PREFIX, NextHop.SELF, PathAttributes.NONE),
                Audience.all(OptionalLong.of(65001))))
        .isEqualTo("announce route 192.0.2.0/24 next-hop self");
  }

  @Test
  void everyAttributeIsRenderedAndTheOwnAsIsBeforeThePrepends() {
    assertThat(
            CommandText.announce(
                new Route(PREFIX, NextHop.SELF, ALL), Audience.all(OptionalLong.of(65001))))
        .isEqualTo(
            "announce route 192.0.2.0/24 next-hop self med 100 local-preference 200"
                + " as-path [ 65001 65001 65001 ] community [ 65001:7 65535:0 ]"
                + " extended-community [ 0x0002fde900000007 ]"
                + " large-community [ 4200000000:1:2 ]");
  }

  @Test
  void theOwnAsIsInFrontOfAnotherOrigin() {
    PathAttributes attributes =
        new PathAttributes(
                OptionalLong.empty(),
                OptionalLong.empty(),
                List.of(65010L),
                List.of(),
                List.of(),
                List.of())
            .withPrepend(65001, 1);
    Route route = new Route(PREFIX, NextHop.SELF, attributes);
    assertThat(CommandText.announce(route, Audience.all(OptionalLong.of(65001))))
        .endsWith(" as-path [ 65001 65001 65010 ]");
    assertThat(CommandText.announce(route, Audience.all(OptionalLong.empty())))
        .endsWith(" as-path [ 65001 65010 ]");
  }

  @Test
  void towardsInternalPeersThePathIsThePrependsOnly() {
    assertThat(
            CommandText.announce(
                new Route(PREFIX, NextHop.SELF, ALL), Audience.all(OptionalLong.empty())))
        .contains(" as-path [ 65001 65001 ] ");
  }

  @Test
  void someNeighboursAreToldByTheirAddresses() {
    Audience two = Audience.of(List.of("203.0.113.1", "2001:db8::1"), OptionalLong.empty());
    assertThat(CommandText.announce(new Route(PREFIX, NextHop.SELF, PathAttributes.NONE), two))
        .isEqualTo(
            "neighbor 203.0.113.1 , neighbor 2001:db8::1 announce route 192.0.2.0/24 next-hop"
                + " self");
    assertThat(CommandText.announce(List.of(PREFIX), NextHop.SELF, PathAttributes.NONE, two))
        .startsWith("neighbor 203.0.113.1 , neighbor 2001:db8::1 announce attributes next-hop");
  }

  @Test
  void ipv6IsRenderedWithItsNextHop() {
    assertThat(
            CommandText.announce(
                new Route(
                    Prefix.parse("2001:db8::/32"),
                    NextHop.of(IpAddress.parse("2001:db8::1")),
                    PathAttributes.NONE),
                Audience.all(OptionalLong.empty())))
        .isEqualTo("announce route 2001:db8::/32 next-hop 2001:db8::1");
  }

  @Test
  void theBulkFormsUseThePlural() {
    List<Prefix> two = List.of(PREFIX, Prefix.parse("198.51.100.0/24"));
    assertThat(
            CommandText.announce(
                two,
                NextHop.SELF,
                PathAttributes.NONE.withMed(7),
                Audience.all(OptionalLong.empty())))
        .isEqualTo("announce attributes next-hop self med 7 nlri 192.0.2.0/24 198.51.100.0/24");
    assertThat(CommandText.withdraw(two, true))
        .isEqualTo("withdraw attributes next-hop self nlri 192.0.2.0/24 198.51.100.0/24");
    assertThat(CommandText.withdraw(List.of(Prefix.parse("2001:db8::/32")), false))
        .isEqualTo("withdraw attributes next-hop ::1 nlri 2001:db8::/32");
    assertThat(CommandText.withdraw(Nlri.of(PREFIX))).isEqualTo("withdraw route 192.0.2.0/24");
  }

  @Test
  void aPathIsNamedInOctetsRightBehindItsPrefix() {
    Nlri path = Nlri.of(PREFIX, 4_294_967_040L);
    assertThat(
            CommandText.announce(
                new Route(path, NextHop.SELF, PathAttributes.NONE.withMed(7)),
                Audience.all(OptionalLong.empty())))
        .isEqualTo(
            "announce route 192.0.2.0/24 path-information 255.255.255.0 next-hop self med 7");
    assertThat(CommandText.withdraw(path))
        .isEqualTo("withdraw route 192.0.2.0/24 path-information 255.255.255.0");
    // As a number ExaBGP takes 0 for no identifier.
    assertThat(CommandText.withdraw(Nlri.of(PREFIX, 0)))
        .isEqualTo("withdraw route 192.0.2.0/24 path-information 0.0.0.0");
  }
}
