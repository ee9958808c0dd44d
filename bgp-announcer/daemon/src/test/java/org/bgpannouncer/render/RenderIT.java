package org.bgpannouncer.render;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;
import static org.bgpannouncer.render.Programs.in;
import static org.bgpannouncer.render.Programs.say;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.bgpannouncer.config.ConfigFile;
import org.bgpannouncer.config.DaemonConfig;
import org.bgpannouncer.engine.HostConfig;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A host whose kernel has been told what was rendered, and its router, in namespaces: ip and nft
 * take every line, and connections leave and arrive with the addresses that the site file says.
 */
@Timeout(180)
final class RenderIT {
  private static final Duration SOON = Duration.ofSeconds(20);
  private static final String INTERNET = "192.0.2.1";
  private static final String BITCOIND = "830";
  private static final String SOMEBODY = "831";

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

  private static final String HOST = HostNetwork.HOST;
  private static final String ROUTER = HostNetwork.ROUTER;
  private static final String NODE = HostNetwork.NODE;

  @TempDir Path folder;
  private HostNetwork network;

  @BeforeEach
  void buildNetwork() {
    network = new HostNetwork(folder);
    network.address(ROUTER, INTERNET, "lo");
  }

  @AfterEach
  void removeNetwork() throws Exception {
    network.remove();
  }

  @ParameterizedTest
  @ValueSource(strings = {"GVA", "PAR", "FRA"})
  void connectionsLeaveFromThePhysicalRangeAndArriveAtTheServiceAddress(String name)
      throws Exception {
    DaemonConfig site = Talk.site(name);
    HostConfig btc1 = site.site().hosts().get(0);
    String outbound = btc1.outbound().orElseThrow().toString();
    String gateway = site.deployment().pinning().orElseThrow().gateways().get(0).toString();
    network.lan(btc1.address().toString(), gateway, 24);
    for (String known : List.of(outbound, "85.208.69.13")) {
      network.route(known, "via", btc1.address().toString());
    }
    if (!name.equals("GVA")) {
      // Without it only the pinned user would have a way out.
      say("ip", "-n", HOST, "route", "add", "default", "via", gateway);
    }

    apply(site);
    rule(site);
    apply(site); // as after a change

    if (name.equals("PAR")) {
      assertThat(say("ip", "-n", HOST, "route", "get", "10.2.0.99", "uid", BITCOIND))
          .as("bitcoind's way to a neighbour")
          .doesNotContain(" via ");
    }

    // The other site's, and one on the LAN.
    String far = name.equals("GVA") ? "10.2.0.99" : "10.1.0.99";
    String near = gateway.replaceFirst("1$", "99");
    network.address(ROUTER, name.equals("FRA") ? near : far, "lo");
    mirror(ROUTER, 18333);
    mirror(HOST, 8333);
    assertThat(look(HOST, BITCOIND, name.equals("FRA") ? near : far, 18333)[0])
        .as("source of what bitcoind begins with the inside")
        .isEqualTo(btc1.address().toString());
    String[] pinned = look(HOST, BITCOIND, INTERNET, 18333);
    assertThat(pinned[0]).as("source of what bitcoind begins").isEqualTo(outbound);
    String others = look(HOST, SOMEBODY, INTERNET, 18333)[0];
    assertThat(others)
        .as("source of what others begin")
        .isEqualTo(name.equals("GVA") ? outbound : btc1.address().toString());
    String[] client = look(ROUTER, SOMEBODY, "85.208.69.13", 8333);
    assertThat(client[1]).as("what the client has dialled").isEqualTo("85.208.69.13");
    assertThat(Integer.parseInt(client[2])).as("segments to the client").isBetween(500, 1400);
    assertThat(Integer.parseInt(pinned[2])).as("segments to others").isBetween(1401, 1500);
  }

