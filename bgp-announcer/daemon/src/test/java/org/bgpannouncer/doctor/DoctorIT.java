package org.bgpannouncer.doctor;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.bgpannouncer.config.ConfigFile;
import org.bgpannouncer.config.DaemonConfig;
import org.bgpannouncer.docs.Page;
import org.bgpannouncer.render.Programs;
import org.bgpannouncer.render.RenderedFile;
import org.bgpannouncer.render.Renderer;
import org.bgpannouncer.render.Target;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Machines in namespaces, set up as rendered: nothing is found. Then each misconfiguration is made,
 * found, mended by the command that is printed, and gone.
 */
@Timeout(180)
final class DoctorIT {
  private static final Path TALK = Path.of("../../docs/examples/talk.yaml");
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Duration SOON = Duration.ofSeconds(30);

  /**
   * As {@code scripts/announcer}, with its heap and without a build; there is no daemon here that
   * could reload.
   */
  private static final String ANNOUNCER =
      """
      #!/bin/sh
      [ "$1" = reload ] || exec '%s' -Xmx128m -XX:TieredStopAtLevel=1 -cp '%s' org.bgpannouncer.cli.Main "$@"
      """
          .formatted(
              Path.of(System.getProperty("java.home"), "bin", "java"),
              System.getProperty("java.class.path"));

  /** One that keeps time by another beside it, which was away when it began. */
  private static final String CHRONY =
      """
      mount -t tmpfs none /run
      install -d -m 700 /run/chrony /run/server
      cat >/run/server.conf <<'END'
      local stratum 8
      allow 127.0.0.1
      port 11123
      cmdport 0
      bindcmdaddress /run/server/chronyd.sock
      pidfile /run/server/pid
      END
      cat >/run/client.conf <<'END'
      server 127.0.0.1 port 11123 iburst offline minpoll 0 maxpoll 0
      port 0
      cmdport 0
      END
      for each in server client; do
        chronyd -x -u root -d -f /run/$each.conf &
      done
      wait
      """;

  private final String host = "doctor-it-" + ProcessHandle.current().pid();
  private final List<Process> processes = new ArrayList<>();

  /** Before each command: who may do what, and in which other namespaces. */
  private List<String> wrapper = List.of();

  @TempDir Path folder;

  @BeforeEach
  void buildMachine() throws Exception {
    Path script =
        Files.writeString(
            Files.createDirectory(folder.resolve("bin")).resolve("announcer"), ANNOUNCER);
    Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwx------"));
    Programs.say(List.of("ip", "netns", "add", host));
    shell(
        """
        ip link set lo up
        ip link add eth0 type veth peer name gateway0
        ip link set eth0 up
        ip link set gateway0 up
        """);
  }

  @AfterEach
  void removeMachine() throws Exception {
    for (Process process : processes) {
      process.descendants().forEach(ProcessHandle::destroyForcibly);
      process.destroyForcibly().waitFor();
    }
    Programs.say(List.of("ip", "netns", "del", host));
  }

  @Test
  void aHostThatIsPinnedByItsDefaultRoute() throws Exception {
    Path file = talk();
    DaemonConfig site = site(file, "GVA");
    setUpAsRendered(site);
    Path bitcoin = apply(site, Target.BITCOIN, "test -f");
    String[] doctor = {
      "--config", file.toString(), "--site", "GVA", "--bitcoin-conf", bitcoin.toString()
    };
    assertThat(bad(doctor)).as("as rendered").isEmpty();

    shell(
        """
        ip address del 10.255.0.13/32 dev lo
        ip address add 10.255.0.13/32 dev eth0
        ip address del 85.208.69.13/32 dev lo
        ip address del 85.208.70.11/32 dev lo
        sysctl -q -w net.ipv4.conf.eth0.arp_ignore=0 net.ipv4.conf.eth0.arp_announce=0
        sysctl -q -w net.ipv4.conf.eth0.rp_filter=1
        nft 'delete table inet bgp_announcer; table inet filter {
          chain input { type filter hook input priority 0; ct state invalid drop; }
        }'
        """);
    edit(bitcoin, "s/maxconnections=.*/maxconnections=30/; s/rpcworkqueue=.*/rpcworkqueue=16/");
    edit(
        bitcoin, "/rpcthreads=/d; s/externalip=.*/externalip=10.1.0.11/; s/discover=0/discover=1/");
    edit(bitcoin, "$ a rpcwhitelist=explorer:getblock");
    assertMended(
        Set.of(
            "service-address warning: 10.255.0.13 is on eth0 (expected: on lo)",
            "service-address problem: 85.208.69.13 is on no interface (expected: on lo)",
            "outbound-address problem: 85.208.70.11 is on no interface (expected: on lo)",
            "source-route problem: no route leads to 9.9.9.9 (expected: from 85.208.70.11)",
            "arp-ignore warning: net/ipv4/conf/eth0/arp_ignore: 0 (expected: 1)",
            "arp-announce warning: net/ipv4/conf/eth0/arp_announce: 0 (expected: 2)",
            "rp-filter warning: net/ipv4/conf/eth0/rp_filter: strict (expected: 0, or 2, which is loose)",
            "mss warning: 85.208.69.13 port 8333: segments of up to 1460 octets (expected: 1400)",
            "conntrack problem: inet filter input handle 2 drops ct state invalid (expected: the"
                + " service's ports untracked, or reset before)",
            "maxconnections problem: 30 (expected: 125)",
            "rpcthreads warning: not set, which is enough from Core 29 on (expected: 16)",
            "rpcworkqueue warning: 16 (expected: 64)",
            "rpcwhitelistdefault problem: there is no rpcwhitelist of __cookie__, and who has none may call"
                + " nothing (expected: the announcer's calls)",
            "externalip warning: no externalip=85.208.69.13 (expected: the service address)",
            "externalip warning: 10.1.0.11 (expected: 85.208.69.13 only)",
            "discover warning: 1 (expected: 0)"),
        doctor);
  }

  @Test
  void theSampleOfTheDocumentation() throws Exception {
    Path file = talk();
    DaemonConfig site = site(file, "GVA");
    setUpAsRendered(site);
    shell("sysctl -q -w net.ipv4.conf.eth0.rp_filter=1");
    shell("ip route replace default via 10.1.0.1 dev eth0");
    String printed = run("announcer doctor --config " + file + " --site GVA").out();
    // Whether this machine's clock is kept is not the namespace's affair.
    assertThat(printed.lines().filter(line -> !line.startsWith("clock")))
        .containsExactlyElementsOf(
            Page.DOCTOR
                .block("", "CHECK")
                .lines()
                .filter(line -> !line.startsWith("clock"))
                .toList());
  }

  @Test
  void aFirewallOfIptables() throws Exception {
    Path file = talk();
    shell("ip address add 10.1.0.11/24 dev eth0");
    shell("iptables -N before-input", "iptables -A INPUT -j before-input");
    shell("iptables -A before-input -m conntrack --ctstate INVALID -j DROP");
    String[] doctor = {"--config", file.toString(), "--site", "GVA"};
    assertThat(bad("conntrack", doctor))
        .containsExactly(
            "conntrack problem: iptables -A before-input -m conntrack --ctstate INVALID -j DROP drops"
                + " ct state invalid (expected: the service's ports untracked, or reset before)");
    mend(doctor);
    assertThat(bad("conntrack", doctor)).isEmpty();
  }

  /** What many hosts have: it takes what is new, and what is untracked is not. */
  private static final String ONLY_NEW =
      """
      table inet filter {
        chain input {
          type filter hook input priority 0; policy drop;
          iif lo accept
          ct state established,related accept
          ct state invalid drop
          tcp dport 8333 ct state new accept
        }
      }
      """;

