package org.bgpannouncer.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

class ExaBgpFileTest {
  private static final String GOOD =
      """
      # our side
      process announcer {
        run /opt/bgp-announcer/scripts/announcer run --config /etc/site.yaml;
        encoder json;
      }
      neighbor 192.0.2.1 {
        local-as 64496; peer-as 64500;
        api { processes [ announcer ]; neighbor-changes; }
      }
      """;

  @Test
  void whatTheReadmeShowsIsAccepted() {
    assertThat(problems(GOOD)).isEmpty();
    assertThat(ExaBgpFile.parse("x", GOOD, List.of()).warnings()).isEmpty();
  }

  @Test
  void respawnFalseWouldLeaveRoutesWithoutBound() {
    assertThat(problems(GOOD.replace("encoder", "respawn false;\n  encoder")))
        .containsExactly(
            "x:4:3 process announcer.respawn: false (expected: true: a dead announcer's routes"
                + " would stay without bound)");
  }

  @Test
  void whatANeighbourIsCalledIsToldInPrintableWords() {
    String odd = GOOD.replace("192.0.2.1", "192\u009b31m").replace("64500", "64496");
    assertThat(problems(odd.replace("neighbor-changes;", "")))
        .singleElement()
        .asString()
        .startsWith("x:8:3 neighbor 192?31m.api.neighbor-changes: missing");
    assertThat(ExaBgpFile.parse("x", odd, List.of()).warnings())
        .singleElement()
        .asString()
        .startsWith("x:7:19 neighbor 192?31m.peer-as: the same as local-as");
  }

  @Test
  void whatAProcessIsCalledIsToldInPrintableWordsAlsoInTheRule() {
    assertThat(problems(GOOD.replace("process announcer", "process \u009b31m")))
        .contains(
            "x:2:1 process ?31m: used by no neighbor (expected: api { processes [ ?31m ]; } in a"
                + " neighbor)");
  }

  @Test
  void theEncoderMustBeJson() {
    assertThat(problems(GOOD.replace("encoder json;", "encoder text;")))
        .containsExactly("x:4:3 process announcer.encoder: text (expected: json)");
    assertThat(problems(GOOD.replace("encoder json;", "")))
        .containsExactly("x:2:1 process announcer.encoder: missing (expected: json)");
  }

  @Test
  void answersMustBeOn() {
    assertThat(problems(GOOD.replace("encoder", "ack disable;\n  encoder")))
        .containsExactly(
            "x:4:3 process announcer.ack: disable (expected: true: without answers nothing is"
                + " known)");
  }

  @Test
  void neighborChangesMustBeTold() {
    assertThat(problems(GOOD.replace(" neighbor-changes;", "")))
        .containsExactly(
            "x:8:3 neighbor 192.0.2.1.api.neighbor-changes: missing (expected: neighbor-changes:"
                + " without it a session's fall is only seen by polling)");
  }

  @Test
  void aTemplateCountsForWhoInheritsIt() {
    String inherited =
        """
        process p { run /usr/bin/announcer run; encoder json; }
        template { neighbor t { api { processes [ p ]; neighbor-changes; } } }
        neighbor 192.0.2.1 { inherit t; }
        """;
    assertThat(problems(inherited)).isEmpty();
  }

  @Test
  void aProcessThatNoNeighborUsesIsToldOf() {
    assertThat(problems(GOOD.replace("[ announcer ]", "[ other ]")))
        .containsExactly(
            "x:2:1 process announcer: used by no neighbor (expected: api { processes [ announcer ];"
                + " } in a neighbor)");
  }

  @Test
  void aFileWithoutUsIsToldOf() {
    assertThat(problems("neighbor 192.0.2.1 { }\n"))
        .containsExactly("x:1:1 process: missing (expected: one whose run starts the announcer)");
  }

  @Test
  void gracefulRestartIsWarnedOf() {
    ExaBgpFile file =
        ExaBgpFile.parse(
            "x", GOOD.replace("  api", "  capability { graceful-restart 120; }\n  api"), List.of());
    assertThat(file.problems()).isEmpty();
    assertThat(file.warnings())
        .extracting(Object::toString)
        .containsExactly(
            "x:8:16 neighbor 192.0.2.1.capability.graceful-restart: routes of a dead ExaBGP stay"
                + " at the router as stale (expected: none on an anycast speaker)");
  }

  @Test
  void anAdjRibOutThatIsNotKeptIsWarnedOf() {
    ExaBgpFile file =
        ExaBgpFile.parse("x", GOOD.replace("  api", "  adj-rib-out false;\n  api"), List.of());
    assertThat(file.warnings())
        .extracting(Object::toString)
        .containsExactly(
            "x:8:3 neighbor 192.0.2.1.adj-rib-out: false: a session that comes back is told nothing"
                + " by ExaBGP (expected: true)");
  }

  @Test
  void theHoldTimeIsReadAlsoFromATemplate() {
    assertThat(ExaBgpFile.parse("x", GOOD, List.of()).holdTimes())
        .containsExactly(Map.entry("192.0.2.1", new ExaBgpFile.HoldTime(180, OptionalInt.empty())));
    String inherited =
        "template { neighbor t { hold-time 9; } }\n" + GOOD.replace("  api", "  inherit t;\n  api");
    assertThat(ExaBgpFile.parse("x", inherited, List.of()).holdTimes())
        .containsExactly(Map.entry("192.0.2.1", new ExaBgpFile.HoldTime(9, OptionalInt.of(1))));
  }

