package org.bgpannouncer.render;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;
import static org.bgpannouncer.render.Programs.in;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.bgpannouncer.config.ConfigFile;
import org.bgpannouncer.config.DaemonConfig;
import org.bgpannouncer.engine.HostConfig;
import org.bgpannouncer.probe.HostTarget;
import org.bgpannouncer.probe.Probe;
import org.bgpannouncer.probe.ProbeRuntime;
import org.bgpannouncer.probe.Probes;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A host whose kernel has been told what was rendered, and its router, in namespaces: ip and nft
 * take every line, and connections leave and arrive with the addresses that the site file says.
 */
@Timeout(180)
final class RenderIT {
  private static final Duration SOON = Duration.ofSeconds(20);
  private static final String INTERNET = "192.0.2.1";
  private static final String PEER = "9.9.9.9";

  /** Each in a network of its own, so that each has a vote. */
  private static final List<String> PEERS = List.of(PEER, "8.8.8.8", "4.4.4.4");

  private static final String BITCOIND = "830";
  private static final String SOMEBODY = "831";

  /** The node's program may lie where nobody else gets to. */
  private static final String ROOT = "0";

  /** Tells who connects who they are, what they have dialled, and how large its segments are. */
  private static final String MIRROR =
      """
      import socket, sys
      with socket.create_server(("::", int(sys.argv[1])), family=socket.AF_INET6, dualstack_ipv6=True) as server:
          print("listening", flush=True)
          while True:
              with server.accept()[0] as client:
                  ends = client.getpeername()[0] + " " + client.getsockname()[0]
                  ends += " " + str(client.getsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG))
                  client.sendall(ends.replace("::ffff:", "").encode())
      """;

  /** Prints what the other side has seen. */
  private static final String LOOK =
      """
      import socket, sys
      with socket.create_connection((sys.argv[1], int(sys.argv[2])), 10) as mirror:
          said = b"".join(iter(lambda: mirror.recv(100), b"")).decode()
          print(said)
      """;

  /** With its own directories; without D-Bus and udev it reads its files and touches nothing. */
  private static final String NETWORKD =
      """
      mount -t tmpfs none /etc/systemd/network
      mount -t tmpfs none /run
      cp "$0" /etc/systemd/network/10-lo.network
      mkdir /etc/systemd/network/20-eth0.network.d
      cp "$1" /etc/systemd/network/20-eth0.network.d/bgp-announcer.conf
      printf '[Match]\\nName=eth0\\n[Network]\\nAddress=%s\\n' "$2" >/etc/systemd/network/20-eth0.network
      SYSTEMD_LOG_TARGET=console SYSTEMD_LOG_LEVEL=info exec /lib/systemd/systemd-networkd
      """;

  private static final Path BITCOIN_PROGRAM =
      Path.of(
              Objects.requireNonNullElse(System.getenv("ANNOUNCER_TOOLS"), "../../.tools"),
              "bitcoind",
              "bitcoind")
          .toAbsolutePath()
          .normalize();

  private final String names = "render-it-" + ProcessHandle.current().pid() + "-";
  private final String host = names + "host";
  private final String router = names + "router";
  private final String node = names + "node";
  private final List<Process> processes = new ArrayList<>();
  @TempDir Path folder;

  @BeforeEach
  void buildNetwork() throws Exception {
    for (String namespace : List.of(host, router)) {
      say("ip", "netns", "add", namespace);
      say("ip", "-n", namespace, "link", "set", "lo", "up");
    }
    say("ip", "-n", host, "link", "add", "eth0", "type", "veth", "peer", "lan", "netns", router);
    say("ip", "-n", host, "link", "set", "eth0", "up");
    say("ip", "-n", router, "link", "set", "lan", "up");
    say("ip", "-n", router, "address", "add", INTERNET + "/32", "dev", "lo");
  }