  @Test
  void aFirewallThatTakesOnlyWhatIsNew() throws Exception {
    Path file = talk();
    DaemonConfig site = site(file, "GVA");
    setUpAsRendered(site);
    shell("nft flush ruleset");
    shell("ip address add 9.9.9.9/32 dev lo"); // where the node's peer is
    nft(ONLY_NEW);
    python("listening", PEER);
    python("connected", NODE, "85.208.70.11");
    String[] doctor = {"--config", file.toString(), "--site", "GVA"};
    try {
      addClient();
      assertThat(dials()).isTrue();
      String untracked =
          "conntrack warning: inet filter input policy drops untracked clients of 85.208.69.13 port 8333"
              + " (expected: accepted, whatever their ct state)";
      assertThat(bad("conntrack", doctor))
          .containsExactlyInAnyOrder(
              untracked,
              "conntrack problem: inet filter input handle 4 drops ct state invalid (expected: the"
                  + " service's ports untracked, or reset before)");
      assertThat(commands(doctor)).noneMatch(command -> command.startsWith("announcer"));
      mend(doctor);
      assertThat(dials()).as("still").isTrue();

      shell("announcer render nft --config " + file + " --site GVA --host btc1 | nft -f -");
      assertThat(dials()).as("with the rule for new clients").isFalse();
      assertThat(bad("conntrack", doctor))
          .containsExactly(
              "conntrack problem: inet filter input policy drops clients of 85.208.69.13 port 8333, which"
                  + " are untracked (expected: accepted)");
      assertThat(commands(doctor))
          .anyMatch(command -> command.startsWith("# accept tcp port 8333"));
      shell("nft delete table inet bgp_announcer");

      shell("nft insert rule inet filter input tcp dport 8333 ct state new,untracked accept");
      assertThat(bad("conntrack", doctor)).hasSize(1).doesNotContain(untracked);
      mend(doctor);
      assertThat(bad("conntrack", doctor)).isEmpty();
      assertThat(dials()).as("with the rule as it is told").isTrue();
    } finally {
      removeClient();
    }
  }

  @Test
  void whatNobodyCanFollowIsNotCalledGood() throws Exception {
    shell("ip address add 10.1.0.11/24 dev eth0");
    nft("table ip f { chain i { type filter hook input priority 0; ip dscp cs1 drop; }; }");
    assertThat(unchecked("conntrack", "--config", talk().toString(), "--site", "GVA"))
        .containsExactly(
            "a rule that cannot be followed: ip f i handle 2 (expected: addresses, ports, ct state)");
  }

  @Test
  void segmentsThatTheLinkKeepsSmall() throws Exception {
    Path file = talk();
    setUpAsRendered(site(file, "GVA"));
    shell("nft flush ruleset");
    String[] doctor = {"--config", file.toString(), "--site", "GVA"};
    // What is forwarded, or of another port, is none of a client's.
    nft(
        """
        table inet other {
          chain through {
            type filter hook forward priority mangle;
            tcp flags syn tcp option maxseg size set 1300
          }
          chain pre {
            type filter hook prerouting priority mangle;
            tcp dport 22 tcp flags syn tcp option maxseg size set 1300
          }
        }
        """);
    assertThat(bad("mss", doctor)).hasSize(1);
    shell("ip link set eth0 mtu 1440");
    assertThat(bad("mss", doctor)).isEmpty();
    shell("ip link set eth0 mtu 1500");
    shell("iptables -t mangle -A PREROUTING -p tcp --syn -j TCPMSS --set-mss 1380");
    assertThat(bad("mss", doctor)).isEmpty();
    shell("iptables -t mangle -F");
    mend(doctor);
    assertThat(bad("mss", doctor)).isEmpty();
  }

  /** A machine of the Internet behind the uplink. */
  private void addClient() throws Exception {
    Programs.say(List.of("ip", "netns", "add", host + "-c"));
    shell("ip link set gateway0 netns " + host + "-c");
    inClient("ip link set lo up; ip link set gateway0 up; ip address add 10.1.0.1/24 dev gateway0");
    inClient("ip route add 85.208.69.13 via 10.1.0.11");
  }

  private void inClient(String script) {
    Programs.say(Programs.in(host + "-c", "sh", "-ec", script));
  }

  private void removeClient() {
    Programs.say(List.of("ip", "netns", "del", host + "-c"));
  }

  /** Whether the client reaches the service. */
  private boolean dials() throws Exception {
    String dial = "import socket; socket.create_connection((\"85.208.69.13\", 8333), 2)";
    return Programs.run(Programs.in(host + "-c", "/usr/bin/python3", "-c", dial)).code() == 0;
  }

  /** Listens where a node does, and holds one connection to a peer, from the address it is told. */
  private static final String NODE =
      """
      import socket, sys, time
      node = socket.create_server(("", 8333))
      peer = socket.create_connection(("9.9.9.9", 18333), 10, (sys.argv[1], 0))
      print("connected", flush=True)
      time.sleep(600)
      """;

  private static final String PEER =
      """
      import socket
      with socket.create_server(("9.9.9.9", 18333)) as peer:
          print("listening", flush=True)
          held = [peer.accept() for _ in range(3)]  # the third never comes
      """;

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

  private Process python(String ready, String script, String... arguments) throws Exception {
    Path log = Files.createTempFile(folder, "python", "log");
    List<String> command = new ArrayList<>(List.of("/usr/bin/python3", "-c", script));
    command.addAll(List.of(arguments));
    Process process =
        Programs.builder(Programs.in(host, command.toArray(String[]::new)))
            .redirectOutput(log.toFile())
            .start();
    processes.add(process);
    await().atMost(SOON).until(() -> Files.readString(log).contains(ready));
    return process;
  }

  @Test
  void aHostThatIsPinnedByARuleForAUser() throws Exception {
    Path file = talk();
    DaemonConfig site = site(file, "PAR");
    shell("ip address add 10.2.0.11/24 dev eth0", "ip route add default via 10.2.0.1");
    for (RenderedFile batch : new Renderer().render(Target.IPROUTE2, site)) {
      if (batch.machine().equals("btc1")) {
        shell("ip -4 -batch " + write(batch.name(), batch.text()));
      }
    }
    String[] doctor = {"--config", file.toString(), "--site", "PAR"};
    assertThat(bad(doctor)).as("as rendered").noneMatch(finding -> finding.startsWith("source"));

    shell("ip rule del pref 999", "ip rule del pref 1000", "ip route flush table 70");
    assertThat(bad(doctor))
        .contains(
            "source-rule problem: no rule has uid 830 looked up in table 70",
            "source-rule warning: no rule before it looks up in main all but the default route"
                + " (suppress_prefixlength 0)",
            "source-route problem: 9.9.9.9 is reached from 10.2.0.11 (expected: from 85.208.68.11)");
    mend(doctor);
    assertThat(bad(doctor)).isEmpty();
  }

  @Test
  void aHostThatIsPinnedByNat() throws Exception {
    Path file = talk();
    shell("ip address add 10.3.0.11/24 dev eth0", "ip route add default via 10.3.0.1");
    apply(site(file, "FRA"), Target.NFT, "nft -f");
    String[] doctor = {"--config", file.toString(), "--site", "FRA"};
    assertThat(bad(doctor)).as("as rendered").noneMatch(finding -> finding.startsWith("source"));

    shell("nft delete table inet bgp_announcer");
    assertThat(bad(doctor))
        .contains(
            "source-nat problem: no rule translates what uid 830 begins by eth0 (expected: snat to"
                + " 85.208.71.11)");
    mend(doctor);
    assertThat(bad(doctor)).isEmpty();
  }

