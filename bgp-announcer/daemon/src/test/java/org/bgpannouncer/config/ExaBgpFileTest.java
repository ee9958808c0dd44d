package org.bgpannouncer.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
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
    assertThat(ExaBgpFile.parse("x", GOOD).warnings()).isEmpty();
  }

  @Test
  void respawnFalseWouldLeaveRoutesWithoutBound() {
    assertThat(problems(GOOD.replace("encoder", "respawn false;\n  encoder")))
        .containsExactly(
            "x:4:3 process announcer.respawn: false (expected: true: a dead announcer's routes"
                + " would stay without bound)");
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
            "x", GOOD.replace("  api", "  capability { graceful-restart 120; }\n  api"));
    assertThat(file.problems()).isEmpty();
    assertThat(file.warnings())
        .containsExactly(
            "x:8:16 neighbor 192.0.2.1.capability.graceful-restart: routes of a dead ExaBGP stay"
                + " at the router as stale (expected: none on an anycast speaker)");
  }

  @Test
  void bracesMustMatch() {
    assertThat(problems("process p {\n")).contains("x:1:1 process: not closed (expected: })");
    assertThat(problems("}\n")).contains("x:1:1 file: } (expected: as many { before it)");
    assertThat(problems("a {".repeat(10_000)))
        .contains("x:1:96 file: { (expected: at most 32 levels)");
  }

  private static List<String> problems(String text) {
    return ExaBgpFile.parse("x", text).problems().stream().map(ConfigProblem::toString).toList();
  }
}
