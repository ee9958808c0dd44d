package org.bgpannouncer.render;

import static java.util.stream.Collectors.joining;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.bgpannouncer.config.ConfigFile;
import org.bgpannouncer.config.DaemonConfig;
import org.bgpannouncer.config.EdgeRouter;
import org.bgpannouncer.config.ExaBgpFile;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

class RendererTest {
  private static final Pattern TAG = Pattern.compile("\\{\\{[#^/]?([A-Za-z0-9]+)}}");

  /** As an engineer has it before he knows of pinning, and in IPv6. */
  private static final String SMALL =
      """
      site: A
      local-as: 64496
      speaker: { type: exabgp }
      allow: [2001:db8:13::/48, 2001:db8:14::/48]
      %s
      hosts:
        - name: h1
          address: 2001:db8:1::11
          outbound: 2001:db8:2::11
          p2p: { network: regtest }
          rpc: { user: u, password-file: /p, address: "::1", max-connections: 40 }
      services:
        - name: bitcoin
          address: 2001:db8:13::13
          prefixes: [2001:db8:13::/48]
          healthy: { of: [h1] }
        - name: web
          address: 2001:db8:14::80
          port: 443
          prefixes: [2001:db8:14::/48]
          healthy: { of: [h1], by: [rpc] }
      """;

  /**
   * bird-templates/SITE/, which people read and copy. Rewritten with {@code -Dgolden.update},
   * refused when {@code CI} is set.
   */
  @TestFactory
  List<DynamicTest> rendersTheTalksSites() throws IOException {
    List<DynamicTest> tests = new ArrayList<>();
    for (String site : Talk.SITES) {
      DaemonConfig config = Talk.site(site);
      for (Target target : Target.values()) {
        for (RenderedFile file : Talk.render(target, config)) {
          tests.add(DynamicTest.dynamicTest(site + "/" + file.name(), () -> isGolden(site, file)));
        }
      }
    }
    return tests;
  }

  private static void isGolden(String site, RenderedFile file) throws IOException {
    Path golden = Talk.TEMPLATES.resolve(site.toLowerCase(Locale.ROOT)).resolve(file.name());
    if (System.getProperty("golden.update") != null && System.getenv("CI") == null) {
      Files.createDirectories(golden.getParent());
      Files.writeString(golden, file.text());
    }
    assertThat(file.text()).isEqualTo(Files.readString(golden));
  }

  @Test
  void nothingThatWasRenderedHereIsLeftOver() throws IOException {
    List<String> found = new ArrayList<>();
    List<String> rendered = new ArrayList<>();
    for (String site : Talk.SITES) {
      try (Stream<Path> files = Files.list(Talk.TEMPLATES.resolve(site.toLowerCase(Locale.ROOT)))) {
        files
            .map(file -> file.getFileName().toString())
            .forEach(name -> found.add(site + "/" + name));
      }
      DaemonConfig config = Talk.site(site);
      for (Target target : Target.values()) {
        Talk.render(target, config).forEach(file -> rendered.add(site + "/" + file.name()));
      }
    }
    assertThat(found).containsExactlyInAnyOrderElementsOf(rendered);
  }

  @Test
  void speaksIpv6AndTestNetworksToo() {
    DaemonConfig site = small("pinning: { interface: eth0, gateway: \"2001:db8:1::1\" }");
    assertThat(Talk.text(Target.IPROUTE2, site))
        .contains("address replace 2001:db8:13::13/128 dev lo nodad preferred_lft 0\n")
        .contains("address replace 2001:db8:2::11/128 dev lo nodad\n")
        .contains("route replace ::/0 via 2001:db8:1::1 dev eth0 src 2001:db8:2::11 metric 50\n");
    assertThat(Talk.text(Target.BITCOIN, site))
        .contains("chain=regtest\n")
        .contains("externalip=[2001:db8:13::13]:18444\n")
        .contains("maxconnections=40\n")
        .contains("\n[regtest]\n")
        .contains("\nbind=[2001:db8:13::13]:18444\n")
        .contains("\nbind=[2001:db8:1::11]:18444\n")
        .contains("\nrpcbind=[::1]:18443\n")
        .doesNotContain("rpcbind=127.0.0.1", "zmqpub");
    assertThat(Talk.text(Target.NFT, site))
        .contains("elements = { 2001:db8:14::80 . 443 }")
        .doesNotContain("chain pin", "ipv4_addr");
  }

