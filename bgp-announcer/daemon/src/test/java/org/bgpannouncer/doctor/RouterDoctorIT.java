package org.bgpannouncer.doctor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.bgpannouncer.config.DaemonConfig;
import org.bgpannouncer.render.Programs;
import org.bgpannouncer.render.Target;
import org.junit.jupiter.api.Test;

/** The router: its kernel, FRR and BIRD. */
final class RouterDoctorIT extends DoctorMachine {
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
        "ip address del 85.208.70.1/32 dev lo",
        "sysctl -q -w net.ipv4.ip_forward=0 net.ipv4.fib_multipath_hash_policy=0",
        "sysctl -q -w net.ipv4.conf.all.send_redirects=1 net.ipv4.conf.eth0.send_redirects=1",
        "sysctl -q -w net.ipv4.conf.gateway0.rp_filter=1");
    assertMended(
        Set.of(
            "source-address problem: 85.208.70.1 is on no interface (expected: on lo)",
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
            announcers: [ { name: ann1, address: "2001:db8:1::21", router-id: 10.1.0.21 } ]
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
    mend();
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
    String sources = "sources: [85.208.71.1]\n      consistent-hashing: true ";
    Path sourced =
        write("more.yaml", Files.readString(file).replace("consistent-hashing: true ", sources));
    String[] more = {"--config", sourced.toString(), "--site", "FRA"};
    assertThat(bad("consistent-hashing", more)).as("with a batch that has no rules").isEmpty();

    shell("ip rule add pref 9 fwmark 0x80000000 lookup main");
    shell("nft delete table inet bgp_announcer_edge", "ip rule del fwmark 101");
    assertThat(bad("consistent-hashing", doctor))
        .containsExactly(
            "consistent-hashing warning: ip -4 rule: none for the marks [101] (expected: each looked up in"
                + " its table)",
            "consistent-hashing warning: no rule of nftables marks by jhash of ip mod 2 offset 100"
                + " (expected: as rendered)");
    mend();
    assertThat(bad("consistent-hashing", doctor)).isEmpty();

    shell("nft flush ruleset", "ip rule del fwmark 100", "ip rule add fwmark 100 lookup main");
    nft("table ip x { chain y { meta mark set jhash ip saddr mod 2 offset 7; }; }");
    assertThat(bad("consistent-hashing", doctor)).hasSize(2);
    mend();
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
    mend();
    assertThat(bad(doctor)).hasSize(1).allMatch(finding -> finding.contains("198.51.100.77"));
    assertThat(commands(doctor)).allMatch(command -> command.startsWith("# router bgp 42275: "));
    shell(
        """
        vtysh -c 'configure terminal' -c 'router bgp 42275' -c 'no neighbor 198.51.100.77' \
          -c 'no neighbor 10.1.0.21' -c 'no neighbor 10.1.0.22' -c 'neighbor G remote-as 42275' \
          -c 'bgp listen range 10.1.0.0/24 peer-group G'
        """);
    assertThat(bad(doctor)).hasSize(4);
    mend();
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
}
