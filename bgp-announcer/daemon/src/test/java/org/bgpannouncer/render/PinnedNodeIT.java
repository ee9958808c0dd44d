package org.bgpannouncer.render;

import static java.util.stream.Collectors.joining;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.bgpannouncer.render.Programs.in;
import static org.bgpannouncer.render.Programs.say;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.stream.Stream;
import org.bgpannouncer.config.ConfigFile;
import org.bgpannouncer.config.DaemonConfig;
import org.bgpannouncer.engine.HostConfig;
import org.bgpannouncer.probe.ProbeRuntime;
import org.bgpannouncer.probe.Probes;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A real node on a host that has been told what was rendered, pinned in each way there is, with
 * real peers: what the probe makes of the node's own word, while all is well and when the pinning
 * is gone.
 *
 * <p>{@code ANNOUNCER_TOOLS} names a folder with another {@code bitcoind/bitcoind}, and {@code
 * -Drecord.answers=FOLDER} keeps what that version answers there, for {@code RecordedAnswersTest}.
 */
@Timeout(180)
final class PinnedNodeIT {
  private static final Duration SOON = Duration.ofSeconds(20);

  /** From the fault to the word of it, at most (requirement M21). */
  private static final Duration WITHIN_A_MINUTE = Duration.ofSeconds(60);

  private static final int BITCOIND = 830;
  private static final String ASK =
      """
      import base64, http.client, json, sys
      address, cookie, method = sys.argv[1:]
      with open(cookie, "rb") as file:
          login = base64.b64encode(file.read()).decode()
      node = http.client.HTTPConnection(address, 8332, timeout=10)
      node.request("POST", "/", json.dumps({"id": 1, "method": method}), {"Authorization": "Basic " + login})
      print(json.dumps(json.load(node.getresponse())["result"], indent=1))
      """;

  private static final Path PROGRAM =
      Path.of(
              Objects.requireNonNullElse(System.getenv("ANNOUNCER_TOOLS"), "../../.tools"),
              "bitcoind",
              "bitcoind")
          .toAbsolutePath()
          .normalize();

  /**
   * The addresses of one family. Peers are each in a network of its own, so that each has a vote.
   * Addresses of RFC 5737 and 3849 are none to a node, those of RFC 9637 are.
   */
  private enum Family {
    IPV4(
        "-4",
        "10.1.0.",
        "0/24",
        "85.208.69.",
        "0/24",
        "85.208.70.",
        "0/24",
        "9.9.9.9",
        "8.8.8.8",
        "4.4.4.4"),
    IPV6(
        "-6",
        "3fff:1::",
        "/64",
        "3fff:13::",
        "/48",
        "3fff:70::",
        "/64",
        "3fff:901::9",
        "3fff:902::9",
        "3fff:903::9");

    final String option;
    final String lan;
    final String prefix;
    final String physicalRange;
    final String own;
    final String gateway;
    final String service;
    final String outbound;

    /** An address that NAT gives where it is not ours. */
    final String elsewhere;

    private final String client;
    private final String second;
    private final String third;

    Family(
        String option,
        String lan,
        String ofLan,
        String anycast,
        String ofPrefix,
        String physical,
        String ofPhysical,
        String client,
        String second,
        String third) {
      this.option = option;
      this.lan = lan + ofLan;
      this.prefix = anycast + ofPrefix;
      this.physicalRange = physical + ofPhysical;
      this.own = lan + "11";
      this.gateway = lan + "1";
      this.service = anycast + "13";
      this.outbound = physical + "11";
      this.elsewhere = anycast + "99";
      this.client = client;
      this.second = second;
      this.third = third;
    }

    int lanLength() {
      return Integer.parseInt(lan.substring(lan.indexOf('/') + 1));
    }

    List<String> peers() {
      return List.of(client, second, third);
    }

    /** The P2P port there, as bitcoind's options have it. */
    String port(String address) {
      return (this == IPV4 ? address : "[" + address + "]") + ":8333";
    }