  @ParameterizedTest
  @ValueSource(strings = {"source-route", "uid", "snat"})
  void allOfItIsTheSameInIpv6(String method) throws Exception {
    DaemonConfig site = ipv6(method);
    network.lan("2001:db8:1::11", "2001:db8:1::1", 64);
    network.address(ROUTER, "2001:db8:ffff::1", "lo");
    for (String known : List.of("2001:db8:2::11", "2001:db8:13::13")) {
      network.route(known, "via", "2001:db8:1::11");
    }
    String advertised = method.equals("source-route") ? "ra pref high" : "static";
    // An advertised default route is there before ours, and may be preferred to those of its
    // metric.
    say(
        ("ip -n " + HOST + " route add default via 2001:db8:1::1 proto " + advertised)
            .split(" ", -1));
    apply(site);
    rule(site);
    mirror(ROUTER, 18333);
    mirror(HOST, 8333);
    assertThat(look(HOST, BITCOIND, "2001:db8:ffff::1", 18333)[0])
        .as("source of what bitcoind begins")
        .isEqualTo("2001:db8:2::11");
    assertThat(look(HOST, SOMEBODY, "2001:db8:ffff::1", 18333)[0])
        .as("source of what others begin")
        .isEqualTo(method.equals("source-route") ? "2001:db8:2::11" : "2001:db8:1::11");
    String[] client = look(ROUTER, SOMEBODY, "2001:db8:13::13", 8333);
    assertThat(client[1]).as("what the client has dialled").isEqualTo("2001:db8:13::13");
    assertThat(Integer.parseInt(client[2])).as("segments to the client").isBetween(500, 1400);

    // As on an uplink with link-local addresses alone, where any other address may be the source.
    for (String command :
        List.of(
            "route flush exact default",
            "address del 2001:db8:1::11/64 dev eth0",
            "address replace 2001:db8:2::11/128 dev lo nodad",
            "route add default via fe80::1 dev eth0")) {
      say(("ip -6 -n " + HOST + " " + command).split(" ", -1));
    }
    assertThat(say("ip", "-6", "-n", HOST, "route", "get", "2001:db8:13:f::1"))
        .as("although the service address is more alike (RFC 6724, rule 8)")
        .contains(" src 2001:db8:2::11 ");
  }

