package org.bgpannouncer.daemon;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.bgpannouncer.daemon.OneSite.Way;
import org.bgpannouncer.testkit.bitcoin.NodeIdentity;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The main job end to end: a node's state at a real router, through a real ExaBGP. */
class DaemonIT {
  @TempDir Path folder;
  private @Nullable OneSite running;

  private OneSite announced(Way way) throws IOException {
    OneSite site = new OneSite(folder, way);
    running = site;
    site.awaitAnnounced();
    return site;
  }

  @AfterEach
  void stop() {
    if (running != null) {
      running.close();
    }
  }

  @ParameterizedTest
  @EnumSource(Way.class)
  void aSoftNodeIsDePreferredAsTheRoutersSessionWantsItAndPreferredAgain(Way way)
      throws IOException {
    OneSite site = announced(way);
    site.writeSite("local-preference: 150");
    site.call("POST", "/v1/reload");
    String preference = "BGP.local_pref: " + (way.isInternal() ? 150 : 100) + "\n";
    String up = "BGP.as_path: " + (way.isInternal() ? "" : "65001") + "\n";
    site.awaitRoute(preference, up, "BGP.med: 100\n");

    site.node.p2p().identity(NodeIdentity.mainnet("h1").withClockAhead(7200));
    // An eBGP speaker puts its AS in front of the two prepends; an iBGP speaker adds nothing.
    site.awaitRoute(
        preference,
        "BGP.as_path: 65001 65001" + (way.isInternal() ? "" : " 65001") + "\n",
        "BGP.med: 200\n");
    assertThat(site.call("GET", "/v1/status").at("/services/0/state").asText())
        .isEqualTo("DEGRADED");

    site.node.p2p().identity(NodeIdentity.mainnet("h1"));
    site.awaitRoute(preference, up, "BGP.med: 100\n");
  }

  @ParameterizedTest
  @EnumSource(Way.class)
  void aDeadNodeIsWithdrawnAndStatusSaysWhyAndItComesBack(Way way) throws IOException {
    OneSite site = announced(way);
    assertThat(site.route("all")).contains("BGP.med: 100");
    JsonNode before = site.call("GET", "/v1/status");
    assertThat(before.at("/services/0/state").asText()).isEqualTo("UP");
    assertThat(before.at("/speaker/version").asText()).startsWith(way.version);
    assertThat(site.log().contains("event=speaker-notice"))
        .isEqualTo(way.isExaBgp() && way.isInternal());
    site.node.die();
    site.awaitWithdrawn();
    JsonNode status = site.call("GET", "/v1/status");
    assertThat(status.at("/hosts/0/reason").asText()).isEqualTo("PROVEN_DEAD");
    assertThat(status.at("/services/0/reason").asText()).contains("0 of 1 hosts fit");
    site.node.revive();
    site.awaitAnnounced();
  }

  @ParameterizedTest
  @EnumSource(names = {"EXABGP_4_EXTERNAL", "EXABGP_5_INTERNAL"})
  void aKilledDaemonMovesNothing(Way way) throws IOException {
    OneSite site = announced(way);
    String before = site.route();
    site.killDaemon();
    site.awaitState("UP");
    site.assertUnmoved(before);
  }

  @Test
  void aWithdrawThatAStoppedExaBgpDoesNotAcknowledgeIsWarnedOfOnceAndItsEndIsTold()
      throws IOException {
    OneSite site = announced(Way.EXABGP_4_EXTERNAL);
    site.signalExaBgp("STOP");
    site.node.die();
    site.awaitLogged("event=overdue site=A");
    site.signalExaBgp("CONT");
    site.awaitLogged("event=overdue-over site=A");
    assertThat(site.log().lines().filter(line -> line.contains("event=overdue")))
        .hasSize(2)
        .first()
        .asString()
        .contains(" WARN ", " prefix=192.0.2.0/24 ", "0 of 1 hosts fit", "no answer within 2 s");
    site.awaitWithdrawn();
  }

