package org.bgpannouncer.doctor;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.bgpannouncer.render.Programs;
import org.junit.jupiter.api.Test;

/** A host's node: its connections and its bitcoin.conf. */
final class NodeDoctorIT extends DoctorMachine {

  @Test
  void theConnectionsOfANode() throws Exception {
    String site = " --config " + talk() + " --site GVA";
    shell("ip address add 10.1.0.11/24 dev eth0", "ip address add 9.9.9.9/32 dev lo");
    shell("ip address add 85.208.69.13/32 dev lo", "ip address add 85.208.70.11/32 dev lo");
    python("listening", PEER);
    Process wrong = python("connected", NODE, "85.208.69.13");
    assertThat(bad(site))
        .contains("connections warning: WRONG_SOURCE: to 9.9.9.9:18333 from 85.208.69.13");
    Programs.Status told = run("announcer pinning --kernel" + site);
    assertThat(told.code()).isEqualTo(1);
    assertThat(told.out())
        .isEqualTo(
            """
            HOST  PINNED  OUT FROM          IN AT  DETAIL
            btc1  NO      85.208.69.13 (1)  none   WRONG_SOURCE: to 9.9.9.9:18333 from 85.208.69.13
            """);
    assertThat(commands(site)).anyMatch(command -> command.endsWith("a restart of the node"));
    wrong.destroyForcibly().waitFor();
    python("connected", NODE, "85.208.70.11");
    assertThat(bad(site)).noneMatch(finding -> finding.startsWith("connections"));
    assertThat(run("announcer pinning --kernel" + site))
        .isEqualTo(
            new Programs.Status(
                0,
                """
                HOST  PINNED  OUT FROM          IN AT  DETAIL
                btc1  yes     85.208.70.11 (1)  none
                """));
  }

  @Test
  void clientsThatComePastTheAnycast() throws Exception {
    String site = " --config " + talk() + " --site GVA";
    shell("ip address add 10.1.0.11/24 dev eth0", "ip address add 9.9.9.9/32 dev lo");
    shell("ip address add 85.208.69.13/32 dev lo", "ip address add 85.208.70.11/32 dev lo");
    python("listening", PEER);
    String accepting = NODE.replace("time.sleep", "held = node.accept()\ntime.sleep");
    python("connected", accepting, "85.208.70.11");
    assertThat(bad(site)).noneMatch(finding -> finding.startsWith("connections"));
    Process client =
        python(
            "in",
            "import socket, time; s = socket.create_connection(('85.208.70.11', 8333), 10,"
                + " ('9.9.9.9', 0)); print('in', flush=True); time.sleep(600)");
    assertThat(bad(site))
        .anyMatch(finding -> finding.startsWith("connections warning: SERVICE_BYPASSED: "));
    client.destroyForcibly().waitFor();
    assertThat(bad(site)).noneMatch(finding -> finding.startsWith("connections"));
  }

  @Test
  void twoNodesOnOneMachine() throws Exception {
    String site = " --config " + talk() + " --site GVA";
    shell("ip address add 10.1.0.11/24 dev eth0", "ip address add 9.9.9.9/32 dev lo");
    shell("ip address add 85.208.69.13/32 dev lo", "ip address add 85.208.70.11/32 dev lo");
    python("listening", PEER);
    python("connected", NODE.replace("(\"\", 8333)", "(\"10.1.0.11\", 8333)"), "85.208.70.11");
    Process other =
        python("connected", NODE.replace("(\"\", 8333)", "(\"127.0.0.1\", 8333)"), "10.1.0.11");
    assertThat(bad(site)).noneMatch(finding -> finding.startsWith("connections"));
    assertThat(other.isAlive()).isTrue();
  }

  /** The one has no connections that it could be asked of, and both are asked as one user. */
  @Test
  void callsOfTwoHostsOnOneMachine() throws Exception {
    String text = Files.readString(DUAL_STACK);
    Path file =
        write(
            "dual.yaml",
            text.replace("    outbound: 2001:db8:70::11\n    p2p: {}\n", "")
                .replace("of: [btc1-v6, btc2-v6]", "of: [btc2-v6]"));
    shell("ip address add 203.0.113.11/24 dev eth0");
    Path conf = write("b.conf", "rpcwhitelist=alice:uptime\n");
    String[] doctor = {
      "--config", file.toString(), "--host", "btc1", "--bitcoin-conf", conf.toString()
    };
    assertThat(bad("rpcwhitelistdefault", doctor)).hasSize(1);
    assertThat(commands(doctor)).filteredOn(each -> each.contains("rpcwhitelist")).hasSize(1);
    mend();
    assertThat(bad("rpcwhitelistdefault", doctor)).isEmpty();
    assertThat(Files.readString(conf)).contains("getpeerinfo");
  }

