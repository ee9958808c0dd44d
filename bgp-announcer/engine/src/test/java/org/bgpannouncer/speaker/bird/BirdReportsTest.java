package org.bgpannouncer.speaker.bird;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.ProtocolException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
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
import org.bgpannouncer.route.RouteChange;
import org.junit.jupiter.api.Test;

/** What BIRD 2.0.12 and 3.4.0 said, as it was recorded, and what it must not be taken for. */
class BirdReportsTest {
  private static final Prefix A = Prefix.parse("192.0.2.0/24");
  private static final Prefix B = Prefix.parse("198.51.100.0/24");
  private static final Route FULL =
      new Route(
          A,
          NextHop.SELF,
          new PathAttributes(
              OptionalLong.of(100),
              OptionalLong.of(200),
              List.of(65002L, 65001L),
              List.of(Community.NO_EXPORT, new Community(1, 2)),
              List.of(),
              List.of(new LargeCommunity(4_200_000_000L, 1, 2))));
  private static final Route ELSEWHERE =
      new Route(B, NextHop.of(IpAddress.parse("203.0.113.9")), PathAttributes.NONE);
  private static final String BIRD_2 =
      """
      1007-Table master4:
       198.51.100.0/24      unreachable [bgp_announcer4 10:30:17.466] * (1000)
      1008-	Type: static univ
      1012-	BGP.next_hop: 203.0.113.9
      1007-192.0.2.0/24         unreachable [bgp_announcer4 10:30:17.466] * (1000)
      1008-	Type: static univ
      1012-	BGP.as_path: 65002 65001
       	BGP.med: 100
       	BGP.local_pref: 200
       	BGP.community: (65535,65281)
       		(1,2)
       	BGP.large_community: (4200000000, 1, 2)
      0000\s
      """;
  private static final String BIRD_3 =
      """
      1007-Table master4:
       192.0.2.0/24         unreachable [bgp_announcer4 10:30:18.629] * (1000)
      1012-	preference: 1000
       	source: static
       	bgp_path: 65002 65001
       	bgp_med: 100
       	bgp_local_pref: 200
       	bgp_community: (65535,65281) (1,2)
       	bgp_large_community: (4200000000, 1, 2)
      1008-	Internal route handling values: 0L 2G 0S id 1
      1007-198.51.100.0/24      unreachable [bgp_announcer4 2026-11-28 10:30:18] * (1000)
      1012-	hostentry: via 203.0.113.9 table master4
       	preference: 1000
       	local_metric: unknown
       	source: static
       	bgp_next_hop: 203.0.113.9
      1008-	Internal route handling values: 0L 2G 0S id 4
      0000\s
      """;

  @Test
  void theRoutesOfBothBirdsAreReadAlikeAndInFull() throws ProtocolException {
    for (String said : List.of(BIRD_2, BIRD_3)) {
      RouteReport report = report(said);
      assertThat(report.isWhole()).isTrue();
      assertThat(report.held().routes().values()).containsExactly(FULL, ELSEWHERE);
      assertThat(report.inexact()).isEmpty();
    }
  }

  @Test
  void aRouteThatIsNotTheBestOfItsPrefixIsNotTakenForAdvertised() throws ProtocolException {
    RouteReport report =
        report("1007-192.0.2.0/24 unreachable [bgp_announcer4 10:30:17.466] (200)\n0000 \n");
    assertThat(report.held().routes()).containsOnlyKeys(Nlri.of(A));
    assertThat(report.inexact()).containsExactly(Nlri.of(A));
  }

  @Test
  void anAttributeThatIsNotOursMakesARouteInexact() throws ProtocolException {
    for (String attribute :
        List.of(
            "BGP.ext_community: (unknown 0x6, 64496, 5)",
            "BGP.origin: Incomplete",
            "bgp_path: 65001 {65002}",
            "BGP.next_hop: 192.0.2.1 192.0.2.2",
            "bgp_med: many")) {
      RouteReport report =
          report(
              "1007-192.0.2.0/24 unreachable [bgp_announcer4 10:30:17.466] * (200)\n"
                  + "1012-\t"
                  + attribute
                  + "\n0000 \n");
      assertThat(report.held().routes()).as(attribute).containsOnlyKeys(Nlri.of(A));
      assertThat(report.inexact()).as(attribute).containsExactly(Nlri.of(A));
    }
  }