  @AfterEach
  void removeNetwork() throws Exception {
    for (Process process : processes) {
      process.descendants().forEach(ProcessHandle::destroyForcibly);
      process.destroyForcibly().waitFor();
    }
    say("ip", "netns", "del", host);
    say("ip", "netns", "del", router);
    if (Files.exists(Path.of("/run/netns", node))) {
      say("ip", "netns", "del", node);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"GVA", "PAR", "FRA"})
  void connectionsLeaveFromThePhysicalRangeAndArriveAtTheServiceAddress(String name)
      throws Exception {
    DaemonConfig site = Talk.site(name);
    HostConfig btc1 = site.site().hosts().get(0);
    String outbound = btc1.outbound().orElseThrow().toString();
    String gateway = site.deployment().pinning().orElseThrow().gateway().toString();
    say("ip", "-n", host, "address", "add", btc1.address() + "/24", "dev", "eth0");
    say("ip", "-n", router, "address", "add", gateway + "/24", "dev", "lan");
    // As the site's router has them: the host's own address, and the service while it is healthy.
    for (String known : List.of(outbound, "85.208.69.13")) {
      say("ip", "-n", router, "route", "add", known, "via", btc1.address().toString());
    }
    if (!name.equals("GVA")) {
      // Without it only the pinned user would have a way out.
      say("ip", "-n", host, "route", "add", "default", "via", gateway);
    }

    apply(site);
    rule(site);
    apply(site); // as after a change

    if (name.equals("PAR")) {
      assertThat(say("ip", "-n", host, "route", "get", "10.2.0.99", "uid", BITCOIND))
          .as("bitcoind's way to a neighbour")
          .doesNotContain(" via ");
    }

    mirror(router, 18333);
    mirror(host, 8333);
    String[] pinned = look(host, BITCOIND, INTERNET, 18333);
    assertThat(pinned[0]).as("source of what bitcoind begins").isEqualTo(outbound);
    String others = look(host, SOMEBODY, INTERNET, 18333)[0];
    assertThat(others)
        .as("source of what others begin")
        .isEqualTo(name.equals("GVA") ? outbound : btc1.address().toString());
    String[] client = look(router, SOMEBODY, "85.208.69.13", 8333);
    assertThat(client[1]).as("what the client has dialled").isEqualTo("85.208.69.13");
    assertThat(Integer.parseInt(client[2])).as("segments to the client").isBetween(500, 1400);
    assertThat(Integer.parseInt(pinned[2])).as("segments to others").isBetween(1401, 1500);
  }