  @ParameterizedTest
  @EnumSource(names = {"EXABGP_4_EXTERNAL", "EXABGP_5_INTERNAL", "EMBEDDED_EXTERNAL"})
  void sigtermWithdrawsAndTheDaemonEndsWithinASecond(Way way) throws Exception {
    OneSite site = announced(way);
    ProcessHandle daemon = site.daemon();
    daemon.destroy();
    site.awaitWithdrawn();
    long nanos = System.nanoTime();
    daemon.onExit().get(20, TimeUnit.SECONDS);
    assertThat(Duration.ofNanos(System.nanoTime() - nanos)).isLessThan(Duration.ofSeconds(1));
  }

  @Test
  void sigtermIsLoggedOnceWhateverElseEnds() throws Exception {
    OneSite site = announced(Way.EXABGP_4_EXTERNAL);
    ProcessHandle daemon = site.daemon();
    daemon.destroy();
    daemon.destroy();
    daemon.onExit().get(20, TimeUnit.SECONDS);
    assertThat(site.log().lines().filter(line -> line.contains("event=stopping")))
        .singleElement()
        .asString()
        .contains("reason=SIGTERM routes=withdrawn");
  }

  @Test
  void sighupReloads() throws IOException {
    OneSite site = announced(Way.EXABGP_4_EXTERNAL);
    site.writeSite("communities: [\"65001:8\"]");
    site.signalDaemon("HUP");
    site.awaitRoute("(65001,8)");
  }

  @Test
  void aSiteFileThatNeverAnswersHoldsUpNothing() throws Exception {
    OneSite site = announced(Way.EXABGP_4_EXTERNAL);
    site.replaceSiteFileByAPipe();
    CompletableFuture<String> one =
        CompletableFuture.supplyAsync(() -> firstProblemOfAReload(site));
    CompletableFuture<String> other =
        CompletableFuture.supplyAsync(() -> firstProblemOfAReload(site));
    assertThat(CompletableFuture.anyOf(one, other).get(60, TimeUnit.SECONDS))
        .isEqualTo("reload: another one is under way (expected: one at a time)");
    assertThat(site.call("GET", "/v1/status").at("/services/0/state").asText()).isEqualTo("UP");
    assertThat(List.of(one.get(60, TimeUnit.SECONDS), other.get(60, TimeUnit.SECONDS)))
        .filteredOn(problem -> problem.startsWith(folder.toString()))
        .singleElement()
        .asString()
        .endsWith("site.yaml: not read within 3000 ms (expected: a file that answers)");
    site.signalDaemon("HUP");
    await()
        .atMost(OneSite.PATIENCE)
        .until(() -> site.log().split("not read within", -1).length == 3);

    site.writeSite("communities: [\"65001:8\"]");
    assertThat(site.call("POST", "/v1/reload").path("accepted").asBoolean()).isTrue();
  }

  @Test
  void aReloadChangesWhatChangedAndAWrongFileNothing() throws IOException {
    OneSite site = announced(Way.EXABGP_4_EXTERNAL);
    site.writeSite("communities: [\"65001:7\"]");
    JsonNode done = site.call("POST", "/v1/reload");
    assertThat(done.path("accepted").asBoolean()).as(done.toString()).isTrue();
    assertThat(done.path("differences")).hasSize(1);
    site.awaitRoute("(65001,7)");
    String before = site.route();
    site.writeSite("colour: blue");
    JsonNode refused = site.call("POST", "/v1/reload");
    assertThat(refused.at("/problems/0").asText()).contains("site.yaml:15:5 services[0].colour");
    site.assertUnmoved(before);
    assertThat(site.log()).contains("event=reload-refused");
  }

  private static String firstProblemOfAReload(OneSite site) {
    try {
      return site.call("POST", "/v1/reload").at("/problems/0").asText();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