    /** A host's name in the site file. */
    String host() {
      return this == IPV4 ? "btc1" : "btc1-v6";
    }
  }

  @TempDir Path folder;
  private final List<Process> peers = new ArrayList<>();
  private HostNetwork network;

  @BeforeEach
  void buildNetwork() {
    network = new HostNetwork(folder);
  }

  @AfterEach
  void removeNetwork() throws Exception {
    network.remove();
  }

  @ParameterizedTest
  @CsvSource({
    "source-route, IPV4",
    "uid,          IPV4",
    "uid,          IPV6",
    "snat,         IPV4",
    "cgroup,       IPV4",
    "cgroup,       IPV6",
    "netns,        IPV4",
    "netns,        IPV6"
  })
  void aPinnedNodeIsSeenToBeAndOneThatIsNoMoreIsNamed(String method, Family family)
      throws Exception {
    begin(method, family);
    String source = isTranslated(method) ? family.own : family.outbound;
    awaitTold(family, "OK PASSED out from " + source + " (3), in at " + family.service + " (1)");
    record(method, family);

    stopPeers(); // no connection keeps the address of before
    forget(method, family);
    startPeers(family);
    awaitPeersNamed(family, family);
    record(method + "-forgotten", family);
  }

  @ParameterizedTest
  @ValueSource(strings = {"source-route", "uid", "snat", "cgroup", "netns"})
  void aNodeOfBothFamiliesIsPinnedInBothAndLosesOne(String method) throws Exception {
    begin(method, Family.IPV4, Family.IPV6);
    for (Family family : Family.values()) {
      String source = isTranslated(method) ? family.own : family.outbound;
      await()
          .atMost(WITHIN_A_MINUTE)
          .untilAsserted(
              () ->
                  assertThat(lastTold(family))
                      .startsWith("OK PASSED out from ")
                      .contains(source + " (3)", family.service + " (1)"));
    }

    stopPeers();
    forget(method, Family.IPV6);
    startPeers(Family.IPV4, Family.IPV6);
    for (Family family : Family.values()) {
      // Nothing may leave from an announced prefix, whichever host is asked: it is the same node.
      awaitPeersNamed(family, Family.IPV6);
    }
  }

  private static boolean isTranslated(String method) {
    return method.equals("snat") || method.equals("cgroup");
  }

  /** What is told of that host names the peers that the node reaches from the service address. */
  private void awaitPeersNamed(Family host, Family lost) {
    await()
        .atMost(WITHIN_A_MINUTE)
        .untilAsserted(
            () ->
                assertThat(lastTold(host))
                    .startsWith("SOFT WRONG_SOURCE to ")
                    .endsWith(" from " + lost.service)
                    .contains(lost.peers().stream().map(lost::port).toList()));
  }

  @ParameterizedTest
  @EnumSource(Family.class)
  void behindNatThePeersTellWhereItsConnectionsLeaveFrom(Family family) throws Exception {
    DaemonConfig site = begin("snat", family);
    awaitTold(
        family, "OK PASSED out from " + family.own + " (3), in at " + family.service + " (1)");

    // As where NAT is somebody else's, and gives another address.
    String table = Talk.text(Target.NFT, site);
    String other = table.replace("to " + family.outbound + "\n", "to " + family.elsewhere + "\n");
    assertThat(other).isNotEqualTo(table);
    network.route(family.elsewhere, "via", family.own);
    stopPeers();
    nft(HostNetwork.HOST, other);
    startPeers(family);
    awaitTold(
        family,
        "SOFT WRONG_SOURCE 0 of 3 networks see it in "
            + family.physicalRange
            + ", others at "
            + family.elsewhere);
    record("snat-elsewhere", family);
  }