  @Test
  void extendedCommunitiesAreReadInBothTheirForms() throws ProtocolException {
    RouteReport report =
        report(
            """
            1007-192.0.2.0/24 unreachable [bgp_announcer4 10:30:17.466] * (200)
            1012-\tBGP.ext_community: (rt, 65001, 7) (ro, 192.0.2.1, 8) (generic, 0x43000000, 0x1)
            0000\s
            """);
    assertThat(report.inexact()).isEmpty();
    assertThat(report.held().route(A).orElseThrow().attributes().extendedCommunities())
        .containsExactly(
            ExtendedCommunity.parse("rt:65001:7"),
            ExtendedCommunity.parse("ro:192.0.2.1:8"),
            ExtendedCommunity.parse("0x4300000000000001"));
  }

  @Test
  void aLineThatMayBeARouteAndIsNotUnderstoodIsNotOverlooked() throws ProtocolException {
    assertThat(report("1007-192.0.2.0/24 (a new form)\n0000 \n").isWhole()).isFalse();
    assertThat(report("1007-192.0.2.7/24 unreachable [x 10:00] * (200)\n0000 \n").isWhole())
        .isFalse();
  }

  @Test
  void protocolsAreReadByTheirColumnsWhateverTheTimeFormat() throws ProtocolException {
    ProtocolReport report = new ProtocolReport();
    lines(
            """
            2002-Name       Proto      Table      State  Since         Info
            1002-bgp_announcer4 Static     master4    up     10:30:17.466 \s
             edge1      BGP        ---        up     2026-11-28 10:30:17  Established  \s
             edge2      BGP        ---        start  10:30:17.466  Active        Socket: up
            0000\s
            """)
        .forEach(report::add);
    assertThat(report.isWhole()).isTrue();
    assertThat(report.protocols())
        .hasSize(3)
        .containsEntry(
            "edge1", new ProtocolReport.State("BGP", true, "2026-11-28 10:30:17  Established"))
        .containsEntry(
            "edge2",
            new ProtocolReport.State("BGP", false, "10:30:17.466  Active        Socket: up"));
  }

  @Test
  void aLineWithoutACodeOrWithoutAnEndIsNoReplyOfBirds() {
    assertThatThrownBy(() -> lines("hello\n")).isInstanceOf(ProtocolException.class);
    assertThatThrownBy(() -> lines(" continues nothing\n")).isInstanceOf(ProtocolException.class);
    assertThatThrownBy(() -> lines("0001 " + "x".repeat(ReplyReader.MAX_LINE)))
        .isInstanceOf(ProtocolException.class);
  }

  @Test
  void theFileThatWasWrittenIsReadBackRouteByRoute() {
    RouteFile file =
        RouteFile.EMPTY.after(
            List.of(
                new RouteChange.Announce(FULL),
                new RouteChange.Announce(ELSEWHERE),
                new RouteChange.Announce(
                    new Route(Prefix.parse("2001:db8::/32"), NextHop.SELF, PathAttributes.NONE))));
    assertThat(RouteFile.parse(file.text())).isEqualTo(file);
    assertThat(file.text())
        .contains(
            "  route 192.0.2.0/24 unreachable { bgp_med = 100; bgp_local_pref = 200;"
                + " bgp_path.prepend(65001); bgp_path.prepend(65002); bgp_community.add((1,2));"
                + " bgp_community.add((65535,65281));"
                + " bgp_large_community.add((4200000000,1,2)); };\n")
        .contains("  route 2001:db8::/32 unreachable;\n");
    assertThat(file.after(List.of(new RouteChange.Withdraw(A))).text()).doesNotContain("192.0.2");
    assertThat(RouteFile.parse("route 192.0.2.0/24 via 10.0.0.1;\nroute x unreachable;\n"))
        .isEqualTo(RouteFile.EMPTY);
  }

  private static RouteReport report(String said) throws ProtocolException {
    RouteReport report = new RouteReport();
    lines(said).forEach(report::add);
    return report;
  }

  private static List<ReplyLine> lines(String said) throws ProtocolException {
    List<ReplyLine> lines = new ArrayList<>();
    ReplyReader reader = new ReplyReader();
    // Octet by octet, as a socket may give it.
    for (byte each : said.getBytes(StandardCharsets.UTF_8)) {
      reader.read(ByteBuffer.wrap(new byte[] {each}), lines::add);
    }
    return lines;
  }
}