  @Test
  void aHostWhoseNatIsNotForItsNode() throws Exception {
    Path file = talk();
    shell("ip address add 10.3.0.11/24 dev eth0", "ip route add default via 10.3.0.1");
    String[] doctor = {"--config", file.toString(), "--site", "FRA"};
    nft(
        """
        table ip nat {
          chain unused { snat to 85.208.71.11; }
          chain out {
            type nat hook postrouting priority 100;
            oifname eth1 snat to 85.208.71.11
            oifname eth0 meta skuid 33 snat to 85.208.71.11
          }
        }
        """);
    assertThat(bad("source-nat", doctor)).hasSize(1);
    mend(doctor);
    assertThat(bad("source-nat", doctor)).isEmpty();

    shell(
        "nft flush ruleset",
        "iptables -t nat -A POSTROUTING -o eth0 -j SNAT --to-source 192.0.2.9");
    assertThat(bad("source-nat", doctor))
        .containsExactly(
            "source-nat problem: iptables -t nat -A POSTROUTING -o eth0 -j SNAT --to-source 192.0.2.9:"
                + " snat to 192.0.2.9 (expected: to 85.208.71.11)");
    assertThat(commands(doctor)).anyMatch(command -> command.startsWith("# take what bitcoind"));
    shell("iptables -t nat -R POSTROUTING 1 -o eth0 -j SNAT --to-source 85.208.71.11");
    assertThat(bad("source-nat", doctor)).isEmpty();
    shell("iptables -t nat -R POSTROUTING 1 -o eth0 -j MASQUERADE");
    assertThat(unchecked("source-nat", doctor)).hasSize(1);
  }

  @Test
  void aHostThatIsPinnedByNatForAUnit() throws Exception {
    String unit = host + ".slice/bitcoind.service";
    Path file = talk();
    edit(file, "s#method: snat, uid: 830#method: cgroup, cgroup: " + unit + "#");
    shell("ip address add 10.3.0.11/24 dev eth0", "ip route add default via 10.3.0.1");
    // With version 2 where systemd has it: ip netns exec has a /sys of its own.
    mounted("mount -t cgroup2 none /sys/fs/cgroup");
    shell("mkdir -p /sys/fs/cgroup/" + unit);
    try {
      String[] doctor = {"--config", file.toString(), "--site", "FRA"};
      assertThat(bad("source-nat", doctor))
          .containsExactly(
              "source-nat problem: no rule translates what "
                  + unit
                  + " begins by eth0 (expected: snat to 85.208.71.11)");
      mend(doctor);
      assertThat(bad("source-nat", doctor)).isEmpty();
    } finally {
      shell("cd /sys/fs/cgroup; rmdir -p " + unit);
    }
  }

  @Test
  void theUsersRule() throws Exception {
    Path file = talk();
    shell("ip address add 10.2.0.11/24 dev eth0", "ip route add default via 10.2.0.1");
    shell("ip address add 85.208.68.11/32 dev lo");
    // Of another preference, and after one that is for a part only.
    shell("ip rule add pref 40 to 9.0.0.0/8 uidrange 830-830 lookup 70");
    shell("ip rule add pref 50 uidrange 830-830 lookup 70");
    shell("ip route add default via 10.2.0.1 dev eth0 src 85.208.68.11 table 70");
    String[] doctor = {"--config", file.toString(), "--site", "PAR"};
    assertThat(bad("source-rule", doctor))
        .containsExactly(
            "source-rule warning: no rule before it looks up in main all but the default route"
                + " (suppress_prefixlength 0)");
    mend(doctor);
    assertThat(bad("source-rule", doctor)).isEmpty();
    shell("ip rule del pref 50");
    assertThat(bad("source-rule", doctor))
        .as("one that is for a part only")
        .containsExactly("source-rule problem: no rule has uid 830 looked up in table 70");
    mend(doctor);
    assertThat(bad("source-rule", doctor)).isEmpty();
  }

  @Test
  void addressesBesideOthers() throws Exception {
    Path file = talk();
    setUpAsRendered(site(file, "GVA"));
    shell("ip address add 85.208.69.13/24 dev eth0", "ip address add 85.208.69.99/24 dev eth0");
    shell("ip address add 10.255.0.13/24 dev lo");
    shell("sysctl -q -w net.ipv4.conf.eth0.arp_ignore=3");
    assertMended(
        Set.of(
            "service-address warning: 85.208.69.13 is on eth0 (expected: on lo)",
            "service-address warning: 10.255.0.13/24 is on lo (expected: /32)",
            "arp-ignore warning: net/ipv4/conf/eth0/arp_ignore: 3 (expected: 1)"),
        "--config",
        file.toString(),
        "--site",
        "GVA");
    assertThat(run("ip -4 -o address show dev eth0").out())
        .as("what is the operator's")
        .contains("85.208.69.99/24");
    shell("sysctl -q -w net.ipv4.conf.all.arp_ignore=8");
    assertMended(
        Set.of("arp-ignore warning: net/ipv4/conf/all/arp_ignore: 8 (expected: 1)"),
        "--config",
        file.toString(),
        "--site",
        "GVA");
  }

  @Test
  void routesThatSomebodyElseHasMade() throws Exception {
    Path file = talk();
    setUpAsRendered(site(file, "GVA"));
    String[] doctor = {"--config", file.toString(), "--site", "GVA"};
    shell(
        "ip route del default",
        "ip route add default via 10.1.0.1 dev eth0 proto dhcp metric 100",
        "ip route add 128.0.0.0/1 via 10.1.0.2 dev eth0 metric 7");
    assertThat(bad(doctor))
        .containsExactly(
            "source-route problem: 9.9.9.9 is reached from 10.1.0.11 (expected: from 85.208.70.11)");
    mend(doctor);
    assertThat(bad(doctor))
        .containsExactly(
            "source-route problem: 198.41.0.4 is reached from 10.1.0.11 (expected: from 85.208.70.11)");
    mend(doctor);
    assertThat(bad(doctor)).isEmpty();
    assertThat(run("ip route show").out().lines().filter(line -> line.contains(" via ")))
        .map(String::strip)
        .containsExactly(
            "default via 10.1.0.1 dev eth0 proto dhcp src 85.208.70.11 metric 100",
            "128.0.0.0/1 via 10.1.0.2 dev eth0 src 85.208.70.11 metric 7");
    shell("ip route replace 128.0.0.0/1 metric 7 nexthop via 10.1.0.2 nexthop via 10.1.0.3");
    assertThat(bad(doctor)).hasSize(1);
    assertThat(commands(doctor)).allMatch(command -> command.startsWith("# each next hop"));
  }

  @Test
  void aHostOfASiteFileWithoutPinning() throws Exception {
    Path file = talk();
    setUpAsRendered(site(file, "GVA"));
    edit(file, "/pinning:/d");
    shell("nft flush ruleset", "sysctl -q -w net.ipv4.conf.eth0.arp_ignore=0");
    shell("sysctl -q -w net.ipv4.conf.eth0.arp_announce=0 net.ipv4.conf.eth0.rp_filter=1");
    String[] doctor = {"--config", file.toString(), "--site", "GVA"};
    assertThat(bad(doctor))
        .containsExactlyInAnyOrder(
            "arp-ignore warning: net/ipv4/conf/eth0/arp_ignore: 0 (expected: 1)",
            "arp-announce warning: net/ipv4/conf/eth0/arp_announce: 0 (expected: 2)",
            "rp-filter warning: net/ipv4/conf/eth0/rp_filter: strict (expected: 0, or 2, which is loose)",
            "mss warning: 85.208.69.13 port 8333: segments of up to 1460 octets (expected: 1400)");
    mend(doctor);
    assertThat(bad(doctor)).hasSize(1).allMatch(finding -> finding.startsWith("mss"));
    assertThat(commands(doctor)).allMatch(command -> command.startsWith("# pinning: "));
    shell("ip link set eth0 mtu 1440");
    assertThat(bad(doctor)).isEmpty();
  }