  @Test
  void aSiteOfBothFamiliesHasARangeAndAGatewayOfEach() {
    ConfigFile file =
        ConfigFile.parse(
            "both.yaml",
            """
            site: A
            local-as: 64496
            speaker: { type: exabgp }
            allow: [192.0.2.0/24, "2001:db8:13::/48"]
            physical-range: [198.51.100.0/24, "2001:db8:70::/48"]
            pinning: { interface: eth0, gateway: [203.0.113.1, "2001:db8:1::1"] }
            announcers: [ { name: ann1, address: [203.0.113.21, "2001:db8:1::21"] } ]
            router:
              router-id: 203.0.113.1
              lans:
                - { network: 203.0.113.0/24, address: 203.0.113.1 }
                - { network: "2001:db8:1::/64", address: "2001:db8:1::1" }
            hosts:
              - { name: h4, address: 203.0.113.11, outbound: 198.51.100.11, p2p: {} }
              - { name: h6, address: "2001:db8:1::12", outbound: "2001:db8:70::12", p2p: {} }
            services:
              - { name: s4, address: 192.0.2.13, prefixes: [192.0.2.0/24], next-hop: hosts, healthy: { of: [h4] } }
              - { name: s6, address: "2001:db8:13::13", prefixes: ["2001:db8:13::/48"], next-hop: hosts, healthy: { of: [h6] } }
            """);
    assertThat(file.problems()).isEmpty();
    DaemonConfig site = file.site(Optional.of("A")).orElseThrow();
    assertThat(site.warnings()).isEmpty();
    List<String> batches =
        new Renderer().render(Target.IPROUTE2, site).stream().map(RenderedFile::text).toList();
    assertThat(batches.get(0))
        .contains("route replace default via 203.0.113.1 dev eth0 src 198.51.100.11\n");
    assertThat(batches.get(1))
        .contains("route replace ::/0 via 2001:db8:1::1 dev eth0 src 2001:db8:70::12 metric 50\n");
    assertThat(site.site().hosts())
        .extracting(host -> site.pinningRules(host).orElseThrow().source().orElseThrow().toString())
        .containsExactly("198.51.100.0/24", "2001:db8:70::/48");
    assertThat(Talk.text(Target.BIRD, site))
        .contains("route 198.51.100.0/24 blackhole", "route 2001:db8:70::/48 blackhole")
        .contains("route 198.51.100.11/32 via 203.0.113.11")
        .contains("route 2001:db8:70::12/128 via 2001:db8:1::12");
  }

  /** Every file has what both families need, and says what is the same for both once. */
  @Test
  void aMachineOfBothFamiliesIsToldOfBoth() throws IOException {
    String file = Files.readString(Talk.DUAL_STACK);
    DaemonConfig routed = site(file.replace("method: uid, uid: 830,", ""), "ZRH");
    assertThat(Talk.text(Target.IPROUTE2, routed))
        .contains("route replace default via 203.0.113.1 dev eth0 src 198.51.100.11\n")
        .contains("route replace ::/0 via 2001:db8:1::1 dev eth0 src 2001:db8:70::11 metric 50\n");
    assertThat(Talk.render(Target.NETWORKD, routed).get(1).text())
        .containsOnlyOnce("A default route there")
        .contains("PreferredSource=198.51.100.11\n")
        .contains("PreferredSource=2001:db8:70::11\nMetric=50\n");

    DaemonConfig translated = site(file.replace("method: uid", "method: snat"), "ZRH");
    assertThat(Talk.text(Target.NFT, translated))
        .containsOnlyOnce("chain pin {")
        .contains("begins leaves from 198.51.100.11, 2001:db8:70::11; what")
        .contains("ip saddr != 198.51.100.11 ip daddr != { 203.0.113.0/24 } snat ip to")
        .contains("ip6 saddr != 2001:db8:70::11 ip6 daddr != { 2001:db8:1::/64 } snat ip6 to");

    String unit = "method: cgroup, cgroup: system.slice/bitcoind.service";
    DaemonConfig byUnit = site(file.replace("method: uid, uid: 830", unit), "ZRH");
    assertThat(Talk.render(Target.NFT, byUnit).get(1).text())
        .containsOnlyOnce("meta mark set")
        .contains("snat ip to 198.51.100.11\n", "snat ip6 to 2001:db8:70::11\n");

    String apart = "method: netns, namespace: node";
    DaemonConfig inside = site(file.replace("method: uid, uid: 830", apart), "ZRH");
    List<RenderedFile> batches = Talk.render(Target.IPROUTE2, inside);
    assertThat(batches)
        .extracting(RenderedFile::name)
        .startsWith("btc1.iproute2-netns.batch", "btc1.iproute2.batch");
    assertThat(batches.get(0).text()).containsOnlyOnce("netns add node\n");
    assertThat(batches.get(1).text())
        .contains("address replace 203.0.113.11/24 dev eth0\n")
        .contains("address replace 2001:db8:1::11/64 dev eth0 nodad\n");
  }

