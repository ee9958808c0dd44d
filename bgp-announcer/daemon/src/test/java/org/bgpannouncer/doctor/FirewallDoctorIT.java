package org.bgpannouncer.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.bgpannouncer.config.DaemonConfig;
import org.bgpannouncer.render.Programs;
import org.bgpannouncer.render.Target;
import org.junit.jupiter.api.Test;

/** A host whose packet filter does to clients, or to what its node begins, what it should not. */
final class FirewallDoctorIT extends DoctorMachine {
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
    mend();
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
      mend();
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
      mend();
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
    assertThat(bad("mss", doctor)).hasSize(1);
    mend();
    assertThat(bad("mss", doctor)).isEmpty();
  }

  /** Whether the client reaches the service. */
  private boolean dials() throws Exception {
    String dial = "import socket; socket.create_connection((\"85.208.69.13\", 8333), 2)";
    return Programs.run(Programs.in(host + "-c", "/usr/bin/python3", "-c", dial)).code() == 0;
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
    mend();
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
    mend();
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
  void whatCannotBeToldOfOneServiceHidesNoOther() throws Exception {
    String text = Files.readString(DUAL_STACK);
    Path file = write("dual.yaml", text.replaceAll("pinning: .*\n", ""));
    shell("ip address add 203.0.113.11/24 dev eth0", "ip route add default via 203.0.113.1");
    // By which interface the IPv6 service is reached nobody knows.
    assertThat(bad("mss", new String[] {"--config", file.toString(), "--host", "btc1"}))
        .containsExactly(
            "mss warning: 192.0.2.13 port 8333: segments of up to 1460 octets (expected: 1400)");
  }

  @Test
  void aHostThatIsPinnedByNatForAUnit() throws Exception {
    String unit = host + ".slice/bitcoind.service";
    Path file = talk();
    edit(file, "s#method: snat, uid: 830#method: cgroup, cgroup: " + unit + "#");
    shell("ip address add 10.3.0.11/24 dev eth0", "ip route add default via 10.3.0.1");
    String[] doctor = {"--config", file.toString(), "--site", "FRA"};
    // ip netns exec has a /sys of its own.
    List<String> withCgroups = mounted("mount -t cgroup2 none /sys/fs/cgroup");
    shell("mkdir -p /sys/fs/cgroup/" + unit);
    try {
      for (String when : List.of("at first", "when the unit was started again without its table")) {
        assertThat(bad("source-nat", doctor))
            .as(when)
            .containsExactly(
                "source-nat problem: no rule translates what "
                    + unit
                    + " begins by eth0 (expected: snat to 85.208.71.11)");
        mend();
        assertThat(bad("source-nat", doctor)).isEmpty();
        wrapper = List.of();
        assertThat(unchecked("source-nat", doctor))
            .containsExactly(
                "nft names no unit here (expected: version 2 of cgroups at /sys/fs/cgroup, as systemd"
                    + " has it)");
        wrapper = withCgroups;
        shell("cd /sys/fs/cgroup; rmdir " + unit + "; mkdir " + unit);
      }
    } finally {
      shell("cd /sys/fs/cgroup; rmdir -p " + unit);
    }
  }
}