  @Test
  void aHostOfIpv6() throws Exception {
    Path file =
        write(
            "ipv6.yaml",
            """
            site: A
            local-as: 64496
            speaker: { type: exabgp }
            allow: [2001:db8:13::/48]
            pinning: { interface: eth0, gateway: "2001:db8:1::1" }
            announcers: [ { name: ann1, address: 2001:db8:1::21 } ]
            hosts:
              - { name: h1, address: "2001:db8:1::11", outbound: "2001:db8:2::11", p2p: {} }
            services:
              - name: bitcoin
                address: 2001:db8:13::13
                port: 8333
                prefixes: [2001:db8:13::/48]
                healthy: { of: [h1] }
            """);
    shell("ip address add 2001:db8:1::11/64 dev eth0 nodad");
    String[] doctor = {"--config", file.toString()};
    assertMended(
        Set.of(
            "service-address problem: 2001:db8:13::13 is on no interface (expected: on lo)",
            "outbound-address problem: 2001:db8:2::11 is on no interface (expected: on lo)",
            "source-route problem: no route leads to 2620:fe::9 (expected: from 2001:db8:2::11)",
            "mss warning: 2001:db8:13::13 port 8333: segments of up to 1440 octets (expected: 1400)"),
        doctor);
    shell("ip -6 route del default");
    shell("ip -6 route add default via 2001:db8:1::1 dev eth0 proto ra metric 100");
    assertMended(
        Set.of(
            "source-route problem: 2620:fe::9 is reached from 2001:db8:1::11 (expected: from"
                + " 2001:db8:2::11)"),
        doctor);
  }

  @Test
  void theKernelOfTheRouter() throws Exception {
    Path file = talk();
    router();
    shell(
        "sysctl -q -w net.ipv4.ip_forward=1 net.ipv4.fib_multipath_hash_policy=1",
        "sysctl -q -w net.ipv4.conf.all.send_redirects=0 net.ipv4.conf.eth0.send_redirects=0");
    String[] doctor = {"--config", file.toString(), "--site", "GVA"};
    assertThat(bad(doctor)).as("as documented").isEmpty();

    shell(
        "sysctl -q -w net.ipv4.ip_forward=0 net.ipv4.fib_multipath_hash_policy=0",
        "sysctl -q -w net.ipv4.conf.all.send_redirects=1 net.ipv4.conf.eth0.send_redirects=1",
        "sysctl -q -w net.ipv4.conf.gateway0.rp_filter=1");
    assertMended(
        Set.of(
            "forwarding problem: net/ipv4/ip_forward: 0 (expected: 1)",
            "ecmp-hash warning: net/ipv4/fib_multipath_hash_policy: 0 (expected: 1)",
            "redirects warning: net/ipv4/conf/all/send_redirects and"
                + " net/ipv4/conf/eth0/send_redirects: 1 (expected: 0)",
            "rp-filter problem: net/ipv4/conf/gateway0/rp_filter: strict (expected: 0, or 2, which is"
                + " loose)"),
        doctor);
  }

  @Test
  void theInterfacesOfTheRouter() throws Exception {
    Path file = talk();
    router();
    shell(
        "ip link add link0 type veth peer name link1",
        "ip link set link0 up",
        "ip address add 10.0.0.1/30 dev link0",
        "sysctl -q -w net.ipv4.ip_forward=1 net.ipv4.fib_multipath_hash_policy=1",
        "sysctl -q -w net.ipv4.conf.all.send_redirects=0 net.ipv4.conf.eth0.send_redirects=0");
    String[] doctor = {"--config", file.toString(), "--site", "GVA"};
    assertThat(bad(doctor)).as("as documented").isEmpty();
    String loose = ": strict (expected: 0, or 2, which is loose)";
    shell(
        "sysctl -q -w net.ipv4.conf.eth0.rp_filter=1 net.ipv4.conf.link0.rp_filter=1",
        "sysctl -q -w net.ipv4.conf.gateway0.forwarding=0",
        "sysctl -q -w net.ipv4.fib_multipath_hash_policy=3 net.ipv4.fib_multipath_hash_fields=7");
    assertMended(
        Set.of(
            "forwarding problem: net/ipv4/conf/gateway0/forwarding: 0 (expected: 1)",
            "ecmp-hash warning: net/ipv4/fib_multipath_hash_policy: 3, without both ports (expected: 1)",
            "rp-filter problem: net/ipv4/conf/eth0/rp_filter" + loose,
            "rp-filter problem: net/ipv4/conf/link0/rp_filter" + loose),
        doctor);
    shell(
        "sysctl -q -w net.ipv4.fib_multipath_hash_policy=3 net.ipv4.fib_multipath_hash_fields=55");
    assertThat(bad(doctor)).isEmpty();
  }

  @Test
  void aRouterOfIpv6() throws Exception {
    Path file =
        write(
            "ipv6.yaml",
            """
            site: A
            local-as: 64496
            speaker: { type: exabgp }
            allow: [2001:db8:13::/48]
            router:
              router-id: 192.0.2.1
              consistent-hashing: true
              lans: [ { network: "2001:db8:1::/64", address: "2001:db8:1::1" } ]
              neighbors:
                - { name: t1, address: "2001:db8:9::1", local-address: "2001:db8:9::2", as: 64500 }
            announcers: [ { name: ann1, address: "2001:db8:1::21" } ]
            hosts:
              - { name: h1, address: "2001:db8:1::11", p2p: {} }
              - { name: h2, address: "2001:db8:1::12", p2p: {} }
            services:
              - name: bitcoin
                address: 2001:db8:13::13
                port: 8333
                prefixes: [2001:db8:13::/48]
                next-hop: hosts
                healthy: { of: [h1, h2] }
            """);
    shell("ip address add 2001:db8:1::1/64 dev eth0 nodad");
    shell("sysctl -q -w net.ipv6.conf.all.forwarding=0 net.ipv6.fib_multipath_hash_policy=0");
    String[] doctor = {"--config", file.toString()};
    assertThat(bad(doctor))
        .contains(
            "forwarding problem: net/ipv6/conf/all/forwarding: 0 (expected: 1)",
            "ecmp-hash warning: net/ipv6/fib_multipath_hash_policy: 0 (expected: 1)")
        .anyMatch(finding -> finding.startsWith("consistent-hashing warning: no rule of nftables"))
        .anyMatch(finding -> finding.startsWith("consistent-hashing warning: ip -6 rule: none"))
        .hasSize(4);
    mend(doctor);
    assertThat(bad(doctor)).isEmpty();
  }

  @Test
  void theConsistentHashingOfTheRouter() throws Exception {
    Path file = talk();
    DaemonConfig site = site(file, "FRA");
    shell("ip address add 10.3.0.1/24 dev eth0");
    write("nft", text(site, Target.NFT, "edge"));
    write("rules", text(site, Target.IPROUTE2, "edge"));
    shell("nft -f " + folder + "/nft", "ip -4 -batch " + folder + "/rules");
    String[] doctor = {"--config", file.toString(), "--site", "FRA"};
    assertThat(bad("consistent-hashing", doctor)).as("as rendered").isEmpty();

    shell("ip rule add pref 9 fwmark 0x80000000 lookup main");
    shell("nft delete table inet bgp_announcer_edge", "ip rule del fwmark 101");
    assertThat(bad("consistent-hashing", doctor))
        .containsExactly(
            "consistent-hashing warning: ip -4 rule: none for the marks [101] (expected: each looked up in"
                + " its table)",
            "consistent-hashing warning: no rule of nftables marks by jhash of ip mod 2 offset 100"
                + " (expected: as rendered)");
    mend(doctor);
    assertThat(bad("consistent-hashing", doctor)).isEmpty();

    shell("nft flush ruleset", "ip rule del fwmark 100", "ip rule add fwmark 100 lookup main");
    nft("table ip x { chain y { meta mark set jhash ip saddr mod 2 offset 7; }; }");
    assertThat(bad("consistent-hashing", doctor)).hasSize(2);
    mend(doctor);
    assertThat(bad("consistent-hashing", doctor)).isEmpty();
  }