  @ParameterizedTest
  @ValueSource(strings = {"GVA", "PAR", "FRA"})
  void bitcoindListensWhereItIsTold(String name) throws Exception {
    DaemonConfig site = Talk.site(name);
    String own = site.site().hosts().get(0).address().toString();
    network.lan(own, site.deployment().pinning().orElseThrow().gateways().get(0).toString(), 24);
    tellKernel(HostNetwork.HOST, site);
    Process process =
        bitcoind(HostNetwork.HOST, Talk.text(Target.BITCOIN, site), List.of(), List.of());
    await()
        .atMost(SOON)
        .untilAsserted(
            () ->
                assertThat(say(in(HostNetwork.HOST, "ss", "-ltnH")).lines())
                    .extracting(line -> line.split(" +", 5)[3])
                    .contains(
                        "85.208.69.13:8333",
                        own + ":8333",
                        own + ":8332",
                        "10.255.0.13:8332",
                        "127.0.0.1:8332",
                        own + ":28332",
                        "10.255.0.13:28332")
                    .doesNotContain("0.0.0.0:8333", "*:8333", "0.0.0.0:8332"));
    process.destroy();
    assertThat(process.waitFor(20, TimeUnit.SECONDS)).isTrue();
    String broken = Talk.text(Target.BITCOIN, site).replace("noban@", "noban@x");
    Process refused = bitcoind(HostNetwork.HOST, broken, List.of(), List.of());
    assertThat(refused.waitFor(20, TimeUnit.SECONDS)).isTrue();
    assertThat(refused.exitValue()).isEqualTo(1);
  }

  /** The kernels told of what was rendered, three peers, the node, and the probe beside it. */
  private DaemonConfig begin(String method, Family... families) throws Exception {
    ConfigFile file = ConfigFile.read(network.write("site.yaml", siteFile(method, families)));
    assertThat(file.problems()).isEmpty();
    DaemonConfig site = file.site(Optional.of("A")).orElseThrow();
    String namespace = method.equals("netns") ? HostNetwork.NODE : HostNetwork.HOST;
    if (method.equals("netns")) {
      RenderedFile outer = Talk.render(Target.IPROUTE2, site).get(0);
      Path batch = network.write(outer.name(), outer.text());
      // Not by ip netns exec, in which a namespace that is added would be seen by nobody else.
      say("nsenter", "--net=/run/netns/" + HostNetwork.HOST, "ip", "-batch", batch.toString());
    }
    List<String> connect = new ArrayList<>();
    for (Family family : families) {
      buildLan(method, family);
      family.peers().forEach(peer -> connect.add("-connect=" + family.port(peer)));
    }
    tellKernel(namespace, site);
    for (Family family : families) {
      network.route(family.outbound, "via", family.own);
      // The first peer is a client of the service too, and its address not the LAN's.
      network.route(family.service, "via", family.own, "src", family.client);
    }
    startPeers(families);
    bitcoind(namespace, Talk.text(Target.BITCOIN, site), starter(method), connect);
    network.start(
        "told",
        namespace,
        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
        "-cp",
        System.getProperty("java.class.path"),
        WatchProcess.class.getName(),
        folder.resolve("site.yaml").toString());
    return site;
  }

  /** The LAN, as it is before anything is rendered, and the peers' addresses behind the router. */
  private void buildLan(String method, Family family) {
    if (method.equals("netns")) {
      network.address(HostNetwork.ROUTER, family.gateway + "/" + family.lanLength(), "lan");
    } else {
      network.lan(family.own, family.gateway, family.lanLength());
    }
    if (!method.equals("netns") && !method.equals("source-route")) {
      say("ip", "-n", HostNetwork.HOST, "route", "add", "default", "via", family.gateway);
    }
    for (String peer : family.peers()) {
      network.address(HostNetwork.ROUTER, peer, "lo");
    }
  }

