package org.bgpannouncer.speaker.exabgp;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.OptionalLong;
import java.util.stream.IntStream;
import org.bgpannouncer.route.Community;
import org.bgpannouncer.route.LargeCommunity;
import org.bgpannouncer.route.NextHop;
import org.bgpannouncer.route.Nlri;
import org.bgpannouncer.route.PathAttributes;
import org.bgpannouncer.route.Prefix;
import org.bgpannouncer.route.Rib;
import org.bgpannouncer.route.Route;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class AdjRibReportTest {
  private static final Prefix PREFIX = Prefix.parse("192.0.2.0/24");
  private static final String LINE =
      "neighbor 127.0.0.1 local-ip 127.0.0.2 local-as 65001 peer-as 65000 router-id 10.0.0.1"
          + " family-allowed in-open ipv4 unicast 192.0.2.0/24 ";

  private final AdjRibReport report = new AdjRibReport();

  @ParameterizedTest
  @ValueSource(
      strings = {
        "next-hop self as-path [ 65001 65001 65001 ]",
        "next-hop 127.0.0.2 as-path ( 65001 65001 65001 )",
        "next-hop self origin igp as-path [ 65001 65001 65001 ]"
      })
  void whatEitherVersionPrintsOfARouteReadsBackAsTheRoute(String beginning) {
    report.add(
        LINE
            + beginning
            + " med 100 local-preference 200 community [ 65001:7 65535:0 ]"
            + " large-community 4200000000:1:2");
    assertThat(report.held())
        .isEqualTo(
            Rib.of(
                List.of(
                    new Route(
                        PREFIX,
                        NextHop.SELF,
                        new PathAttributes(
                            OptionalLong.of(100),
                            OptionalLong.of(200),
                            List.of(65001L, 65001L),
                            List.of(new Community(65001, 7), Community.GRACEFUL_SHUTDOWN),
                            List.of(),
                            List.of(new LargeCommunity(4_200_000_000L, 1, 2)))))));
    assertThat(report.inexact(prefix -> 1)).isEmpty();
  }

  @Test
  void theOriginIsNoPrepend() {
    report.add(LINE + "next-hop self as-path [ 65001 65001 65010 ]");
    assertThat(report.held().routes().values())
        .extracting(route -> route.attributes().asPath())
        .containsExactly(List.of(65001L, 65010L));
    assertThat(report.inexact(prefix -> 1)).isEmpty();
  }

  /** Printed by 4.2.21 and 5.0.15, but for the last three. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "next-hop self as-path [ 65001 ( 65002 65003 ) ] med 5",
        "next-hop self med 5 extended-community target:65001:1",
        "next-hop self origin egp med 5",
        "next-hop self med 5 atomic-aggregate aggregator ( 65001:1.2.3.4 )",
        "next-hop self atomic-aggregate med 5",
        "next-hop self as-path ( 65002 ) med 5",
        "next-hop self med 5 attribute [ 0x63 0xC0 0x0102 ]",
        "next-hop self med 5 community some-name",
        "next-hop self med 5 as-path [ 0 ]",
        "next-hop me med 5",
        "med 5 [ ( [",
      })
  void aRouteThatSaysMoreThanWeCanIsHeldAllTheSameButNotExactly(String rest) {
    assertThat(report.add(LINE + rest)).isTrue();
    assertThat(report.held().route(PREFIX).orElseThrow().attributes().med())
        .isEqualTo(OptionalLong.of(5));
    assertThat(report.inexact(prefix -> 1)).containsExactly(Nlri.of(PREFIX));
  }

  @Test
  void aRouteThatAnotherNeighbourHasDifferentlyIsNotHeldExactly() {
    report.add(LINE + "next-hop self med 1");
    report.add(LINE.replace("127.0.0.1", "127.0.0.3") + "next-hop self med 1");
    assertThat(report.inexact(prefix -> 2)).isEmpty();
    report.add(LINE.replace("127.0.0.1", "127.0.0.4") + "next-hop self med 2");
    assertThat(report.inexact(prefix -> 3)).containsExactly(Nlri.of(PREFIX));
  }

  @Test
  void severalPathsToAPrefixAreToldApart() {
    report.add(LINE + "path-information 10.1.0.11 next-hop self med 1");
    report.add(LINE + "path-information 255.255.255.255 next-hop self med 2");
    report.add(LINE + "next-hop self med 3");
    assertThat(report.held().routes())
        .containsOnlyKeys(
            Nlri.of(PREFIX), Nlri.of(PREFIX, 0x0a01_000b), Nlri.of(PREFIX, 0xffff_ffffL));
    assertThat(report.inexact(prefix -> 1)).isEmpty();
    assertThat(report.inexact(prefix -> 2)).hasSize(3);
  }

  @Test
  void aPathWhoseIdentifierCannotBeReadIsHeldButNotExactly() {
    report.add(LINE + "path-information 2001:db8::1 next-hop self med 1");
    assertThat(report.inexact(prefix -> 1)).containsExactly(Nlri.of(PREFIX));
  }

  @Test
  void aRouteThatAnotherNeighbourLacksIsNotHeldExactly() {
    report.add(LINE + "next-hop self med 1");
    assertThat(report.inexact(prefix -> 2)).containsExactly(Nlri.of(PREFIX));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "neighbor",
        "error: something",
        "neighbor 127.0.0.1 ipv4 unicast 192.0.2.1/24 next-hop self",
        "neighbor 127.0.0.1 ipv4 unicast",
        "neighbor 127.0.0.1 l2vpn evpn 192.0.2.0/24 next-hop self",
        "\u0000\uffff unicast [ ( ) ]"
      })
  void whatIsNoRouteIsSkipped(String line) {
    assertThat(report.add(line)).isFalse();
    assertThat(report.held()).isEqualTo(Rib.EMPTY);
  }

  @Test
  void moreRoutesThanCanBeKeptAreNotTheWhole() {
    IntStream.range(0, AdjRibReport.MAX_ROUTES)
        .forEach(
            i ->
                report.add(
                    "neighbor x ipv4 unicast 10."
                        + i / 65536
                        + "."
                        + i / 256 % 256
                        + "."
                        + i % 256
                        + "/32"));
    assertThat(report.isWhole()).isTrue();
    report.add(LINE);
    assertThat(report.isWhole()).isFalse();
    assertThat(report.held().routes()).hasSize(AdjRibReport.MAX_ROUTES);
  }
}
