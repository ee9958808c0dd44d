package org.bgpannouncer.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import org.bgpannouncer.config.DaemonConfig;
import org.bgpannouncer.docs.Page;
import org.bgpannouncer.render.RenderedFile;
import org.bgpannouncer.render.Renderer;
import org.bgpannouncer.render.Target;
import org.junit.jupiter.api.Test;

/** A host whose addresses and routes are not as rendered. */
final class HostDoctorIT extends DoctorMachine {
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
            "source-rule problem: no rule has uid 830 looked up in table 70, in IPv4",
            "source-rule warning: no rule before it looks up in main all but the default route"
                + " (suppress_prefixlength 0), in IPv4",
            "source-route problem: 9.9.9.9 is reached from 10.2.0.11 (expected: from 85.208.68.11)");
    mend();
    assertThat(bad(doctor)).isEmpty();
  }

  /** Nothing of the one family is found fault with because it is not of the other. */
  @Test
  void aMachineOfBothFamilies() throws Exception {
    Path file = write("dual.yaml", Files.readString(DUAL_STACK));
    DaemonConfig site = site(file, "ZRH");
    shell(
        "ip address add 203.0.113.11/24 dev eth0",
        "ip route add default via 203.0.113.1",
        "ip address add 2001:db8:1::11/64 dev eth0 nodad",
        "ip route add default via 2001:db8:1::1");
    for (RenderedFile batch : new Renderer().render(Target.IPROUTE2, site)) {
      if (batch.machine().equals("btc1")) {
        String family = batch.name().replaceFirst(".*-rule(.).batch", "-$1 ");
        shell(
            "ip "
                + (family.endsWith(" ") ? family : "")
                + "-batch "
                + write(batch.name(), batch.text()));
      }
    }
    apply(site, Target.NFT, "nft -f");
    shell("sysctl -q -w net.ipv4.conf.eth0.arp_ignore=1 net.ipv4.conf.eth0.arp_announce=2");
    Path bitcoin = apply(site, Target.BITCOIN, "test -f");
    String[] doctor = {"--config", file.toString(), "--bitcoin-conf", bitcoin.toString()};
    assertThat(bad(doctor)).as("as rendered").isEmpty();
    assertThat(diagnosis(doctor).path("machine").toString()).isEqualTo("[\"btc1\"]");

    shell(
        "ip -6 rule del pref 1000",
        "ip -6 route flush table 70",
        "ip address del 2001:db8:13::13/128 dev lo",
        "nft delete table inet bgp_announcer");
    edit(bitcoin, "/externalip=.2001/d; $ a externalip=[2001:db8:1::11]:8333");
    assertMended(
        Set.of(
            "service-address problem: 2001:db8:13::13 is on no interface (expected: on lo)",
            "source-rule problem: no rule has uid 830 looked up in table 70, in IPv6",
            "source-route problem: 2620:fe::9 is reached from 2001:db8:1::11 (expected: from"
                + " 2001:db8:70::11)",
            "mss warning: 192.0.2.13 port 8333: segments of up to 1460 octets (expected: 1400)",
            "mss warning: 2001:db8:13::13 port 8333: segments of up to 1440 octets (expected: 1400)",
            "externalip warning: no externalip=2001:db8:13::13 (expected: the service address)",
            "externalip warning: [2001:db8:1::11]:8333 (expected: 192.0.2.13, 2001:db8:13::13"
                + " only)"),
        doctor);
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
                + " (suppress_prefixlength 0), in IPv4");
    mend();
    assertThat(bad("source-rule", doctor)).isEmpty();
    shell("ip rule del pref 50");
    assertThat(bad("source-rule", doctor))
        .as("one that is for a part only")
        .containsExactly("source-rule problem: no rule has uid 830 looked up in table 70, in IPv4");
    mend();
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
    mend();
    assertThat(bad(doctor))
        .containsExactly(
            "source-route problem: 198.41.0.4 is reached from 10.1.0.11 (expected: from 85.208.70.11)");
    mend();
    assertThat(bad(doctor)).isEmpty();
    assertThat(run("ip route show").out().lines().filter(line -> line.contains(" via ")))
        .map(String::strip)
        .containsExactly(
            "default via 10.1.0.1 dev eth0 proto dhcp src 85.208.70.11 metric 100",
            "10.2.0.0/24 via 10.1.0.1 dev eth0 src 10.1.0.11",
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
    mend();
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
}