  @Test
  void frr() throws Exception {
    Path file = talk();
    router();
    shell("sysctl -q -w net.ipv4.ip_forward=1 net.ipv4.fib_multipath_hash_policy=1");
    shell("sysctl -q -w net.ipv4.conf.all.send_redirects=0 net.ipv4.conf.eth0.send_redirects=0");
    Process frr =
        Programs.builder(
                Programs.in(host, "unshare", "--mount", "sh", "-ec", Programs.FRR, "/dev/null"))
            .redirectOutput(folder.resolve("frr.log").toFile())
            .start();
    processes.add(frr);
    wrapper = List.of("nsenter", "--target", String.valueOf(frr.pid()), "--mount", "--net");
    await().atMost(SOON).until(() -> run("vtysh -d bgpd -c 'show bgp summary'").code() == 0);
    shell(
        """
        vtysh -c 'configure terminal' -c 'router bgp 42275' \
          -c 'neighbor 192.0.2.1 remote-as 64500' -c 'neighbor 10.1.0.21 remote-as 42275' \
          -c 'neighbor 10.1.0.22 remote-as 42275' -c 'neighbor 10.1.0.22 timers 3 9'
        """);
    String[] doctor = {"--config", file.toString(), "--site", "GVA"};
    assertMended(
        Set.of(
            "frr problem: neighbor 192.0.2.1, ipv4 unicast: no route-map in and out, and bgp"
                + " ebgp-requires-policy (expected: a route-map in and out)",
            "hold-time warning: FRR neighbor 10.1.0.21: 180 s (expected: at most 9 s)",
            "graceful-restart warning: FRR neighbor 10.1.0.21: not disabled (expected:"
                + " graceful-restart-disable)",
            "graceful-restart warning: FRR neighbor 10.1.0.22: not disabled (expected:"
                + " graceful-restart-disable)"),
        doctor);

    shell(
        """
        vtysh -c 'configure terminal' -c 'router bgp 42275' \
          -c 'neighbor 198.51.100.77 remote-as 65010' -c 'neighbor G peer-group' \
          -c 'neighbor G timers 10 30' -c 'no neighbor 10.1.0.22 timers' -c 'timers bgp 20 60' \
          -c 'address-family ipv4 unicast' -c 'no neighbor 192.0.2.1 route-map to_transit1 out'
        """);
    assertThat(bad(doctor))
        .containsExactlyInAnyOrder(
            "frr problem: neighbor 192.0.2.1, ipv4 unicast: no route-map out, and bgp"
                + " ebgp-requires-policy (expected: a route-map in and out)",
            "frr problem: neighbor 198.51.100.77, ipv4 unicast: no route-map in and out, and bgp"
                + " ebgp-requires-policy (expected: a route-map in and out)",
            "hold-time warning: FRR neighbor 10.1.0.22: 60 s (expected: at most 9 s)");
    mend(doctor);
    assertThat(bad(doctor)).hasSize(1).allMatch(finding -> finding.contains("198.51.100.77"));
    assertThat(commands(doctor)).allMatch(command -> command.startsWith("# router bgp 42275: "));
    shell(
        """
        vtysh -c 'configure terminal' -c 'router bgp 42275' -c 'no neighbor 198.51.100.77' \
          -c 'no neighbor 10.1.0.21' -c 'no neighbor 10.1.0.22' -c 'neighbor G remote-as 42275' \
          -c 'bgp listen range 10.1.0.0/24 peer-group G'
        """);
    assertThat(bad(doctor)).hasSize(4);
    mend(doctor);
    assertThat(bad(doctor))
        .hasSize(2)
        .allMatch(finding -> finding.startsWith("graceful-restart warning: FRR neighbor 10.1.0.2"));
    assertThat(commands(doctor)).allMatch(command -> command.startsWith("# FRR takes that for no"));
    run("vtysh -c 'configure terminal' -c 'router bgp 42275' -c 'bgp graceful-restart-disable'");
    assertThat(bad(doctor)).isEmpty();
    shell(
        """
        vtysh -c 'configure terminal' -c 'router bgp 42275' -c 'address-family ipv4 unicast' \
          -c 'neighbor 192.0.2.1 route-map NOPE out'
        """);
    assertThat(bad(doctor))
        .containsExactly(
            "frr problem: neighbor 192.0.2.1, ipv4 unicast: route-map NOPE out (expected: one that is"
                + " defined)");
    shell("vtysh -c 'configure terminal' -c 'route-map NOPE permit 10'");
    assertThat(bad(doctor)).isEmpty();
  }

  @Test
  void bird() throws Exception {
    Path file = talk();
    DaemonConfig site = site(file, "GVA");
    router();
    String[] doctor = {"--config", file.toString(), "--site", "GVA", "--host", "edge"};
    assertThat(unchecked("hold-time", doctor)).hasSize(1);
    assertThat(unchecked("graceful-restart", doctor)).hasSize(1);
    Path conf = write("bird.conf", text(site, Target.BIRD, "edge"));
    edit(
        conf,
        "s/hold time 9;//; s/^\tgraceful restart off;//; s/long lived graceful restart off;//");
    Path peer =
        write(
            "peer.conf",
            """
            router id 10.1.0.21;
            protocol device {}
            protocol bgp b {
              local 10.1.0.21 as 42275; neighbor 10.1.0.1 as 42275; hold time 90; connect retry time 1;
              ipv4 { import none; export none; };
            }
            """);
    Programs.say(List.of("ip", "netns", "add", host + "-c"));
    try {
      shell("ip address flush dev gateway0", "ip link set gateway0 netns " + host + "-c");
      inClient("ip link set gateway0 up; ip address add 10.1.0.21/24 dev gateway0");
      List<String> command =
          Programs.in(host + "-c", "bird", "-f", "-c", peer.toString(), "-s", folder + "/peer.ctl");
      processes.add(Programs.builder(command).start());
      mounted("mount -t tmpfs none /run; mkdir /run/bird; bird -c " + conf + " -P /run/bird/pid");
      await().atMost(SOON).until(() -> !bad("hold-time", doctor).isEmpty());
      assertThat(bad("hold-time", doctor))
          .as("and one that is not up")
          .containsExactly(
              "hold-time warning: BIRD protocol announcer_ann1: 90 s (expected: at most 9 s)");
      assertThat(bad("graceful-restart", doctor))
          .containsExactly(
              "graceful-restart warning: BIRD protocol announcer_ann1: on, or for neighbors that are"
                  + " (expected: graceful restart off)");
      assertThat(commands(doctor)).filteredOn(c -> c.contains("bird.conf")).hasSize(2);
      // By hand, as it is said.
      Files.writeString(conf, text(site, Target.BIRD, "edge"));
      shell("birdc configure");
      await()
          .atMost(SOON)
          .untilAsserted(
              () -> {
                assertThat(bad("hold-time", doctor)).isEmpty();
                assertThat(bad("graceful-restart", doctor)).isEmpty();
                assertThat(run("birdc show protocols announcer_ann1").out())
                    .contains("Established");
              });
    } finally {
      removeClient();
    }
  }

  /** As a daemon, which is not root: it may read what its group may, and nothing else. */
  private static final List<String> DAEMON =
      List.of("setpriv", "--bounding-set=-dac_override,-dac_read_search");