  @ParameterizedTest
  @ValueSource(strings = {"source-route", "uid", "snat"})
  void aMachineHasBothFamiliesAtOnce(String method) throws Exception {
    String pinned = method.equals("source-route") ? "" : "method: " + method + ", uid: 830,";
    DaemonConfig site =
        parse(Files.readString(Talk.DUAL_STACK).replace("method: uid, uid: 830,", pinned));
    network.lan("203.0.113.11", "203.0.113.1", 24);
    network.lan("2001:db8:1::11", "2001:db8:1::1", 64);
    network.address(ROUTER, "2001:db8:ffff::1", "lo");
    network.address(ROUTER, "203.0.113.254", "lo");
    for (String known : List.of("198.51.100.11", "192.0.2.13")) {
      network.route(known, "via", "203.0.113.11");
    }
    for (String known : List.of("2001:db8:70::11", "2001:db8:13::13")) {
      network.route(known, "via", "2001:db8:1::11");
    }
    if (!method.equals("source-route")) {
      say("ip", "-n", HOST, "route", "add", "default", "via", "203.0.113.1");
      say("ip", "-n", HOST, "route", "add", "default", "via", "2001:db8:1::1");
    }
    apply(site);
    rule(site);
    apply(site); // as after a change
    mirror(ROUTER, 18333);
    mirror(HOST, 8333);
    for (String[] each :
        new String[][] {
          {INTERNET, "198.51.100.11", "203.0.113.11", "192.0.2.13"},
          {"2001:db8:ffff::1", "2001:db8:70::11", "2001:db8:1::11", "2001:db8:13::13"}
        }) {
      assertThat(look(HOST, BITCOIND, each[0], 18333)[0])
          .as("source of what bitcoind begins")
          .isEqualTo(each[1]);
      assertThat(look(HOST, SOMEBODY, each[0], 18333)[0])
          .as("source of what others begin")
          .isEqualTo(method.equals("source-route") ? each[1] : each[2]);
      String[] client = look(ROUTER, SOMEBODY, each[3], 8333);
      assertThat(client[1]).as("what the client has dialled").isEqualTo(each[3]);
      assertThat(Integer.parseInt(client[2])).as("segments to the client").isBetween(500, 1400);
    }
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
            announcers: [ { name: ann1, address: "%3$s21", router-id: 10.1.0.21 } ]
            router: { router-id: 10.0.0.1, lans: [ { network: "%5$s", address: "%3$s1" } ] }
            hosts: [ { name: h1, address: "%3$s11", outbound: "%6$s", p2p: {} } ]
            services:
              - { name: s, address: "%7$s", port: 8333, prefixes: ["%1$s"], healthy: { of: [h1] } }
            """
                .formatted(
                    ipv4 ? "85.208.69.0/24" : "2001:db8:13::/48",
                    ipv4 ? "85.208.70.0/24" : "2001:db8:2::/64",
                    lan,
                    NODE,
                    ipv4 ? "10.1.0.0/24" : "2001:db8:1::/64",
                    outbound,
                    service));
    network.address(ROUTER, lan + "1" + length, "lan");
    network.address(ROUTER, internet, "lo");
    for (String known : List.of(outbound, service)) {
      network.route(known, "via", lan + "11");
    }
    List<RenderedFile> files = Talk.render(Target.IPROUTE2, site);
    assertThat(files)
        .extracting(RenderedFile::name)
        .containsExactly("h1.iproute2-netns.batch", "h1.iproute2.batch");
    // Not by ip netns exec, in which a namespace that is added would be seen by nobody else.
    String outer = write("outer", files.get(0).text()).toString();
    say("nsenter", "--net=/run/netns/" + HOST, "ip", "-batch", outer);
    network.batch(NODE, files.get(1));
    say(in(NODE, "nft", "-f", write("nft", Talk.text(Target.NFT, site)).toString()));

    mirror(ROUTER, 18333);
    mirror(NODE, 8333);
    assertThat(look(NODE, SOMEBODY, internet, 18333)[0])
        .as("source of what bitcoind begins")
        .isEqualTo(outbound);
    String[] client = look(ROUTER, SOMEBODY, service, 8333);
    assertThat(client[1]).as("what the client has dialled").isEqualTo(service);
    assertThat(Integer.parseInt(client[2])).as("segments to the client").isBetween(500, 1400);
    assertThatThrownBy(() -> Talk.render(Target.NETWORKD, site))
        .hasMessage(
            "pinning.method: netns at site A (expected: target iproute2, as systemd-networkd sets up"
                + " no namespace)");
  }

  @Test
  void whatAUnitBeginsAndWhatOthersDo() throws Exception {
    Path file =
        write(
            "talk.yaml",
            Files.readString(Talk.FILE)
                .replace("method: snat, uid: 830", "method: cgroup, cgroup: " + HostNetwork.UNIT));
    DaemonConfig site = ConfigFile.read(file).site(Optional.of("FRA")).orElseThrow();
    network.lan("10.3.0.11", "10.3.0.1", 24);
    say("ip", "-n", HOST, "route", "add", "default", "via", "10.3.0.1");
    network.route("85.208.71.11", "via", "10.3.0.11");
    mirror(ROUTER, 18333);
    List<RenderedFile> tables = Talk.render(Target.NFT, site);
    // At boot, when there is no such unit yet.
    say(in(HOST, "nft", "-f", write("nft", tables.get(0).text()).toString()));
    List<String> command =
        HostNetwork.inUnit(
            write("nft-unit", tables.get(1).text()),
            "/usr/bin/python3",
            "-c",
            LOOK,
            INTERNET,
            "18333");
    assertThat(network.start("seen", HOST, command.toArray(String[]::new)).waitFor()).isZero();
    Path seen = folder.resolve("seen");
    assertThat(Files.readString(seen)).as("of the unit").startsWith("85.208.71.11 ");
    assertThat(look(HOST, BITCOIND, INTERNET, 18333)[0]).as("of others").isEqualTo("10.3.0.11");
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
  @ValueSource(strings = {"GVA", "PAR", "FRA", "ZRH"})
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
  @ValueSource(strings = {"GVA", "PAR", "FRA", "ZRH"})
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
    Process process =
        network.start(
            "networkd.log",
            HOST,
            "unshare",
            "--mount",
            "sh",
            "-ec",
            NETWORKD,
            loopback.toString(),
            uplink.toString(),
            own);
    await().atMost(SOON).until(() -> Files.readString(log).contains("Enumeration completed"));
    process.descendants().forEach(ProcessHandle::destroy);
    process.destroy();
    assertThat(process.waitFor(10, TimeUnit.SECONDS)).isTrue();
    return Files.readString(log);
  }

  private void apply(DaemonConfig site) throws Exception {
    Path batch = write("batch", Talk.text(Target.IPROUTE2, site));
    assertThat(status("ip", "-batch", batch.toString())).as("ip -batch").isZero();
    Path nft = write("nft", Talk.text(Target.NFT, site));
    assertThat(status("nft", "-f", nft.toString())).as("nft -f").isZero();
  }

  private void rule(DaemonConfig site) throws Exception {
    for (RenderedFile file : Talk.render(Target.IPROUTE2, site)) {
      if (file.name().contains("-rule")) {
        network.batch(HOST, file);
      }
    }
  }

  private Path write(String name, String text) throws IOException {
    return network.write(name, text);
  }

  private void mirror(String namespace, int port) throws Exception {
    String log = "mirror-" + port;
    network.start(log, namespace, "/usr/bin/python3", "-c", MIRROR, String.valueOf(port));
    await().atMost(SOON).until(() -> Files.readString(folder.resolve(log)).contains("listening"));
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
            String.valueOf(port)))
        .strip()
        .split(" ");
  }

  private int status(String... command) throws Exception {
    return Programs.run(in(HOST, command)).code();
  }
}
