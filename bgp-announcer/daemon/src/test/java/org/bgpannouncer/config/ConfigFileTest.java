package org.bgpannouncer.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.bgpannouncer.announcement.ServiceConfig;
import org.bgpannouncer.announcement.ServiceConfig.NextHopChoice;
import org.bgpannouncer.engine.HostConfig;
import org.bgpannouncer.engine.SiteConfig;
import org.bgpannouncer.health.HealthThresholds;
import org.bgpannouncer.probe.Aspect;
import org.bgpannouncer.probe.Cadence;
import org.bgpannouncer.probe.bitcoin.p2p.P2pConfig;
import org.bgpannouncer.probe.bitcoin.rpc.PinningRules;
import org.bgpannouncer.probe.bitcoin.rpc.RpcConfig;
import org.bgpannouncer.route.Community;
import org.bgpannouncer.route.IpAddress;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConfigFileTest {
  private static final Path EXAMPLES = Path.of("../../docs/examples");
  private static final String SMALL =
      """
      site: A
      local-as: 64496
      speaker: { type: exabgp }
      allow: [192.0.2.0/24]
      hosts:
        - name: h1
          address: 203.0.113.11
          p2p: {}
          rpc: { cookie-file: /c }
          tcp: { port: 9735 }
      services:
        - name: web
          prefixes: 192.0.2.0/24
          healthy: { of: h1 }
      """;

  @Test
  void everyExampleIsValid() throws IOException {
    try (Stream<Path> files = Files.list(EXAMPLES)) {
      for (Path file : files.filter(f -> f.toString().endsWith(".yaml")).toList()) {
        ConfigFile read = ConfigFile.read(file);
        assertThat(read.problems()).as(file.toString()).isEmpty();
        assertThat(read.sites()).isNotEmpty();
      }
    }
  }

  @Test
  void theTalksFileHasItsSitesAndSendsNothing() throws IOException {
    ConfigFile talk = ConfigFile.read(EXAMPLES.resolve("talk.yaml"));
    assertThat(Files.readString(EXAMPLES.resolve("talk.yaml"))).startsWith("# REPLACE BEFORE USE");
    assertThat(talk.sites().keySet()).containsExactly("GVA", "PAR", "FRA");
    assertThat(talk.sites().values()).allMatch(site -> site.site().dryRun());
    assertThat(talk.site(Optional.empty())).as("--site is needed").isEmpty();
    SiteConfig gva = talk.site(Optional.of("GVA")).orElseThrow().site();
    assertThat(gva.localAs()).isEqualTo(42275);
    assertThat(gva.hosts()).extracting(HostConfig::name).containsExactly("btc1", "btc2");
    assertThat(gva.physicalRange(true).orElseThrow()).hasToString("85.208.70.0/24");
    ServiceConfig rpc = gva.services().get(1);
    assertThat(rpc.by()).containsExactlyInAnyOrder(Aspect.RPC, Aspect.ZMQ);
    assertThat(rpc.nextHop()).isInstanceOf(NextHopChoice.HealthyHost.class);
    assertThat(gva.allow().get(1).internal()).isTrue();
    assertThat(gva.allow().get(0).internal()).isFalse();
  }

  @Test
  void whereConnectionsShouldLeaveFromFollowsFromTheSite() throws IOException {
    ConfigFile talk = ConfigFile.read(EXAMPLES.resolve("talk.yaml"));
    PinningRules gva = addresses(talk, "GVA");
    assertThat(gva.source().orElseThrow()).hasToString("85.208.70.0/24");
    assertThat(gva.translated()).isEmpty();
    assertThat(gva.anycast()).map(Object::toString).contains("85.208.69.0/24", "10.255.0.13/32");
    assertThat(gva.service())
        .map(InetAddress::getHostAddress)
        .containsExactlyInAnyOrder("85.208.69.13", "10.255.0.13");
    PinningRules fra = addresses(talk, "FRA");
    assertThat(fra.source().orElseThrow()).as("behind NAT").hasToString("10.3.0.11/32");
    assertThat(fra.translated().orElseThrow()).hasToString("85.208.71.0/24");
    assertThat(only(SMALL).site().hosts()).allMatch(host -> host.outbound().isEmpty());
  }

  @Test
  void oneNodeServesBothFamiliesAndIsJudgedInEachByItsOwnRange() throws IOException {
    DaemonConfig site =
        ConfigFile.read(EXAMPLES.resolve("dual-stack.yaml")).site(Optional.empty()).orElseThrow();
    assertThat(site.warnings()).isEmpty();
    List<HostConfig> hosts = site.site().hosts();
    assertThat(site.deployment().byMachine(hosts))
        .containsOnlyKeys("btc1", "btc2")
        .containsEntry("btc1", hosts.subList(0, 2));
    for (HostConfig host : hosts.subList(0, 2)) {
      PinningRules rules = host.target().rpc().flatMap(RpcConfig::pinning).orElseThrow();
      assertThat(rules.service())
          .map(IpAddress::of)
          .map(Object::toString)
          .containsExactlyInAnyOrder("192.0.2.13", "2001:db8:13::13");
      assertThat(rules.own())
          .map(IpAddress::of)
          .map(Object::toString)
          .containsExactlyInAnyOrder("203.0.113.11", "2001:db8:1::11");
    }
    assertThat(site.pinningRules(hosts.get(0)).orElseThrow().source().orElseThrow())
        .hasToString("198.51.100.0/24");
    assertThat(site.pinningRules(hosts.get(1)).orElseThrow().source().orElseThrow())
        .hasToString("2001:db8:70::/48");
  }

  private static PinningRules addresses(ConfigFile file, String site) {
    return file.site(Optional.of(site))
        .flatMap(config -> config.site().hosts().get(0).target().rpc())
        .flatMap(RpcConfig::pinning)
        .orElseThrow();
  }

  @Test
  void leavingOutMeansTheShippedDefaults() {
    DaemonConfig config = only(SMALL);
    assertThat(config.speaker()).isEqualTo(new SpeakerConfig.ExaBgpPipe());
    assertThat(config.controlSocket()).isEqualTo(Path.of("/run/bgp-announcer/A.sock"));
    SiteConfig site = config.site();
    assertThat(site.adoptFor()).isEqualTo(SiteConfig.DEFAULT_ADOPT_FOR);
    assertThat(site.dryRun()).isFalse();
    HostConfig host = site.hosts().get(0);
    assertThat(host.thresholds()).isEqualTo(HealthThresholds.DEFAULT);
    P2pConfig p2p = host.target().p2p().orElseThrow();
    P2pConfig shipped = P2pConfig.of(p2p.address(), p2p.network());
    assertThat(p2p).usingRecursiveComparison().ignoringFields("witness").isEqualTo(shipped);
    assertThat(p2p.address().toString()).isEqualTo("/203.0.113.11:8333");
    RpcConfig rpc = host.target().rpc().orElseThrow();
    assertThat(rpc).isEqualTo(RpcConfig.of(rpc.address(), rpc.network(), rpc.credentials()));
    ServiceConfig service = site.services().get(0);
    assertThat(service.by()).containsExactly(Aspect.P2P);
    assertThat(service.atLeast()).isEqualTo(1);
    assertThat(service.nextHop()).isEqualTo(new NextHopChoice.Self());
  }

  @Test
  void aProofOfDeathNeedsTheRpcPortRefusedToo() {
    var target = only(SMALL).site().hosts().get(0).target();
    assertThat(target.p2p().orElseThrow().witness()).contains(target.rpc().orElseThrow().address());
  }

  @Test
  void aHostOverridesSingleTimersOfItsSite() {
    String text =
        SMALL
            .replace("hosts:", "health: { interval: 2s, fall: 2, hold-down: 10s }\nhosts:")
            .replace("p2p: {}", "p2p: {}\n    health: { fall: 1, interval: 500ms }");
    HostConfig host = only(text).site().hosts().get(0);
    assertThat(host.thresholds().fall()).isEqualTo(1);
    assertThat(host.thresholds().holdDown()).isEqualTo(Duration.ofSeconds(10));
    Cadence cadence = host.target().p2p().orElseThrow().cadence();
    assertThat(cadence.interval()).isEqualTo(Duration.ofMillis(500));
    assertThat(cadence.fastInterval()).as("never slower").isEqualTo(Duration.ofMillis(500));
    assertThat(host.target().tcp().get(0).cadence()).isEqualTo(cadence);
  }

  @Test
  void aSiteOverridesTheDefaultsBesideIt() {
    String several =
        SMALL.replace("site: A\n", "health: { rise: 3 }\n")
            + "sites: { X: { health: { fall: 5 } }, Y: { local-as: 64497 } }\n";
    ConfigFile file = ConfigFile.parse("f", several);
    assertThat(file.problems()).isEmpty();
    HealthThresholds x =
        file.site(Optional.of("X")).orElseThrow().site().hosts().get(0).thresholds();
    assertThat(x.fall()).isEqualTo(5);
    assertThat(x.rise()).isEqualTo(3);
    assertThat(file.site(Optional.of("Y")).orElseThrow().site().localAs()).isEqualTo(64497);
    assertThat(file.site(Optional.of("Z"))).isEmpty();
  }

  @Test
  void anotherOriginStandsInThePathAndOursDoesNot() {
    String text = SMALL.replace("prefixes:", "origin-as: 64501\n    prefixes:");
    assertThat(only(text).site().services().get(0).attributes().asPath()).containsExactly(64501L);
    String own = SMALL.replace("prefixes:", "origin-as: 64496\n    prefixes:");
    assertThat(only(own).site().services().get(0).attributes().asPath()).isEmpty();
  }

  @Test
  void aCommunityIsNoSexagesimalNumber() {
    String text = SMALL.replace("prefixes:", "communities: [ 64496:59, 1:30 ]\n    prefixes:");
    assertThat(only(text).site().services().get(0).attributes().communities())
        .containsExactly(new Community(1, 30), new Community(64496, 59));
  }

  @Test
  void everyProblemIsToldAtOnceInTheFilesOrder() {
    String text =
        SMALL.replace("64496", "0").replace("9735", "0").replace("of: h1", "of: h9, at-last: 1");
    assertThat(ConfigFile.parse("f", text).problems())
        .extracting(ConfigProblem::toString)
        .containsExactly(
            "f:2:11 local-as: 0 (expected: 1 to 4294967294)",
            "f:10:18 hosts[0].tcp.port: 0 (expected: 1 to 65535)",
            "f:14:20 services[0].healthy.of: h9 (expected: one of the hosts: h1)",
            "f:14:24 services[0].healthy.at-last: unknown key (expected: at-least)");
  }

  @Test
  void aSecretWrittenIntoTheFileIsNeverPrinted() {
    String text = SMALL.replace("cookie-file: /c", "user: u, password: hunter2, passwd: hunter2");
    ConfigFile file = ConfigFile.parse("f", text);
    assertThat(file.problems()).hasSize(3);
    assertThat(file.toString()).doesNotContain("hunter2");
  }

  @Test
  void whatAFileHoldsIsPrintedWithoutControlCharactersAndCut() {
    String text = SMALL.replace("203.0.113.11", "\"\\e[2J" + "x".repeat(500) + "\"");
    String problem = ConfigFile.parse("f", text).problems().get(0).toString();
    assertThat(problem).contains("?[2Jxxx").contains("xxx... (expected").hasSizeLessThan(200);
  }

  @Test
  void aLargeFileIsRefusedUnread(@TempDir Path directory) throws IOException {
    byte[] large = new byte[ConfigFile.MAX_BYTES + 1];
    Arrays.fill(large, (byte) '#');
    Path file = Files.write(directory.resolve("f"), large);
    assertThat(ConfigFile.read(file).problems())
        .extracting(ConfigProblem::value)
        .containsExactly("too large");
  }

  @Test
  void whatIsNotUtf8IsRefused(@TempDir Path directory) throws IOException {
    Path file = Files.write(directory.resolve("f"), new byte[] {'a', ':', ' ', (byte) 0xff});
    assertThat(ConfigFile.read(file).problems())
        .extracting(ConfigProblem::value)
        .containsExactly("not UTF-8");
  }

  @Test
  void aBillionLaughsStaySmall() {
    StringBuilder text = new StringBuilder("a0: &a0 [lol]\n");
    for (int i = 1; i < 30; i++) {
      text.append("a" + i + ": &a" + i + " [" + "*a" + (i - 1) + ",*a" + (i - 1) + "]\n");
    }
    assertThat(ConfigFile.parse("f", text.toString()).problems())
        .filteredOn(problem -> problem.value().startsWith("alias"))
        .hasSize(58);
  }

  @Test
  void aDeepFileDoesNotExhaustTheStack() {
    assertThat(ConfigFile.parse("f", "[".repeat(100_000)).problems()).isNotEmpty();
    assertThat(ConfigFile.parse("f", "a: {".repeat(100_000)).problems()).isNotEmpty();
  }

  @Test
  void anUnknownKeyIsToldInPrintableWords() {
    String key = "\u202e31m" + "k".repeat(300);
    assertThat(ConfigFile.parse("f", SMALL + key + ": 1\n").problems())
        .singleElement()
        .extracting(ConfigProblem::path)
        .isEqualTo("?31m" + "k".repeat(196) + "...");
  }

  @Test
  void anIpv6HostIsProbedAtItsAddress() {
    HostConfig host = only(SMALL.replace("203.0.113.11", "\"2001:db8::11\"")).site().hosts().get(0);
    assertThat(host.address()).isEqualTo(IpAddress.parse("2001:db8::11"));
    assertThat(host.target().tcp().get(0).address().getPort()).isEqualTo(9735);
  }

  private static DaemonConfig only(String text) {
    ConfigFile file = ConfigFile.parse("f", text);
    assertThat(file.problems()).isEmpty();
    return file.site(Optional.empty()).orElseThrow();
  }
}