  @Test
  void anAnnouncerBelowExaBgp() throws Exception {
    Path file = talk();
    DaemonConfig site = site(file, "GVA");
    shell("ip address add 10.1.0.21/24 dev eth0");
    Path etc = Files.createDirectory(folder.resolve("etc"));
    Path exabgp = write("etc/real.conf", text(site, Target.EXABGP4, "ann1"));
    protect(exabgp, "rw-r-----");
    Path link = Files.createSymbolicLink(etc.resolve("exabgp.conf"), exabgp);
    write("etc/exabgp.env", "[exabgp.tcp]\nport = 179\nack = false\n[exabgp.api]\nACK: True\n");
    for (String cookie : List.of("btc1.cookie", "btc2.cookie")) {
      protect(write(cookie, "__cookie__:f00\n"), "rw-r-----");
    }
    List<String> mounted = mounted("mount --bind " + etc + " /etc/exabgp");
    String[] doctor = {"--config", file.toString(), "--site", "GVA", "--exabgp", link.toString()};
    assertThat(bad(doctor)).as("as rendered").isEmpty();

    edit(
        exabgp,
        "s/hold-time 9/hold-time 180/; /neighbor-changes;/d; s/add-path send/graceful-restart 120/");
    edit(
        exabgp,
        "s/encoder json/encoder json; ack disable/; s/peer-as 42275;/& adj-rib-out false;/");
    edit(etc.resolve("exabgp.env"), "s/ACK: True/ACK = true ; please/");
    protect(folder.resolve("btc1.cookie"), "rw-r--r--");
    shell("chown 65534:65534 " + folder + "/btc2.cookie", "chmod 0600 " + folder + "/btc2.cookie");
    wrapper = concat(mounted, DAEMON);
    Set<String> found = bad(doctor);
    assertThat(found)
        .extracting(
            finding ->
                finding
                    .replace(link + ":", "")
                    .replaceAll("^(exabgp|graceful-restart) (\\w+): [0-9]+:[0-9]+ ", "$1 $2: "))
        .containsExactlyInAnyOrder(
            "exabgp problem: process announcer.ack: disable (expected: true: without answers nothing is"
                + " known)",
            "exabgp problem: neighbor 10.1.0.1.api.neighbor-changes: missing (expected: neighbor-changes:"
                + " without it a session's fall is only seen by polling)",
            "exabgp problem: neighbor 10.1.0.1.capability.add-path: no send of ipv4 unicast (expected:"
                + " send, with next-hop: hosts of 85.208.69.0/24: without it the withdraw of one path"
                + " withdraws all)",
            "exabgp warning: neighbor 10.1.0.1.adj-rib-out: false: a session that comes back is told"
                + " nothing by ExaBGP (expected: true)",
            "graceful-restart warning: neighbor 10.1.0.1.capability.graceful-restart: routes of a dead"
                + " ExaBGP stay at the router as stale (expected: none on an anycast speaker)",
            "hold-time warning: " + link + " neighbor 10.1.0.1: 180 s (expected: at most 9 s)",
            "exabgp-ack problem: /etc/exabgp/exabgp.env:5 ACK = true ; please (expected: ack = true)",
            "cookie warning: " + folder + "/btc1.cookie: rw-r--r-- (expected: nothing for others)",
            "cookie problem: " + folder + "/btc2.cookie: rw-------, not to be read by us");
    List<String> commands = commands(doctor);
    wrapper = mounted;
    for (String command : commands) {
      shell(command);
    }
    wrapper = concat(mounted, DAEMON);
    assertThat(bad(doctor)).isEmpty();
    assertThat(link).isSymbolicLink();
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(exabgp)))
        .isEqualTo("rw-r-----");
    assertThat(etc.resolve("exabgp.conf.bak")).exists();
  }

  private static List<String> concat(List<String> first, List<String> second) {
    List<String> both = new ArrayList<>(first);
    both.addAll(second);
    return both;
  }

  @Test
  void anExaBgpThatIsNotOursAlone() throws Exception {
    Path file = talk();
    DaemonConfig site = site(file, "GVA");
    Path exabgp =
        write(
            "exabgp.conf",
            text(site, Target.EXABGP4, "ann1")
                .replace("    peer-as", "    md5-password s3cret;\n    peer-as")
                .replace("    encoder json;", "    encoder text;\n    respawn no;")
                .replace("hold-time 9;", "hold-time 0;")
                .replace("        neighbor-changes;\n", ""));
    String[] doctor = {
      "--config",
      file.toString(),
      "--site",
      "GVA",
      "--host",
      "ann1",
      "--exabgp",
      exabgp.toString(),
      "--detect-within",
      "6"
    };
    assertThat(bad("exabgp", doctor)).hasSize(3);
    assertThat(bad("hold-time", doctor))
        .containsExactly(
            "hold-time warning: "
                + exabgp
                + " neighbor 10.1.0.1: 0, which is for ever (expected: at most 6 s)");
    assertThat(commands(doctor)).anyMatch(c -> c.startsWith("# the file has more than what is"));
    mend(doctor);
    assertThat(bad("hold-time", doctor)).isEmpty();
    assertThat(bad("exabgp", doctor))
        .hasSize(1)
        .allMatch(finding -> finding.contains("neighbor-changes: missing"));
    assertThat(Files.readString(exabgp)).contains("md5-password s3cret;", "hold-time 6;");

    Files.writeString(
        exabgp, text(site, Target.EXABGP4, "ann1").replaceAll("run .*;", "run /opt/start;"));
    assertThat(unchecked("exabgp", doctor)).hasSize(1);
    Files.writeString(
        exabgp, text(site, Target.EXABGP4, "ann1").replaceAll("(?s)process announcer .*?}\n", ""));
    assertThat(bad("exabgp", doctor)).hasSize(1);
    mend(doctor);
    assertThat(bad("exabgp", doctor)).isEmpty();

    edit(file, "/announcers:/d");
    edit(exabgp, "/neighbor-changes;/d");
    String[] ofNoFile = doctor.clone();
    ofNoFile[5] = "announcer";
    assertThat(commands(ofNoFile)).anyMatch(c -> c.startsWith("# announcer render needs"));
  }

  @Test
  void anExaBgpOfTheNextVersion() throws Exception {
    Path file = talk();
    DaemonConfig site = site(file, "GVA");
    Path version = write("bin/exabgp", "#!/bin/sh\necho 'ExaBGP : 5.0.0'\n");
    protect(version, "rwxr-xr-x");
    String five = text(site, Target.EXABGP5, "ann1");
    Path exabgp = write("exabgp.conf", five.replace("        neighbor-changes;\n", ""));
    String[] doctor = {
      "--config", file.toString(), "--site", "GVA", "--host", "ann1", "--exabgp", exabgp.toString()
    };
    assertThat(bad("exabgp", doctor)).hasSize(1);
    mend(doctor);
    assertThat(bad("exabgp", doctor)).isEmpty();
    assertThat(exabgp).hasContent(five);
  }

  @Test
  void familiesThatExaBgpDoesNotCarry() throws Exception {
    Path file = talk();
    edit(file, "s/next-hop: hosts/next-hop: self/");
    DaemonConfig site = site(file, "GVA");
    Path exabgp = write("exabgp.conf", text(site, Target.EXABGP4, "ann1"));
    String[] doctor = {
      "--config", file.toString(), "--site", "GVA", "--host", "ann1", "--exabgp", exabgp.toString()
    };
    edit(exabgp, "s/ipv4 unicast/ipv6 unicast/");
    assertThat(bad("exabgp", doctor))
        .hasSize(2)
        .allMatch(finding -> finding.contains("no ipv4 unicast"));
    assertThat(commands(doctor)).anyMatch(command -> command.contains("| diff "));
    edit(exabgp, "s/ipv6 unicast/ipv4 unicast/");
    assertThat(bad("exabgp", doctor)).isEmpty();
  }

  @Test
  void aRunningExaBgp() throws Exception {
    Path file = talk();
    Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
    protect(write("btc1.cookie", "__cookie__:f00\n"), "rw-r-----");
    String[] doctor = {"--config", file.toString(), "--site", "GVA", "--host", "ann1"};
    assertThat(bad("cookie", doctor)).as("root reads it").isEmpty();
    assertThat(unchecked("exabgp-ack", doctor)).isEmpty(); // this machine has its package
    Path script = write("exabgp", "import time\ntime.sleep(600)\n");
    protect(script, "rwxr-xr-x");
    List<String> command =
        Programs.in(
            host,
            "env",
            "exabgp_api_ack=no",
            "setpriv",
            "--reuid",
            "65534",
            "--regid",
            "65534",
            "--clear-groups",
            "/usr/bin/python3",
            script.toString());
    Process running = Programs.builder(command).start();
    processes.add(running);
    await()
        .atMost(SOON)
        .until(
            () ->
                bad("cookie", doctor)
                    .contains(
                        "cookie problem: "
                            + folder
                            + "/btc1.cookie: rw-r-----, not to be read by uid 65534"));
    assertThat(bad("exabgp-ack", doctor))
        .containsExactly(
            "exabgp-ack problem: the running ExaBGP has exabgp_api_ack=no (expected: ack = true)");
    mend(doctor);
    assertThat(bad("cookie", doctor)).isEmpty();
    protect(folder, "rwx------");
    assertThat(bad("cookie", doctor))
        .containsExactly(
            "cookie problem: "
                + folder
                + ": closed to uid 65534 (expected: open on the way to the cookie)");
    running.destroyForcibly().waitFor();
    assertThat(bad("exabgp-ack", doctor)).isEmpty();
  }

  @Test
  void anAnnouncerThatSpeaksItself() throws Exception {
    Path file =
        write(
            "embedded.yaml",
            """
            local-as: 64496
            allow: [203.0.113.0/24]
            sites:
              A:
                announcers: [ { name: ann1, address: 198.51.100.21 } ]
                speaker:
                  type: embedded
                  router-id: 198.51.100.21
                  neighbors:
                    - { address: 198.51.100.1, as: 64511, "hold-time": "90s", graceful-restart: 120s, port: 179 }
                    - address: 198.51.100.2
                      as: 64511
                      graceful-restart: 60s
                    - { address: 198.51.100.3, as: 64511, hold-time: 0s }
                hosts: [ { name: h1, address: 198.51.100.11, p2p: {} } ]
                services:
                  - { name: s, prefixes: [203.0.113.0/24], healthy: { of: [h1] } }
              B:
                speaker:
                  router-id: 198.51.100.22
                  neighbors: [ { address: 198.51.100.4, as: 64511, hold-time: 90s, graceful-restart: 120s } ]
                hosts: [ { name: h1, address: 198.51.100.12, p2p: {} } ]
                services:
                  - { name: s, prefixes: [203.0.113.0/24], healthy: { of: [h1] } }
            """);
    String[] doctor = {"--config", file.toString(), "--site", "A", "--host", "ann1"};
    assertMended(
        Set.of(
            "hold-time warning: neighbor 198.51.100.1: 90 s (expected: at most 9 s)",
            "graceful-restart warning: neighbor 198.51.100.1: 120 s (expected: none)",
            "graceful-restart warning: neighbor 198.51.100.2: 60 s (expected: none)",
            "hold-time warning: neighbor 198.51.100.3: 0, which is for ever (expected: at most 9 s)"),
        doctor);
    assertThat(Files.readString(file))
        .as("of another site")
        .contains("hold-time: 90s, graceful-restart: 120s");

    String[] sooner =
        concat(List.of(doctor), List.of("--detect-within", "5")).toArray(String[]::new);
    assertThat(commands(sooner))
        .contains("# at neighbor 198.51.100.2 in " + file + ": hold-time: 5s");
    sooner[sooner.length - 1] = "2";
    Programs.Status status = run("announcer doctor " + String.join(" ", sooner));
    assertThat(status.code()).isEqualTo(64);
    assertThat(status.out())
        .startsWith("--detect-within: 2 (expected: 3 to 65535, as RFC 4271 has it)");
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
    mend(doctor);
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
    mend(doctor);
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
    mend(doctor);
    assertThat(bad(doctor)).isEmpty();
  }

  @Test
  void theClock() throws Exception {
    Process chrony =
        Programs.builder(Programs.in(host, "unshare", "--mount", "sh", "-ec", CHRONY))
            .redirectOutput(folder.resolve("chrony.log").toFile())
            .start();
    processes.add(chrony);
    wrapper = List.of("nsenter", "--target", String.valueOf(chrony.pid()), "--mount", "--net");
    await().atMost(SOON).until(() -> run("chronyc -n tracking").code() == 0);
    String[] doctor = {"--config", talk().toString(), "--site", "GVA", "--host", "ann1"};
    assertThat(bad(doctor))
        .containsExactly(
            "clock warning: chronyc tracking: not synchronised (expected: by a server)");
    mend(doctor);
    await().atMost(SOON).untilAsserted(() -> assertThat(bad(doctor)).isEmpty());
  }

  @Test
  void aClockThatFollowsItself() throws Exception {
    Process chrony =
        Programs.builder(
                Programs.in(
                    host,
                    "unshare",
                    "--mount",
                    "sh",
                    "-ec",
                    CHRONY.replace(
                        "server 127.0.0.1 port 11123 iburst offline minpoll 0 maxpoll 0",
                        "local stratum 8")))
            .redirectOutput(folder.resolve("chrony.log").toFile())
            .start();
    processes.add(chrony);
    wrapper = List.of("nsenter", "--target", String.valueOf(chrony.pid()), "--mount", "--net");
    String[] doctor = {"--config", talk().toString(), "--site", "GVA", "--host", "ann1"};
    await()
        .atMost(SOON)
        .untilAsserted(
            () ->
                assertThat(bad("clock", doctor))
                    .containsExactly(
                        "clock warning: chronyc tracking: by its own clock alone (expected: by a server)"));
    assertThat(commands(doctor)).contains("# a server or pool line in chrony.conf");
    shell("chronyc -n add server 127.0.0.1 port 11123 iburst minpoll 0 maxpoll 0");
    await().atMost(SOON).untilAsserted(() -> assertThat(bad("clock", doctor)).isEmpty());
  }

  @Test
  void whatTheRegistrySaysOfThePrefixes() throws Exception {
    Path file = talk();
    String physical = "{\"asn\":\"AS42275\",\"prefix\":\"85.208.70.0/24\",\"maxLength\":24}";
    String other = "{\"asn\":64500,\"prefix\":\"85.208.68.0/22\",\"maxLength\":22,\"ta\":\"ripe\"}";
    Path roas = write("roas.json", "{\"roas\":[" + physical + "," + other + "]}");
    String[] doctor = {
      "--config", file.toString(), "--site", "GVA", "--host", "ann1", "--roas", roas.toString()
    };
    assertThat(bad("roa", doctor))
        .containsExactly(
            "roa problem: 85.208.69.0/24 from AS42275: invalid (expected: valid, RFC 6811)");
    assertThat(commands(doctor))
        .contains("# at your registry: a ROA for AS42275, 85.208.69.0/24, maximum length 24");
    Files.writeString(roas, "{\"roas\":[" + physical + "]}");
    assertThat(bad("roa", doctor))
        .containsExactly(
            "roa warning: 85.208.69.0/24 from AS42275: no ROA covers it (expected: one)");

    Path elsewhere =
        write(
            "elsewhere.yaml",
            Files.readString(file)
                .replace(
                    "    prefixes: [85.208.69.0/24]",
                    "    origin-as: 64500\n    prefixes: [85.208.69.0/24]"));
    Files.writeString(roas, "{\"roas\":[" + physical + "," + other.replace("22,", "24,") + "]}");
    String[] ofAnotherAs = doctor.clone();
    ofAnotherAs[1] = elsewhere.toString();
    assertThat(bad("roa", ofAnotherAs)).as("with the origin that the ROA names").isEmpty();

    String asked = "{\"asn\":42275,\"prefix\":\"85.208.69.0/24\",\"maxLength\":24}";
    Files.writeString(roas, "{\"roas\":[" + physical + "," + other + "," + asked + "]}");
    assertThat(bad("roa", doctor)).isEmpty();

    Files.writeString(
        roas, "{\"roas\":[" + physical.replace("42275", "64500") + "," + asked + "]}");
    assertThat(bad("roa", doctor))
        .containsExactly(
            "roa problem: 85.208.70.0/24 from AS42275: invalid (expected: valid, RFC 6811)");
    Path alone = write("alone.yaml", Files.readString(file));
    edit(alone, "/^    router:/,/^    hosts:/{/^    hosts:/!d}");
    String[] withoutRouter = doctor.clone();
    withoutRouter[1] = alone.toString();
    assertThat(bad("roa", withoutRouter))
        .containsExactly(
            "roa warning: 85.208.70.0/24 from AS42275: invalid (expected: valid, RFC 6811)");
    Files.writeString(roas, "{\"roas\":[" + physical + "," + asked + "]}");
    assertThat(bad("roa", doctor)).isEmpty();
  }

  @Test
  void theRoasOfTheWholeInternet() throws Exception {
    Path roas = folder.resolve("roas.json");
    try (BufferedWriter out = Files.newBufferedWriter(roas)) {
      out.write("{\"metadata\":{},\"roas\":[\n");
      for (int i = 0; i < 650_000; i++) {
        out.write(
            "{\"asn\":\"AS%d\",\"prefix\":\"%d.%d.%d.0/24\",\"maxLength\":24,\"ta\":\"ripencc\",\"expires\":1}%n,"
                .formatted(i, 100 + (i >> 16), i >> 8 & 255, i & 255));
      }
      out.write("{\"asn\":42275,\"prefix\":\"85.208.70.0/24\"},");
      out.write("{\"asn\":42275,\"prefix\":\"85.208.69.0/24\"}]}");
    }
    assertThat(
            bad(
                "roa",
                new String[] {
                  "--config",
                  talk().toString(),
                  "--site",
                  "GVA",
                  "--host",
                  "ann1",
                  "--roas",
                  roas + ""
                }))
        .isEmpty();
  }

  @Test
  void whereNothingCouldBeCheckedNobodyIsWell() throws Exception {
    String doctor = "announcer doctor --config " + talk() + " --site GVA --host ann1";
    // Neither a cookie, nor a file of ExaBGP, nor a program that tells of the clock.
    mounted("mount -t tmpfs none /usr/etc 2>/dev/null || true; mount -t tmpfs none /etc/exabgp");
    Programs.Status status =
        run("mkdir -p " + folder + "/none; PATH=" + folder + "/bin; " + doctor);
    assertThat(status.out().lines().skip(1).map(line -> line.split(" +", -1)[1]).distinct())
        .containsExactly("unchecked");
    assertThat(status.code()).isEqualTo(1);
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
    mend(doctor);
    assertThat(bad(doctor)).isEmpty();
  }

  @Test
  void aMachineOfNoSiteIsToldOf() throws Exception {
    Programs.Status status = run("announcer doctor --config " + talk() + " --site GVA");
    assertThat(status.code()).isEqualTo(64);
    Programs.Status unknown =
        run("announcer doctor --config " + talk() + " --site GVA --host ann1 --host ann9");
    assertThat(unknown.code()).isEqualTo(64);
    assertThat(unknown.out()).startsWith("--host: ann9 (expected: one of btc1, ");
    assertThat(status.out())
        .startsWith(
            "--host: none of the addresses of this machine (expected: one of btc1, btc2, ann1, ann2,"
                + " edge)");
  }

  /** The talk's site file, with the cookies in our folder. */
  private Path talk() throws IOException {
    return write(
        "talk.yaml",
        Files.readString(TALK)
            .replaceAll("/var/lib/bitcoind/(\\w+)/.cookie", folder + "/$1.cookie"));
  }

  private void router() throws Exception {
    shell(
        "ip address add 10.1.0.1/24 dev eth0",
        "ip address add 192.0.2.2/30 dev gateway0",
        "ip address add 192.0.2.66/30 dev gateway0");
  }

  private static DaemonConfig site(Path file, String name) throws IOException {
    return ConfigFile.read(file).site(Optional.of(name)).orElseThrow();
  }

  private static String text(DaemonConfig site, Target target, String machine) {
    return new Renderer()
        .render(target, site).stream()
            .filter(file -> file.machine().equals(machine))
            .findFirst()
            .orElseThrow()
            .text();
  }

  /** Geneva's first host, but for its node. */
  private void setUpAsRendered(DaemonConfig site) throws Exception {
    shell("ip address add 10.1.0.11/24 dev eth0");
    apply(site, Target.IPROUTE2, "ip -batch");
    apply(site, Target.NFT, "nft -f");
    shell("sysctl -q -w net.ipv4.conf.eth0.arp_ignore=1 net.ipv4.conf.eth0.arp_announce=2");
  }

  private Path apply(DaemonConfig site, Target target, String command) throws Exception {
    Path file = write("btc1." + target, text(site, target, "btc1"));
    shell(command + " " + file);
    return file;
  }

  private void assertMended(Set<String> expected, String... doctor) throws Exception {
    assertThat(bad(doctor)).containsExactlyInAnyOrderElementsOf(expected);
    mend(doctor);
    assertThat(bad(doctor)).as("after the commands").isEmpty();
  }

  /** Runs the commands as they are printed, in their order. */
  private void mend(String... doctor) throws Exception {
    for (String command : commands(doctor)) {
      shell(command);
    }
  }

  /** As often as they are printed. */
  private static List<String> commands(JsonNode diagnosis) {
    List<String> commands = new ArrayList<>();
    for (JsonNode finding : diagnosis.path("findings")) {
      if (finding.has("mend")) {
        assertThat(finding.path("why").asText()).endsWith(".");
        commands.add(finding.path("mend").asText());
      }
    }
    return commands;
  }

  private List<String> commands(String... doctor) throws Exception {
    return commands(diagnosis(doctor));
  }

  /** What there is to mend: {@code CHECK VERDICT: FOUND}. */
  private Set<String> bad(String... doctor) throws Exception {
    Set<String> found = new TreeSet<>();
    for (JsonNode finding : diagnosis(doctor).path("findings")) {
      if (finding.has("mend")) {
        found.add(
            finding.path("check").asText()
                + " "
                + finding.path("verdict").asText()
                + ": "
                + finding.path("found").asText());
      }
    }
    return found;
  }

  /** Has each further command see what is mounted so. */
  private List<String> mounted(String mount) throws Exception {
    Path log = Files.createTempFile(folder, "mounted", "log");
    Process holder =
        Programs.builder(
                Programs.in(
                    host, "unshare", "--mount", "sh", "-ec", mount + "; echo ready; sleep 600"))
            .redirectOutput(log.toFile())
            .start();
    processes.add(holder);
    await().atMost(SOON).until(() -> Files.readString(log).contains("ready"));
    wrapper = List.of("nsenter", "--target", String.valueOf(holder.pid()), "--mount", "--net");
    return wrapper;
  }

  /** What of that check is not to be told. */
  private List<String> unchecked(String check, String... doctor) throws Exception {
    List<String> found = new ArrayList<>();
    for (JsonNode finding : diagnosis(doctor).path("findings")) {
      if (finding.path("check").asText().equals(check)
          && finding.path("verdict").asText().equals("unchecked")) {
        found.add(finding.path("found").asText());
      }
    }
    return found;
  }

  private void nft(String ruleset) throws Exception {
    shell("nft -f " + write("ruleset.nft", ruleset));
  }

  /** Of that check alone. */
  private Set<String> bad(String check, String[] doctor) throws Exception {
    Set<String> found = bad(doctor);
    found.removeIf(finding -> !finding.startsWith(check + " "));
    return found;
  }

  private JsonNode diagnosis(String... doctor) throws Exception {
    Programs.Status status = run("announcer doctor --json " + String.join(" ", doctor));
    assertThat(status.code()).as(status.out()).isIn(0, 1);
    JsonNode diagnosis = JSON.readTree(status.out());
    assertThat(diagnosis.findValues("mend"))
        .hasSize(status.code() == 0 ? 0 : diagnosis.findValues("why").size());
    return diagnosis;
  }

  private void shell(String... commands) throws Exception {
    for (String command : commands) {
      Programs.Status status = run(command);
      assertThat(status.code()).as("%s: %s", command, status.out()).isZero();
    }
  }

  private Programs.Status run(String script) throws Exception {
    List<String> command = new ArrayList<>(wrapper);
    command.addAll(List.of("sh", "-ec", "PATH=" + folder + "/bin:$PATH; " + script));
    return Programs.run(Programs.in(host, command.toArray(String[]::new)));
  }

  private void edit(Path file, String expression) throws Exception {
    shell("sed -i '" + expression + "' " + file);
  }

  private static void protect(Path file, String permissions) throws IOException {
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(permissions));
  }

  private Path write(String name, String text) throws IOException {
    return Files.writeString(folder.resolve(name), text);
  }
}