  @ParameterizedTest
  @ValueSource(strings = {"source-route", "uid", "snat"})
  void allOfItIsTheSameInIpv6(String method) throws Exception {
    DaemonConfig site = ipv6(method);
    say("ip", "-n", host, "address", "add", "2001:db8:1::11/64", "dev", "eth0", "nodad");
    say("ip", "-n", router, "address", "add", "2001:db8:1::1/64", "dev", "lan", "nodad");
    say("ip", "-n", router, "address", "add", "2001:db8:ffff::1/128", "dev", "lo", "nodad");
    for (String known : List.of("2001:db8:2::11", "2001:db8:13::13")) {
      say("ip", "-n", router, "route", "add", known, "via", "2001:db8:1::11");
    }
    if (!method.equals("source-route")) {
      say("ip", "-n", host, "route", "add", "default", "via", "2001:db8:1::1");
    }
    apply(site);
    rule(site);
    mirror(router, 18333);
    mirror(host, 8333);
    assertThat(look(host, BITCOIND, "2001:db8:ffff::1", 18333)[0])
        .as("source of what bitcoind begins")
        .isEqualTo("2001:db8:2::11");
    assertThat(look(host, SOMEBODY, "2001:db8:ffff::1", 18333)[0])
        .as("source of what others begin")
        .isEqualTo(method.equals("source-route") ? "2001:db8:2::11" : "2001:db8:1::11");
    String[] client = look(router, SOMEBODY, "2001:db8:13::13", 8333);
    assertThat(client[1]).as("what the client has dialled").isEqualTo("2001:db8:13::13");
    assertThat(Integer.parseInt(client[2])).as("segments to the client").isBetween(500, 1400);
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aNodeInANamespaceOfItsOwn(boolean ipv4) throws Exception {
    String lan = ipv4 ? "10.1.0." : "2001:db8:1::";
    String outbound = ipv4 ? "85.208.70.11" : "2001:db8:2::11";
    String service = ipv4 ? "85.208.69.13" : "2001:db8:13::13";
    String internet = ipv4 ? INTERNET : "2001:db8:ffff::1";
    String length = ipv4 ? "/24" : "/64";
    DaemonConfig site =
        parse(
            """
            site: A
            local-as: 64496
            speaker: { type: exabgp }
            allow: ["%1$s"]
            physical-range: "%2$s"
            pinning: { method: netns, interface: eth0, gateway: "%3$s1", namespace: %4$s }
            announcers: [ { name: ann1, address: "%3$s21" } ]
            router: { router-id: 10.0.0.1, lans: [ { network: "%5$s", address: "%3$s1" } ] }
            hosts: [ { name: h1, address: "%3$s11", outbound: "%6$s", p2p: {} } ]
            services:
              - { name: s, address: "%7$s", port: 8333, prefixes: ["%1$s"], healthy: { of: [h1] } }
            """
                .formatted(
                    ipv4 ? "85.208.69.0/24" : "2001:db8:13::/48",
                    ipv4 ? "85.208.70.0/24" : "2001:db8:2::/64",
                    lan,
                    node,
                    ipv4 ? "10.1.0.0/24" : "2001:db8:1::/64",
                    outbound,
                    service));
    say("ip", "-n", router, "address", "replace", lan + "1" + length, "dev", "lan", "nodad");
    say("ip", "-n", router, "address", "replace", internet, "dev", "lo", "nodad");
    for (String known : List.of(outbound, service)) {
      say("ip", "-n", router, "route", "add", known, "via", lan + "11");
    }
    List<RenderedFile> files = Talk.render(Target.IPROUTE2, site);
    assertThat(files)
        .extracting(RenderedFile::name)
        .containsExactly("h1.iproute2-netns.batch", "h1.iproute2.batch");
    // Not by ip netns exec, in which a namespace that is added would be seen by nobody else.
    String outer = write("outer", files.get(0).text()).toString();
    say("nsenter", "--net=/run/netns/" + host, "ip", "-batch", outer);
    say("ip", "-n", node, "-batch", write("inner", files.get(1).text()).toString());
    say(
        "ip",
        "netns",
        "exec",
        node,
        "nft",
        "-f",
        write("nft", Talk.text(Target.NFT, site)).toString());

    mirror(router, 18333);
    mirror(node, 8333);
    assertThat(look(node, SOMEBODY, internet, 18333)[0])
        .as("source of what bitcoind begins")
        .isEqualTo(outbound);
    String[] client = look(router, SOMEBODY, service, 8333);
    assertThat(client[1]).as("what the client has dialled").isEqualTo(service);
    assertThat(Integer.parseInt(client[2])).as("segments to the client").isBetween(500, 1400);
    assertThatThrownBy(() -> Talk.render(Target.NETWORKD, site))
        .hasMessage(
            "pinning.method: netns at site A (expected: target iproute2, as systemd-networkd sets up"
                + " no namespace)");
  }

  /** With version 2 where systemd has it: ip netns exec has a /sys of its own. */
  private static final String IN_UNIT =
      """
      mount -t cgroup2 none /sys/fs/cgroup
      mkdir -p "/sys/fs/cgroup/$0"
      "$@"
      echo 0 >"/sys/fs/cgroup/$0/cgroup.procs"
      exec /usr/bin/python3 -c "$LOOK" "$INTERNET" 18333
      """;

  @Test
  void whatAUnitBeginsAndWhatOthersDo() throws Exception {
    String unit = names + "slice/bitcoind.service";
    Path file =
        write(
            "talk.yaml",
            Files.readString(Talk.FILE)
                .replace("method: snat, uid: 830", "method: cgroup, cgroup: " + unit));
    DaemonConfig site = ConfigFile.read(file).site(Optional.of("FRA")).orElseThrow();
    say("ip", "-n", host, "address", "add", "10.3.0.11/24", "dev", "eth0");
    say("ip", "-n", host, "route", "add", "default", "via", "10.3.0.1");
    say("ip", "-n", router, "address", "add", "10.3.0.1/24", "dev", "lan");
    say("ip", "-n", router, "route", "add", "85.208.71.11", "via", "10.3.0.11");
    mirror(router, 18333);
    Path nft = write("nft", Talk.text(Target.NFT, site));
    List<String> command =
        in(host, "unshare", "--mount", "sh", "-ec", IN_UNIT, unit, "nft", "-f", nft.toString());
    ProcessBuilder builder = builder(command);
    builder.environment().putAll(Map.of("LOOK", LOOK, "INTERNET", INTERNET));
    Path seen = folder.resolve("seen");
    Process process = builder.redirectOutput(seen.toFile()).start();
    assertThat(process.waitFor(20, TimeUnit.SECONDS)).isTrue();
    assertThat(Files.readString(seen)).as("of the unit").startsWith("85.208.71.11 ");
    assertThat(look(host, BITCOIND, INTERNET, 18333)[0]).as("of others").isEqualTo("10.3.0.11");
    String remove = "mount -t cgroup2 none /sys/fs/cgroup; cd /sys/fs/cgroup; rmdir -p \"$0\"";
    say("unshare", "--mount", "sh", "-ec", remove, unit);
  }

  private static DaemonConfig parse(String text) {
    ConfigFile file = ConfigFile.parse("site.yaml", text);
    assertThat(file.problems()).isEmpty();
    return file.sites().values().iterator().next();
  }

  private static DaemonConfig ipv6(String method) {
    return parse(
        """
            site: A
            local-as: 64496
            speaker: { type: exabgp }
            allow: [2001:db8:13::/48]
            pinning: { method: %s, interface: eth0, gateway: "2001:db8:1::1"%s }
            hosts:
              - name: h1
                address: 2001:db8:1::11
                outbound: 2001:db8:2::11
                p2p: {}
            services:
              - name: bitcoin
                address: 2001:db8:13::13
                port: 8333
                prefixes: [2001:db8:13::/48]
                healthy: { of: [h1] }
            """
            .formatted(method, method.equals("source-route") ? "" : ", uid: " + BITCOIND));
  }

  @ParameterizedTest
  @ValueSource(strings = {"GVA", "PAR", "FRA"})
  void ipAndNftRefuseABrokenCopy(String name) throws Exception {
    DaemonConfig site = Talk.site(name);
    String table = Talk.text(Target.NFT, site);
    assertThat(status("nft", "-c", "-f", write("nft", table).toString())).isZero();
    Path wrongTable = write("nft", table.replace("notrack", "nottrack"));
    assertThat(status("nft", "-c", "-f", wrongTable.toString())).isNotZero();
    String batch = Talk.text(Target.IPROUTE2, site).replace("address replace", "adress replace");
    Path wrongBatch = write("batch", batch);
    assertThat(status("ip", "-batch", wrongBatch.toString())).isNotZero();
  }

  @ParameterizedTest
  @ValueSource(strings = {"GVA", "PAR", "FRA"})
  void networkdTakesEveryLineAndWarnsOfABrokenCopy(String name) throws Exception {
    DaemonConfig site = Talk.site(name);
    String own = site.site().hosts().get(0).address() + "/24";
    List<RenderedFile> files = Talk.render(Target.NETWORKD, site);
    assertThat(networkd(own, files))
        .contains("Enumeration completed")
        .doesNotContain("10-lo", "20-eth0");
    List<RenderedFile> wrong =
        files.stream()
            .map(
                file ->
                    new RenderedFile(file.machine(), file.name(), file.text().replace("=", "x=")))
            .toList();
    assertThat(networkd(own, wrong)).contains("10-lo.network:3: Unknown key 'Namex'");
    if (files.size() > 1) {
      assertThat(networkd(own, wrong)).contains("Unknown key 'Gatewayx'");
    }
  }

  /** What systemd-networkd says of the files, in directories of its own. */
  private String networkd(String own, List<RenderedFile> files) throws Exception {
    Path loopback = write("10-lo.network", files.get(0).text());
    Path uplink = write("uplink.conf", files.size() > 1 ? files.get(1).text() : "");
    Path log = folder.resolve("networkd.log");
    List<String> command =
        in(
            host,
            "unshare",
            "--mount",
            "sh",
            "-ec",
            NETWORKD,
            loopback.toString(),
            uplink.toString(),
            own);
    Process process = builder(command).redirectOutput(log.toFile()).start();
    processes.add(process);
    await().atMost(SOON).until(() -> Files.readString(log).contains("Enumeration completed"));
    process.descendants().forEach(ProcessHandle::destroy);
    process.destroy();
    assertThat(process.waitFor(10, TimeUnit.SECONDS)).isTrue();
    return Files.readString(log);
  }

  @ParameterizedTest
  @ValueSource(strings = {"GVA", "PAR", "FRA"})
  void bitcoindListensWhereItIsTold(String name) throws Exception {
    DaemonConfig site = Talk.site(name);
    String own = site.site().hosts().get(0).address().toString();
    say("ip", "-n", host, "address", "add", own + "/24", "dev", "eth0");
    apply(site);
    Path home = Files.createDirectory(folder.resolve("bitcoin"));
    Path config = Files.writeString(home.resolve("bitcoin.conf"), Talk.text(Target.BITCOIN, site));
    Process process = bitcoind(config);
    await()
        .atMost(SOON)
        .untilAsserted(
            () ->
                assertThat(say("ip", "netns", "exec", host, "ss", "-ltnH").lines())
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
    Files.writeString(config, Talk.text(Target.BITCOIN, site).replace("noban@", "noban@x"));
    Process refused = bitcoind(config);
    assertThat(refused.waitFor(20, TimeUnit.SECONDS)).isTrue();
    assertThat(refused.exitValue()).isEqualTo(1);
  }

  @ParameterizedTest
  @CsvSource({"GVA, 10.1.0, 85.208.70.11", "PAR, 10.2.0, 85.208.68.11"})
  void aRealNodeTellsWhereItsConnectionsLeaveFrom(String name, String lan, String outbound)
      throws Exception {
    Path home = Files.createDirectory(folder.resolve("node"));
    Path file = talk(home);
    DaemonConfig site = ConfigFile.read(file).site(Optional.of(name)).orElseThrow();
    say("ip", "-n", host, "address", "add", lan + ".11/24", "dev", "eth0");
    say("ip", "-n", router, "address", "add", lan + ".1/24", "dev", "lan");
    // Documentation addresses are no peers to a node.
    say("ip", "-n", router, "address", "add", PEER + "/32", "dev", "lo");
    for (String known : List.of(outbound, "85.208.69.13")) {
      say("ip", "-n", router, "route", "add", known, "via", lan + ".11");
    }
    apply(site);
    rule(site, ROOT);
    Process peer = peer(PEER);
    Path config = Files.writeString(home.resolve("bitcoin.conf"), Talk.text(Target.BITCOIN, site));
    bitcoind(config, "-connect=" + PEER + ":8333", "-listen=1", "-dnsseed=0");
    Path told = watch(file, name);
    awaitTold(told, "OK PASSED out from " + outbound + " (1), in at none");

    // As on a machine that has forgotten its rule, and whose default route has the wrong source.
    if (name.equals("PAR")) {
      say("ip", "-n", host, "rule", "del", "pref", "1000");
    }
    say("ip", "-n", host, "route", "replace", "default", "via", lan + ".1", "src", "85.208.69.13");
    peer.destroyForcibly().waitFor(); // no connection keeps the address of before
    peer(PEER);
    awaitTold(told, "SOFT WRONG_SOURCE to " + PEER + ":8333 from 85.208.69.13");
  }

  @Test
  void behindNatThePeersOfARealNodeTellWhereItsConnectionsLeaveFrom() throws Exception {
    Path home = Files.createDirectory(folder.resolve("node"));
    Path file = talk(home);
    DaemonConfig site = ConfigFile.read(file).site(Optional.of("FRA")).orElseThrow();
    say("ip", "-n", host, "address", "add", "10.3.0.11/24", "dev", "eth0");
    say("ip", "-n", host, "route", "add", "default", "via", "10.3.0.1");
    say("ip", "-n", router, "address", "add", "10.3.0.1/24", "dev", "lan");
    for (String known : List.of("85.208.71.11", "85.208.70.99", "85.208.69.13")) {
      say("ip", "-n", router, "route", "add", known, "via", "10.3.0.11");
    }
    apply(site);
    String table = Talk.text(Target.NFT, site).replace("skuid " + BITCOIND, "skuid " + ROOT);
    assertThat(status("nft", "-f", write("nft", table).toString())).isZero();
    List<String> arguments = new ArrayList<>(List.of("-listen=1", "-dnsseed=0"));
    List<Process> peers = new ArrayList<>();
    for (String peer : PEERS) {
      say("ip", "-n", router, "address", "add", peer + "/32", "dev", "lo");
      peers.add(peer(peer));
      arguments.add("-connect=" + peer + ":8333");
    }
    Path config = Files.writeString(home.resolve("bitcoin.conf"), Talk.text(Target.BITCOIN, site));
    bitcoind(config, arguments.toArray(String[]::new));
    Path told = watch(file, "FRA");
    awaitTold(told, "OK PASSED out from 10.3.0.11 (3), in at none");

    // As where NAT is somebody else's, and gives another address.
    Path nft = write("nft", table.replace("to 85.208.71.11\n", "to 85.208.70.99\n"));
    assertThat(status("nft", "-f", nft.toString())).isZero();
    for (Process peer : peers) {
      peer.destroyForcibly().waitFor();
    }
    for (String peer : PEERS) {
      peer(peer);
    }
    awaitTold(
        told, "SOFT WRONG_SOURCE 0 of 3 networks see it in 85.208.71.0/24, others at 85.208.70.99");
  }

  /** The talk's site file, with the cookie of the first host where its node will write it. */
  private Path talk(Path home) throws IOException {
    return write(
        "talk.yaml",
        Files.readString(Talk.FILE)
            .replace("/var/lib/bitcoind/btc1/.cookie", home.resolve(".cookie").toString())
            .replace("rpc: { port: 8332,", "rpc: { port: 8332, slow-interval: 1s,"));
  }

  private Path watch(Path file, String site) throws IOException {
    Path told = folder.resolve("told");
    List<String> watch =
        in(
            host,
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-cp",
            System.getProperty("java.class.path"),
            WatchProcess.class.getName(),
            file.toString(),
            site);
    processes.add(builder(watch).redirectOutput(told.toFile()).start());
    return told;
  }

  private static void awaitTold(Path told, String line) {
    await().atMost(Duration.ofSeconds(60)).until(() -> Files.readAllLines(told).contains(line));
  }

  private Process peer(String address) throws IOException {
    Path home = Files.createDirectories(folder.resolve("peer-" + address));
    List<String> command =
        in(
            router,
            BITCOIN_PROGRAM.toString(),
            "-datadir=" + home,
            "-bind=" + address + ":8333",
            "-listen=1",
            "-connect=0",
            "-server=0");
    Process process = builder(command).redirectOutput(folder.resolve("peer.log").toFile()).start();
    processes.add(process);
    return process;
  }

  /** Prints what the probe of the site's first host finds of its addresses. */
  static final class WatchProcess {
    private WatchProcess() {}

    public static void main(String[] arguments) throws Exception {
      HostTarget target =
          ConfigFile.read(Path.of(arguments[0]))
              .site(Optional.of(arguments[1]))
              .orElseThrow()
              .site()
              .hosts()
              .get(0)
              .target();
      Probe probe = Probes.of(new ProbeRuntime(), target);
      probe.start(
          observation -> {
            if (observation.check().toString().equals("rpc.pinning")) {
              System.out.println(
                  observation.outcome() + " " + observation.reason() + " " + observation.detail());
            }
          });
      new CountDownLatch(1).await();
    }
  }

  private Process bitcoind(Path config, String... more) throws IOException {
    List<String> command =
        new ArrayList<>(
            in(
                host,
                BITCOIN_PROGRAM.toString(),
                "-conf=" + config,
                "-datadir=" + config.getParent()));
    command.addAll(List.of(more));
    Process process =
        builder(command).redirectOutput(folder.resolve("bitcoind.log").toFile()).start();
    processes.add(process);
    return process;
  }

  private void apply(DaemonConfig site) throws Exception {
    Path batch = write("batch", Talk.text(Target.IPROUTE2, site));
    assertThat(status("ip", "-batch", batch.toString())).as("ip -batch").isZero();
    Path nft = write("nft", Talk.text(Target.NFT, site));
    assertThat(status("nft", "-f", nft.toString())).as("nft -f").isZero();
  }

  /** Where there is one, by the command that stands in the file's first line. */
  private void rule(DaemonConfig site) throws Exception {
    rule(site, BITCOIND);
  }

  private void rule(DaemonConfig site, String uid) throws Exception {
    for (RenderedFile file : Talk.render(Target.IPROUTE2, site)) {
      if (file.name().endsWith("-rule.batch")) {
        String family = file.text().lines().findFirst().orElse("").contains("ip -6 ") ? "-6" : "-4";
        String text = file.text().replace(BITCOIND + "-" + BITCOIND, uid + "-" + uid);
        Path batch = write("rule", text);
        assertThat(status("ip", family, "-batch", batch.toString())).as("ip -batch").isZero();
      }
    }
  }

  private Path write(String name, String text) throws IOException {
    return Files.writeString(folder.resolve(name), text);
  }

  private void mirror(String namespace, int port) throws Exception {
    Path log = folder.resolve("mirror-" + port);
    List<String> command = in(namespace, "/usr/bin/python3", "-c", MIRROR, String.valueOf(port));
    processes.add(builder(command).redirectOutput(log.toFile()).start());
    await().atMost(SOON).until(() -> Files.readString(log).contains("listening"));
  }

  /** The source that the other side saw, the address that it was dialled at, and the MSS. */
  private String[] look(String namespace, String uid, String address, int port) throws Exception {
    return say(in(
                namespace,
                "setpriv",
                "--reuid=" + uid,
                "--regid=" + uid,
                "--clear-groups",
                "/usr/bin/python3",
                "-c",
                LOOK,
                address,
                String.valueOf(port))
            .toArray(String[]::new))
        .strip()
        .split(" ");
  }

  private int status(String... command) throws Exception {
    return Programs.run(in(host, command)).code();
  }

  private static String say(String... command) {
    return Programs.say(List.of(command));
  }

  private ProcessBuilder builder(List<String> command) {
    return Programs.builder(command).directory(folder.toFile());
  }
}
