package org.bgpannouncer.speaker.exabgp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import java.util.List;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** {@code show neighbor configuration} as 4.2.21 printed it, shortened, indentation stripped. */
final class NeighborReportTest {
  private static final List<String> FIRST =
      List.of(
          "neighbor 10.1.0.1 {",
          "description \"edge router {of GVA}\";",
          "router-id 10.1.0.21;",
          "local-address 10.1.0.21;",
          "local-as 42275;",
          "peer-as 42275;",
          "",
          "capability {",
          "asn4 enable;",
          "}",
          "capability {",
          "add-path send;",
          "}",
          "family {",
          "ipv4 unicast;",
          "}",
          "nexthop {",
          "}",
          "add-path {",
          "ipv6 unicast;",
          "}",
          "api {",
          "processes [ announcer ];",
          "neighbor-changes;",
          "receive {",
          "parsed;",
          "}",
          "}",
          "}");

  private static final List<String> SECOND =
      List.of(
          "neighbor 192.0.2.1 {",
          "local-address 192.0.2.2;",
          "local-as 42275;",
          "peer-as 64500;",
          "family {",
          "ipv4 unicast;",
          "}",
          "api {",
          "processes [ announcer ];",
          "}",
          "}");

  @Test
  void seesTheApiSectionBehindOtherSections() {
    assertThat(NeighborReport.configured(FIRST))
        .containsExactly(
            new Neighbor(
                "10.1.0.1",
                "10.1.0.21",
                OptionalLong.of(42275),
                OptionalLong.of(42275),
                Set.of("ipv4 unicast"),
                "send",
                Set.of("announcer"),
                true));
  }

  @Test
  void tellsNeighboursApart() {
    List<String> both = Stream.of(FIRST, SECOND).flatMap(List::stream).toList();
    assertThat(NeighborReport.configured(both))
        .extracting(Neighbor::peer, Neighbor::neighborChanges)
        .containsExactly(tuple("10.1.0.1", true), tuple("192.0.2.1", false));
  }

  @Test
  void sectionsThatNoNeighbourOpenedAreNobodys() {
    List<String> headless = SECOND.subList(1, SECOND.size());
    List<String> all = Stream.of(headless, FIRST, headless).flatMap(List::stream).toList();
    assertThat(NeighborReport.configured(all))
        .extracting(Neighbor::peer, Neighbor::localAddress)
        .containsExactly(tuple("10.1.0.1", "10.1.0.21"));
  }

  @Test
  void anAsNumberThatCannotBeIsNotKnown() {
    List<String> odd = SECOND.stream().map(line -> line.replace("42275", "4294967296")).toList();
    assertThat(NeighborReport.configured(odd).get(0).localAs()).isEmpty();
  }
}
