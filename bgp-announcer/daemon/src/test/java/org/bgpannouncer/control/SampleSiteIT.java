package org.bgpannouncer.control;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.bgpannouncer.announcer.Announcer;
import org.bgpannouncer.config.ConfigFile;
import org.bgpannouncer.config.DaemonConfig;
import org.bgpannouncer.docs.Page;
import org.bgpannouncer.engine.SiteConfig;
import org.bgpannouncer.health.HostState;
import org.bgpannouncer.observe.StatusSnapshot;
import org.bgpannouncer.observe.StatusSnapshot.HostStatus;
import org.bgpannouncer.probe.Observation;
import org.bgpannouncer.probe.Observation.StageTiming;
import org.bgpannouncer.probe.ProbeRuntime;
import org.bgpannouncer.probe.Probes;
import org.bgpannouncer.testkit.bitcoin.SimulatedBitcoind;
import org.bgpannouncer.testkit.bitcoin.SimulatorLoop;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The sample of the documentation is what a site of two simulated nodes shows, one of them killed:
 * the same rows, states, reasons, stages and details, whatever the figures.
 */
class SampleSiteIT {
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  /** Whether a call needs them hangs on which of the calls comes first. */
  private static final Set<String> OF_THE_CONNECTION = Set.of("connect", "login");

  @TempDir Path directory;
  private final SimulatorLoop loop = new SimulatorLoop();
  private final List<SimulatedBitcoind> nodes =
      Stream.of("gva-btc1", "gva-btc2").map(name -> SimulatedBitcoind.start(loop, name)).toList();
  private String text = "";

  @BeforeEach
  void writeSite() throws IOException {
    Path password = Files.writeString(directory.resolve("password"), "secret\n");
    text =
        Page.README
            .block("yaml", "local-as")
            .replace("/etc/bgp-announcer/rpc-password", password.toString())
            // How the machines are set up: all of them are this one here.
            .replaceFirst("(?s)\n# From here on for `announcer render`.*", "")
            .replaceAll("(?m)^ *outbound: .*\n", "");
    for (SimulatedBitcoind node : nodes) {
      node.rpc().login("announcer", "secret");
      text =
          text.replaceFirst("203\\.0\\.113\\.1[12]", "127.0.0.1")
              .replaceFirst("port: 8333 }", "port: " + node.p2p().address().getPort() + " }")
              .replaceFirst(
                  "rpc: \\{ user", "rpc: { port: " + node.rpc().address().getPort() + ", user");
    }
  }

  @AfterEach
  void stop() {
    nodes.forEach(SimulatedBitcoind::close);
    loop.close();
  }

  @Test
  void oneRunOfEveryProbeHasTheRowsOfTheSample() {
    try (ProbeRuntime runtime = new ProbeRuntime()) {
      List<Observation> found =
          Probes.once(runtime, site().hosts().get(0).target(), PATIENCE)
              .toCompletableFuture()
              .join();
      assertThat(found.stream().map(SampleSiteIT::row).sorted())
          .containsExactlyElementsOf(
              SampleSite.probedOnce().stream().map(SampleSiteIT::row).sorted().toList());
      assertThat(found.stream().sorted(Comparator.comparing(each -> each.check().toString())))
          .extracting(each -> each.values().keySet())
          .containsExactlyElementsOf(
              SampleSite.probedOnce().stream().map(each -> each.values().keySet()).toList());
    }
  }

  @Test
  void aDaemonShowsTheRowsOfTheSample() {
    text += "dry-run: true\nhealth: { interval: 1s, hold-down: 1s }\n";
    try (Announcer announcer = Announcer.builder(site()).build()) {
      announcer.start();
      await()
          .atMost(PATIENCE)
          .until(() -> announcer.status().hosts().stream().allMatch(SampleSiteIT::isSettled));
      nodes.get(1).die();
      await().atMost(PATIENCE).untilAsserted(() -> assertSampleIsLike(announcer.status()));
    }
  }

  private static void assertSampleIsLike(StatusSnapshot shown) {
    StatusSnapshot sample = SampleSite.status();
    for (int i = 0; i < sample.hosts().size(); i++) {
      assertThat(row(sample.hosts().get(i))).isEqualTo(row(shown.hosts().get(i)));
      assertThat(rows(sample.hosts().get(i))).containsExactlyElementsOf(rows(shown.hosts().get(i)));
    }
    assertThat(sample.services().get(0).reason()).isEqualTo(shown.services().get(0).reason());
  }

  /** The held connection has had its first ping, and the one for liveness its second call. */
  private static boolean isSettled(HostStatus host) {
    return host.state() == HostState.UP
        && rows(host)
            .containsAll(
                List.of("OK p2p.held OK PASSED [pong] ", "OK rpc.liveness OK PASSED [uptime] "));
  }

  private static List<String> rows(HostStatus host) {
    return host.checks().stream()
        .map(each -> each.health().verdict() + " " + row(each.health().last()))
        .toList();
  }

  private static String row(HostStatus host) {
    return figureless(
        "%s %s %s %s next: %s"
            .formatted(
                host.name(),
                host.state(),
                host.reason(),
                host.detail(),
                host.next().map(StatusSnapshot.NextChange::text).orElse("")));
  }

  private static String row(Observation found) {
    List<String> stages =
        found.stages().stream()
            .map(StageTiming::name)
            .filter(
                name ->
                    found.check().toString().startsWith("p2p.")
                        || !OF_THE_CONNECTION.contains(name))
            .toList();
    return figureless(
        "%s %s %s %s %s"
            .formatted(found.check(), found.outcome(), found.reason(), stages, found.detail()));
  }

  private static String figureless(String row) {
    return row.replaceAll("(?<![a-z\\d])\\d+(\\.\\d+)*", "#");
  }

  private SiteConfig site() {
    ConfigFile file = ConfigFile.parse("site.yaml", text);
    assertThat(file.problems()).isEmpty();
    return file.site(Optional.empty()).map(DaemonConfig::site).orElseThrow();
  }
}