  @Test
  void everyProcessOfOursIsRead() {
    String second =
        GOOD.replace("process announcer {", "process other {\n  respawn false;")
            .replace("[ announcer ]", "[ other ]");
    assertThat(problems(GOOD + second))
        .containsExactly(
            "x:12:3 process other.respawn: false (expected: true: a dead announcer's routes would"
                + " stay without bound)");
  }

  @Test
  void aNeighborInOurOwnAsIsWarnedOf() {
    assertThat(ExaBgpFile.parse("x", GOOD.replace("64500", "64496"), List.of()).warnings())
        .extracting(Object::toString)
        .containsExactly(
            "x:7:19 neighbor 192.0.2.1.peer-as: the same as local-as, so a DEGRADED route, which is"
                + " prepended with it, looks like a loop (expected: allow local as 3 in a router"
                + " that is BIRD, allowas-in 3 in others)");
  }

  @Test
  void aFamilyThatNoNeighborHasIsToldOf() {
    String ipv4Only = GOOD.replace("  api", "  family { ipv4 unicast; }\n  api");
    assertThat(problems(ipv4Only, "host", "192.0.2.0/24")).isEmpty();
    assertThat(problems(ipv4Only, "host", "2001:db8::/32"))
        .containsExactly(
            "x:8:3 neighbor 192.0.2.1.family: no ipv6 unicast (expected: ipv6 unicast in this or"
                + " another neighbor, for 2001:db8::/32)");
    assertThat(problems(ipv4Only.replace("ipv4 unicast", "all"), "host", "2001:db8::/32"))
        .isEmpty();
  }

  @Test
  void ipv6WithNextHopSelfIsAcceptedOverIpv6AndToldOfOverIpv4() {
    assertThat(problems(GOOD, "self", "2001:db8::/32"))
        .containsExactly(
            "x:6:1 neighbor 192.0.2.1.family: ipv6 unicast over ipv4 (expected: not with next-hop:"
                + " self of 2001:db8::/32, which ExaBGP 4.2 garbles there)");
    String over6 =
        GOOD.replace("192.0.2.1", "2001:db8::1")
            .replace("  api", "  family { ipv6 unicast; }\n  api");
    assertThat(problems(over6, "self", "2001:db8::/32")).isEmpty();
    assertThat(
            problems(
                over6 + GOOD.replace("  api", "  family { ipv4 unicast; }\n  api"),
                "self",
                "2001:db8::/32"))
        .isEmpty();
  }

  @Test
  void aNeighborThatDoesNotTellPathsApartIsToldOfWhereEachHostHasOne() {
    String missing =
        " neighbor 192.0.2.1.capability.add-path: no send of ipv4 unicast (expected: send, with"
            + " next-hop: hosts of 192.0.2.0/24: without it the withdraw of one path withdraws"
            + " all)";
    assertThat(problems(GOOD, "hosts", "192.0.2.0/24")).containsExactly("x:6:1" + missing);
    String paths = GOOD.replace("  api", "  capability { add-path send; }\n  api");
    assertThat(problems(paths, "hosts", "192.0.2.0/24")).isEmpty();
    assertThat(problems(paths.replace("send", "send/receive"), "hosts", "192.0.2.0/24")).isEmpty();
    assertThat(problems(paths.replace("send", "receive"), "hosts", "192.0.2.0/24"))
        .containsExactly("x:8:3" + missing);
    String other = paths.replace("  api", "  add-path { ipv6 unicast; }\n  api");
    assertThat(problems(other, "hosts", "192.0.2.0/24")).containsExactly("x:8:3" + missing);
    assertThat(problems(GOOD, "host", "192.0.2.0/24")).isEmpty();
  }

  @Test
  void bracesMustMatch() {
    assertThat(problems("process p {\n")).contains("x:1:1 process: not closed (expected: })");
    assertThat(problems("}\n")).contains("x:1:1 file: } (expected: as many { before it)");
    assertThat(problems("a {".repeat(10_000)))
        .contains("x:1:96 file: { (expected: at most 32 levels)");
  }

  private static List<String> problems(String text) {
    return ExaBgpFile.parse("x", text, List.of()).problems().stream()
        .map(ConfigProblem::toString)
        .toList();
  }

  private static List<String> problems(String text, String nextHop, String prefix) {
    String site =
        """
        site: GVA
        local-as: 64496
        speaker: { type: exabgp }
        allow: [%1$s]
        hosts:
          - { name: a, address: "%3$s", p2p: { network: mainnet } }
        services:
          - { name: bitcoin, prefixes: [%1$s], next-hop: %2$s, healthy: { at-least: 1, of: [a] } }
        """
            .formatted(
                '"' + prefix + '"',
                nextHop,
                prefix.contains(":") ? "2001:db8::11" : "203.0.113.11");
    ConfigFile file = ConfigFile.parse("site", site);
    assertThat(file.problems()).isEmpty();
    return ExaBgpFile.parse(
            "x", text, file.sites().values().stream().map(DaemonConfig::site).toList())
        .problems()
        .stream()
        .map(ConfigProblem::toString)
        .toList();
  }
}