  @Test
  void theHostsOfAMachineNeedNotBeAlike() throws IOException {
    String file = Files.readString(Talk.DUAL_STACK);
    String cookie = "rpc: { cookie-file: /var/lib/bitcoind/.cookie }";
    String here = cookie.replace(" }", ", address: 127.0.0.1 }");
    int first = file.indexOf(cookie);
    String local = file.substring(0, first) + here + file.substring(first + cookie.length());
    assertThat(Talk.text(Target.BITCOIN, site(local, "ZRH")))
        .as("bound twice, bitcoind ends")
        .contains("rpcbind=127.0.0.1:8332\n", "rpcbind=[2001:db8:1::11]:8332\n")
        .doesNotContain("rpcbind=127.0.0.1\n")
        .containsOnlyOnce("rpcallowip=127.0.0.1\n");

    String apart =
        file.replace("method: uid, uid: 830", "method: netns, namespace: node")
            .replace("    outbound: 2001:db8:70::11\n    p2p: {}\n", "")
            .replace("[btc1-v6, btc2-v6]", "[btc2-v6]");
    assertThat(Talk.render(Target.IPROUTE2, site(apart, "ZRH")).get(1).text())
        .as("no connection of its own, and in the namespace all the same")
        .contains(
            """
            address replace 2001:db8:1::11/64 dev eth0 nodad
            route replace ::/0 via 2001:db8:1::1 dev eth0 metric 50
            """)
        .contains("address replace 203.0.113.11/24 dev eth0\naddress")
        .contains("route replace default via 203.0.113.1 dev eth0 src 198.51.100.11\n");
  }