  private String siteFile(String method, Family... families) {
    String who =
        switch (method) {
          case "uid", "snat" -> ", uid: " + BITCOIND;
          case "cgroup" -> ", cgroup: " + HostNetwork.UNIT;
          case "netns" -> ", namespace: " + HostNetwork.NODE;
          default -> "";
        };
    StringBuilder hosts = new StringBuilder();
    StringBuilder services = new StringBuilder();
    for (Family family : families) {
      hosts.append(
          """
            - name: %1$s
              machine: btc1
              address: "%2$s"
              outbound: "%3$s"
              p2p: {}
              rpc: { cookie-file: "%4$s", slow-interval: 1s }
          """
              .formatted(family.host(), family.own, family.outbound, cookie()));
      services.append(
          """
            - name: bitcoin-of-%1$s
              address: "%2$s"
              port: 8333
              prefixes: ["%3$s"]
              healthy: { of: [%1$s], by: [p2p] }
          """
              .formatted(family.host(), family.service, family.prefix));
    }
    return """
    site: A
    local-as: 64496
    speaker: { type: exabgp }
    allow: [%1$s]
    physical-range: [%2$s]
    pinning: { method: %3$s, interface: eth0, gateway: [%4$s]%5$s }
    announcers: [ { name: ann1, address: [%6$s], router-id: 10.0.0.2 } ]
    router: { router-id: 10.0.0.1, lans: [%7$s] }
    hosts:
    %8$sservices:
    %9$s"""
        .formatted(
            list(families, "\"%s\"", family -> family.prefix),
            list(families, "\"%s\"", family -> family.physicalRange),
            method,
            list(families, "\"%s\"", family -> family.gateway),
            who,
            list(families, "\"%s0\"", family -> family.gateway),
            list(
                families,
                "{ network: %s }",
                family -> "\"" + family.lan + "\", address: \"" + family.gateway + "\""),
            hosts,
            services);
  }

  private static String list(Family[] families, String form, Function<Family, String> value) {
    return Stream.of(families)
        .map(family -> form.formatted(value.apply(family)))
        .collect(joining(", "));
  }

  private Path cookie() {
    return folder.resolve("node").resolve(".cookie");
  }

  /** As a host does at boot; a unit's table is loaded by the unit. */
  private void tellKernel(String namespace, DaemonConfig site) throws Exception {
    for (RenderedFile file : Talk.render(Target.IPROUTE2, site)) {
      if (!file.name().endsWith("-netns.batch")) {
        network.batch(namespace, file);
      }
    }
    for (RenderedFile file : Talk.render(Target.NFT, site)) {
      if (file.name().endsWith(".nft-unit.conf")) {
        network.write("nft-unit", file.text());
      } else {
        nft(namespace, file.text());
      }
    }
  }

  private void nft(String namespace, String table) throws IOException {
    say(in(namespace, "nft", "-f", network.write("nft", table).toString()));
  }

  /** What starts the node as the unit of systemd does that belongs to the method. */
  private List<String> starter(String method) {
    return switch (method) {
      case "uid", "snat" ->
          List.of(
              "setpriv",
              "--reuid=" + BITCOIND,
              "--regid=" + BITCOIND,
              "--clear-groups",
              // Its program and its folder may lie where nobody else gets to.
              "--inh-caps=+dac_override",
              "--ambient-caps=+dac_override");
      case "cgroup" -> HostNetwork.inUnit(folder.resolve("nft-unit"));
      default -> List.of();
    };
  }

  private Process bitcoind(
      String namespace, String config, List<String> starter, List<String> options)
      throws IOException {
    Path home = Files.createDirectories(folder.resolve("node"));
    Path file = Files.writeString(home.resolve("bitcoin.conf"), config);
    List<String> command = new ArrayList<>(starter);
    command.addAll(List.of(PROGRAM.toString(), "-conf=" + file, "-datadir=" + home));
    // -connect would have it not listen.
    command.addAll(List.of("-listen=1", "-dnsseed=0"));
    command.addAll(options);
    return network.start("bitcoind.log", namespace, command.toArray(String[]::new));
  }