  @Test
  void calls() throws Exception {
    Path file = talk();
    setUpAsRendered(site(file, "GVA"));
    edit(file, "s#cookie-file: [^ ]*#user: explorer, password-file: /dev/null#");
    Path conf = write("b.conf", "");
    String[] doctor = {
      "--config", file.toString(), "--site", "GVA", "--bitcoin-conf", conf.toString()
    };
    assertThat(bad("rpcwhitelistdefault", doctor)).isEmpty();
    Files.writeString(conf, "rpcwhitelistdefault=1\n");
    assertThat(bad("rpcwhitelistdefault", doctor)).hasSize(1);
    mend();
    assertThat(bad(doctor)).isEmpty();
    assertThat(Files.readString(conf))
        .as("nobody else is let in")
        .contains("rpcwhitelistdefault=1");
    // Two lists are what is on both of them.
    edit(conf, "$ a rpcwhitelist=explorer:uptime, getblock");
    assertThat(bad("rpcwhitelistdefault", doctor))
        .containsExactly(
            "rpcwhitelistdefault problem: the rpcwhitelist of explorer lacks getblockchaininfo,"
                + " getindexinfo, getmempoolinfo, getnetworkinfo, getpeerinfo, getrpcinfo,"
                + " getzmqnotifications (expected: the announcer's calls)");
    assertThat(commands(doctor)).allMatch(command -> command.startsWith("# each rpcwhitelist"));
    edit(conf, "$ d");
    assertThat(bad(doctor)).isEmpty();
  }

  @Test
  void aBitcoinConfWithSectionsAndWindowsEnds() throws Exception {
    Path file = talk();
    setUpAsRendered(site(file, "GVA"));
    Path real = folder.resolve("real.conf");
    Files.write(
        real,
        ("uacomment=Z\u00fcrich\r\nmaxconnections=130\r\n[test]\nmaxconnections=30\n[main]\n"
                + "rpcthreads=4\r\nexternalip=85.208.69.13:8334\nnodiscover=0")
            .getBytes(ISO_8859_1));
    Path conf = Files.createSymbolicLink(folder.resolve("b.conf"), real);
    String[] doctor = {
      "--config", file.toString(), "--site", "GVA", "--bitcoin-conf", conf.toString()
    };
    assertThat(bad(doctor))
        .containsExactlyInAnyOrder(
            "maxconnections warning: 130 (expected: 125)",
            "rpcthreads warning: 4 (expected: 16)",
            "rpcworkqueue warning: not set, which is enough from Core 29 on (expected: 64)",
            "externalip warning: no externalip=85.208.69.13 (expected: the service address)",
            "externalip warning: 85.208.69.13:8334 (expected: 85.208.69.13 only)",
            "discover warning: 1 (expected: 0)");
    mend();
    assertThat(bad(doctor))
        .as("what a person has to choose")
        .containsExactly("maxconnections warning: 130 (expected: 125)");
    assertThat(commands(doctor))
        .containsExactly(
            "# rpc: { max-connections: 130 } of btc1 in the site file, or 125 in bitcoin.conf");
    edit(real, "s/maxconnections=130.*/maxconnections=125/");
    assertThat(bad(doctor)).isEmpty();
    assertThat(conf).isSymbolicLink();
    assertThat(new String(Files.readAllBytes(real), ISO_8859_1))
        .contains("uacomment=Z\u00fcrich\r\n", "[test]\nmaxconnections=30\n");
    edit(real, "s/maxconnections=125/maxconnections=100/");
    assertThat(bad(doctor)).containsExactly("maxconnections warning: 100 (expected: 125)");
    mend();
    assertThat(bad(doctor)).isEmpty();
  }

  @Test
  void aNodeInANamespaceOfItsOwn() throws Exception {
    Path file = talk();
    edit(
        file,
        "s/pinning: { interface: eth0, gateway: 10.1.0.1 }/pinning: { method: netns, namespace: bitcoin, interface: eth0, gateway: 10.1.0.1 }/");
    // Inside of it the uplink has the name that it has outside.
    shell("ip address add 10.1.0.11/24 dev eth0");
    shell("sysctl -q -w net.ipv4.conf.eth0.arp_ignore=1 net.ipv4.conf.eth0.arp_announce=2");
    String[] doctor = {"--config", file.toString(), "--site", "GVA"};
    assertThat(bad(doctor))
        .contains(
            "outbound-address problem: 85.208.70.11 is on no interface (expected: on lo)",
            "source-route problem: no route leads to 9.9.9.9 (expected: from 85.208.70.11)",
            "mss warning: 85.208.69.13 port 8333: segments of up to 1460 octets (expected: 1400)");
    mend();
    assertThat(bad(doctor)).isEmpty();
  }
}