  @Test
  void saysWhichKeyItLacks() {
    DaemonConfig site = small("");
    assertThat(Talk.text(Target.BITCOIN, site)).contains("discover=0\n");
    assertThatThrownBy(() -> Talk.render(Target.NFT, site))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "pinning: missing at site A (expected: { interface, gateway }, for target nft)");
  }

  @Test
  void saysWhichFamilyTheRouterLacks() {
    String router =
        "router: { router-id: 192.0.2.1, lans: [ { network: %s, address: %s } ], neighbors: [ %s ] }";
    String neighbor = "{ name: t1, address: %s, local-address: %s, as: 64511 }";
    DaemonConfig ipv6 =
        small(
            router.formatted(
                "\"2001:db8:1::/64\"",
                "\"2001:db8:1::1\"",
                neighbor.formatted("\"2001:db8:9::1\"", "\"2001:db8:9::2\"")));
    assertThat(Talk.text(Target.BIRD, ipv6)).contains("protocol bgp t1", "is_ours6()");
    DaemonConfig other =
        small(
            router.formatted(
                "\"2001:db8:1::/64\"",
                "\"2001:db8:1::1\"",
                neighbor.formatted("192.0.2.2", "192.0.2.3")));
    assertThatThrownBy(() -> Talk.render(Target.FRR, other))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "router.neighbors: t1 at 192.0.2.2 (expected: a family of which site A has a prefix)");
    assertThatThrownBy(() -> Talk.render(Target.EXABGP4, ipv6))
        .hasMessage(
            "announcers: missing at site A (expected: [ { name, address } ], for target exabgp4)");
  }

  @Test
  void aNextHopThatAServiceNamesIsOnTheHostsNetwork() throws IOException {
    String talk = Files.readString(Talk.FILE);
    String named = talk.replace("next-hop: hosts ", "next-hop: 10.9.0.50 ");
    assertThatThrownBy(() -> Talk.render(Target.BIRD, site(named, "GVA")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "services.next-hop: 10.9.0.50 at site GVA"
                + " (expected: an address in 10.1.0.0/24, which is in router.lans)");
    DaemonConfig site = site(talk.replace("next-hop: hosts ", "next-hop: 10.1.0.50 "), "GVA");
    assertThat(Talk.text(Target.BIRD, site)).contains("10.1.0.50 ];");
    assertThat(Talk.text(Target.FRR, site)).contains("next_hops4 permit 10.1.0.50/32\n");
    assertThat(Talk.text(Target.OPENBGPD, site)).contains(" nexthop 10.1.0.50\n");
    assertThat(Talk.text(Target.GOBGP, site)).contains("\"10.1.0.50\", ]");
  }

  @Test
  void saysWhatATargetCannotDo() throws IOException {
    String talk = Files.readString(Talk.FILE);
    DaemonConfig bfd = site(talk.replace("bfd: true", "bfd: true, ttl-security: true"), "FRA");
    assertThat(Talk.text(Target.BIRD, bfd)).contains("bfd on;", "ttl security yes;");
    assertThatThrownBy(() -> Talk.render(Target.FRR, bfd))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "router.neighbors: transit1 with bfd and ttl-security at site FRA (expected: one of them,"
                + " as FRR's BFD is multihop with both, and never comes up, for target frr)");
    assertThat(Talk.text(Target.OPENBGPD, bfd)).contains("# bfd: OpenBGPD has none.");
    assertThat(Talk.text(Target.GOBGP, bfd)).contains("# bfd: GoBGP has none.");
    DaemonConfig three =
        site(
            talk.replace("of: [btc1, btc2], by: [p2p]", "of: [btc1, btc2, btc3], by: [p2p]")
                .replaceAll(
                    " {6}- name: btc2\n {8}address: (.+)12\n {8}outbound: (.+)12\n",
                    "      - { name: btc3, address: $113, outbound: $213, p2p: {} }\n$0"),
            "FRA");
    assertThat(Talk.text(Target.BIRD3, three)).contains("bucket4_5");
    for (Target target : List.of(Target.FRR, Target.OPENBGPD, Target.GOBGP)) {
      assertThatThrownBy(() -> Talk.render(target, three))
          .hasMessage(
              "router.consistent-hashing: true at site FRA (expected: bird or bird3, as the others"
                  + " leave it to the kernel, for target "
                  + target
                  + ")");
    }
  }

  @Test
  void exabgpStartsTheDaemonWhereThatIsItsSpeaker() throws IOException {
    String talk = Files.readString(Talk.FILE);
    DaemonConfig piped = site(talk, "GVA");
    String whole = Talk.text(Target.EXABGP4, piped);
    assertThat(ExaBgpFile.parse("x", whole, List.of(piped.site())).problems()).isEmpty();
    String attached =
        Talk.text(Target.EXABGP4, site(talk.replace("exabgp }", "exabgp-fifo }"), "GVA"));
    assertThat(attached).contains("neighbor 10.1.0.1 {").doesNotContain("process", "api {");
    assertThatThrownBy(
            () ->
                Talk.render(
                    Target.EXABGP5,
                    site(talk.replace("exabgp }", "bird }").replace(": hosts ", ": host "), "GVA")))
        .hasMessage(
            "speaker.type: bird at site GVA"
                + " (expected: exabgp or exabgp-fifo, for target exabgp5)");
  }

  @Test
  void exabgpSaysNoNextHopOfItsOwnInTheOtherFamily() {
    DaemonConfig other =
        small(
            """
            announcers: [ { name: ann1, address: 203.0.113.21 } ]
            router:
              router-id: 203.0.113.1
              lans:
                - { network: 203.0.113.0/25, address: 203.0.113.1 }
                - { network: "2001:db8:1::/64", address: "2001:db8:1::1" }
            """);
    assertThatThrownBy(() -> Talk.render(Target.EXABGP4, other))
        .hasMessage(
            "services.next-hop: self of bitcoin at site A (expected: host, hosts or an address, as"
                + " ann1 speaks IPv4, where ExaBGP garbles that of the other family, for target"
                + " exabgp4)");
  }

  @Test
  void refusesAFamilyOfWhichThereIsNoPrefix() throws IOException {
    String talk = Files.readString(Talk.FILE);
    DaemonConfig sources =
        site(talk.replace("[85.208.70.1]", "[85.208.70.1, \"2001:db8:70::1\"]"), "GVA");
    DaemonConfig links =
        site(
            talk.replace(
                "via: 10.0.0.2 }",
                "via: 10.0.0.2 }, { network: \"2001:db8:2::/64\", via: \"2001:db8:f::2\" }"),
            "GVA");
    for (Target target : List.of(Target.BIRD, Target.FRR, Target.IPROUTE2)) {
      assertThatThrownBy(() -> Talk.render(target, sources))
          .hasMessage(
              "router.sources: 2001:db8:70::1 (expected: a family of which site GVA has a prefix)");
      assertThatThrownBy(() -> Talk.render(target, links))
          .hasMessage(
              "router.private-links: 2001:db8:2::/64"
                  + " (expected: a family of which site GVA has a prefix)");
    }
  }

  private static DaemonConfig site(String text, String name) {
    ConfigFile file = ConfigFile.parse("talk.yaml", text);
    assertThat(file.problems()).isEmpty();
    return file.site(Optional.of(name)).orElseThrow();
  }

  @Test
  void onlyHostsThatShareFlowsCountForConsistentHashing() {
    DaemonConfig pairs = site(hashed(4, 2), "A");
    assertThat(Talk.text(Target.FRR, pairs)).as("two to a service").contains("router bgp 64496");
    DaemonConfig three = site(hashed(3, 3), "A");
    assertThatThrownBy(() -> Talk.render(Target.FRR, three))
        .hasMessageStartingWith("router.consistent-hashing: true at site A (expected: bird or");
    assertThat(Talk.text(Target.BIRD, site(hashed(12, 12), "A")))
        .contains("define OWN_AS = 64496;");
    DaemonConfig many = site(hashed(13, 13), "A");
    assertThatThrownBy(() -> Talk.render(Target.BIRD, many))
        .hasMessage(
            "router.consistent-hashing: 13 hosts of a family at site A (expected: at most 12)");
  }

  /** Services of so many hosts each, until all hosts are in one. */
  private static String hashed(int hosts, int each) {
    StringBuilder file =
        new StringBuilder(
            """
            site: A
            local-as: 64496
            speaker: { type: exabgp }
            allow: [ { prefix: 192.0.2.0/24, le: 32, scope: internal } ]
            announcers: [ { name: ann1, address: 203.0.113.21 } ]
            router:
              router-id: 203.0.113.1
              lans: [ { network: 203.0.113.0/24, address: 203.0.113.1 } ]
              consistent-hashing: true
            hosts:
            """);
    for (int host = 1; host <= hosts; host++) {
      String line = "  - { name: h%1$d, address: 203.0.113.%2$d, p2p: {} }%n";
      file.append(line.formatted(host, 30 + host));
    }
    file.append("services:\n");
    for (int first = 1; first <= hosts; first += each) {
      String of =
          IntStream.range(first, first + each).mapToObj(host -> "h" + host).collect(joining(", "));
      String line =
          "  - { name: s%1$d, prefixes: [192.0.2.%1$d/32], next-hop: hosts, healthy: { of: [%2$s] } }%n";
      file.append(line.formatted(first, of));
    }
    return file.toString();
  }

  @Test
  void everyVariableIsDocumentedAndUsed() throws IOException {
    Set<String> inDoc = new TreeSet<>();
    for (String line : Files.readAllLines(Talk.TEMPLATES.resolve("README.md"))) {
      if (line.startsWith("| `{{")) {
        String[] cells = line.split(" \\| ", 4);
        assertThat(cells).as(line).hasSize(4);
        Matcher tags = TAG.matcher(cells[0]);
        while (tags.find()) {
          inDoc.add(tags.group(1));
        }
      }
    }
    Set<String> inTemplates = new TreeSet<>();
    for (String folder : List.of("host", "router")) {
      try (Stream<Path> templates = Files.list(Talk.TEMPLATES.resolve(folder))) {
        for (Path template : templates.toList()) {
          Matcher tags = TAG.matcher(Files.readString(template));
          while (tags.find()) {
            inTemplates.add(tags.group(1));
          }
        }
      }
    }
    Set<String> given = new TreeSet<>();
    for (String name : Talk.SITES) {
      DaemonConfig site = Talk.site(name);
      EdgeRouter router = site.deployment().router().orElseThrow();
      names(HostVariables.of(site, "btc1", site.site().hosts().subList(0, 1)), given);
      names(RouterVariables.of(site, router, Target.BIRD), given);
      names(
          RouterVariables.of(site, router, Target.EXABGP4, site.deployment().announcers().get(0)),
          given);
    }
    String apart = "method: netns, namespace: node";
    DaemonConfig inside =
        site(Files.readString(Talk.FILE).replace("method: uid, uid: 830", apart), "PAR");
    names(HostVariables.of(inside, "btc1", inside.site().hosts().subList(0, 1)), given);
    assertThat(inDoc).isEqualTo(given);
    assertThat(inTemplates).isEqualTo(given);
  }

  private static void names(Object value, Set<String> names) {
    if (value instanceof java.util.Map<?, ?> map) {
      map.forEach(
          (name, inner) -> {
            names.add(String.valueOf(name));
            names(inner, names);
          });
    } else if (value instanceof List<?> list) {
      list.forEach(item -> names(item, names));
    }
  }

  private static DaemonConfig small(String more) {
    ConfigFile file = ConfigFile.parse("small.yaml", SMALL.formatted(more));
    assertThat(file.problems()).isEmpty();
    return file.sites().values().iterator().next();
  }
}