  private void startPeers(Family... families) throws IOException {
    for (Family family : families) {
      startPeersOf(family);
    }
  }

  private void startPeersOf(Family family) throws IOException {
    for (String peer : family.peers()) {
      Path home = Files.createDirectories(folder.resolve("peer-" + peers.size()));
      boolean client = peer.equals(family.client);
      peers.add(
          network.start(
              "peer.log",
              HostNetwork.ROUTER,
              PROGRAM.toString(),
              "-datadir=" + home,
              "-bind=" + family.port(peer),
              "-listen=1",
              "-dnsseed=0",
              "-connect=" + (client ? family.port(family.service) : "0"),
              "-server=0"));
    }
  }

  private void stopPeers() throws InterruptedException {
    for (Process peer : peers) {
      peer.destroyForcibly().waitFor();
    }
    peers.clear();
  }

  /**
   * As a machine that has lost its rule or its table, and whose default route has the wrong source.
   */
  private static void forget(String method, Family family) {
    String namespace = method.equals("netns") ? HostNetwork.NODE : HostNetwork.HOST;
    switch (method) {
      case "uid" -> say("ip", "-n", namespace, family.option, "rule", "del", "pref", "1000");
      case "snat" -> say(in(namespace, "nft", "delete", "table", "inet", "bgp_announcer"));
      case "cgroup" -> say(in(namespace, "nft", "delete", "table", "inet", "bgp_announcer_unit"));
      default -> {}
    }
    String device = family.gateway + " dev eth0 src " + family.service;
    for (String command : List.of("flush exact default", "add default via " + device)) {
      say(("ip -n " + namespace + " " + family.option + " route " + command).split(" ", -1));
    }
  }

  /** Whatever stands after it: in IPv6 the probe has no private address, and is seen to come in. */
  private void awaitTold(Family family, String beginning) {
    await()
        .atMost(WITHIN_A_MINUTE)
        .untilAsserted(() -> assertThat(lastTold(family)).startsWith(beginning));
  }

  /** Of the host of that family. */
  private String lastTold(Family family) throws IOException {
    String host = family.host() + " ";
    return Files.readAllLines(folder.resolve("told")).stream()
        .filter(line -> line.startsWith(host))
        .reduce("", (before, last) -> last.substring(host.length()));
  }

  /** Keeps what the node answers, if somebody wants to have it. */
  private void record(String scene, Family family) throws IOException {
    String records = System.getProperty("record.answers");
    if (records == null) {
      return;
    }
    String namespace = scene.startsWith("netns") ? HostNetwork.NODE : HostNetwork.HOST;
    for (String method : List.of("getpeerinfo", "getnetworkinfo")) {
      String answer =
          say(
              in(
                  namespace,
                  "/usr/bin/python3",
                  "-c",
                  ASK,
                  family.own,
                  cookie().toString(),
                  method));
      String name = scene + "-" + family.name().toLowerCase(Locale.ROOT) + "." + method + ".json";
      Files.writeString(Files.createDirectories(Path.of(records)).resolve(name), answer);
    }
  }

  /** Prints what the probes of the site's hosts find of their addresses, after the host's name. */
  static final class WatchProcess {
    private WatchProcess() {}

    public static void main(String[] arguments) throws Exception {
      DaemonConfig site =
          ConfigFile.read(Path.of(arguments[0])).site(Optional.of("A")).orElseThrow();
      ProbeRuntime runtime = new ProbeRuntime();
      for (HostConfig host : site.site().hosts()) {
        Probes.of(runtime, host.target())
            .start(
                observation -> {
                  if (observation.check().toString().equals("rpc.pinning")) {
                    System.out.println(
                        host.name()
                            + " "
                            + observation.outcome()
                            + " "
                            + observation.reason()
                            + " "
                            + observation.detail());
                  }
                });
      }
      new CountDownLatch(1).await();
    }
  }
}
