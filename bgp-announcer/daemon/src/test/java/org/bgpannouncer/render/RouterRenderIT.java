package org.bgpannouncer.render;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.bgpannouncer.render.Programs.in;
import static org.bgpannouncer.render.Programs.say;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.bgpannouncer.config.ConfigFile;
import org.bgpannouncer.config.DaemonConfig;
import org.bgpannouncer.config.EdgeRouter;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What is rendered for a site's router and announcers, handed to the real programs: each takes it,
 * refuses a broken copy, and each router does with it what the site needs, in namespaces.
 */
@Timeout(180)
final class RouterRenderIT {
  private static final Duration SOON = Duration.ofSeconds(30);
  private static final int FLOWS = 1000;
  private static final Pattern VIA = Pattern.compile(" via \\S+1(\\d) ");
  private static final Path TOOLS =
      Path.of(Objects.requireNonNullElse(System.getenv("ANNOUNCER_TOOLS"), "../../.tools"))
          .toAbsolutePath()
          .normalize();
  private static final String BIRD3 = TOOLS.resolve("bird3/bird").toString();

  /** Of what the provider announces, what is taken by a router that shows its table. */
  private static final List<String> TAKEN =
      List.of("1.1.1.0/24", "0.0.0.0/0", "2400:cb00::/32", "2001:4:112::/48");

  /** And what nobody may take: ours, bogons, what is too long, a reserved AS, a wrong origin. */
  private static final List<String> REFUSED =
      List.of(
          "192.0.2.0/24",
          "172.20.0.0/16",
          "1.1.2.0/25",
          "1.1.3.0/24",
          "1.1.4.0/24",
          "1.1.5.0/24",
          "1.1.6.0/24",
          "1.1.7.0/24",
          "2001::/32",
          "2001:10::/28",
          "2001:4:113::/48",
          "2002::/16",
          "3ffe:1::/32",
          "5f00::/16",
          "3fff::/32",
          " ::/0");

  /** Notes where each flow to the service goes. */
  private static final String SEEN =
      """
      table inet seen
      delete table inet seen
      table inet seen {
        set flows4 { type ipv4_addr . inet_service . ipv4_addr; flags dynamic; size 65535; }
        set flows6 { type ipv6_addr . inet_service . ipv6_addr; flags dynamic; size 65535; }
        chain leaving {
          type filter hook postrouting priority 0;
          ip daddr 192.0.2.13 add @flows4 { ip saddr . tcp sport . rt ip nexthop }
          ip6 daddr 2001:db8:13::13 add @flows6 { ip6 saddr . tcp sport . rt ip6 nexthop }
        }
      }
      """;

  /** A thousand of them, each of which begins a connection. */
  private static final String CLIENTS =
      """
      import socket, struct, sys
      ipv4 = sys.argv[1] == "4"
      family = socket.AF_INET if ipv4 else socket.AF_INET6
      service = "192.0.2.13" if ipv4 else "2001:db8:13::13"
      raw = socket.socket(family, socket.SOCK_RAW, socket.IPPROTO_RAW)
      for i in range(1000):
          client = f"100.64.{i // 200}.{i % 200 + 1}" if ipv4 else f"2001:db8:64::{i + 1:x}"
          ends = socket.inet_pton(family, client) + socket.inet_pton(family, service)
          syn = struct.pack("!HHIIBBHHH", 1024 + 37 * i % 60000, 8333, i, 0, 0x50, 2, 65535, 0, 0)
          if ipv4:
              header = struct.pack("!BBHHHBBH", 0x45, 0, 40, i, 0, 64, socket.IPPROTO_TCP, 0)
          else:
              header = struct.pack("!IHBB", 6 << 28, 20, socket.IPPROTO_TCP, 64)
          raw.sendto(header + ends + syn, (service, 0))
      """;

  /** A cache (RFC 8210) that knows of one prefix, and that AS1 alone announces it. */
  private static final String CACHE =
      """
      import socket, struct, threading
      def answer(connection):
          while header := connection.recv(8):
              version, kind, _, length = struct.unpack("!BBHI", header)
              connection.recv(length - 8) if length > 8 else None
              if kind not in (1, 2):
                  continue
              roa = struct.pack("!BBBB4sI", 1, 24, 24, 0, socket.inet_aton("1.1.7.0"), 1)
              connection.sendall(struct.pack("!BBHI", version, 3, 7, 8))
              connection.sendall(struct.pack("!BBHI", version, 4, 0, 20) + roa)
              timers = struct.pack("!III", 3600, 600, 7200) if version else b""
              connection.sendall(struct.pack("!BBHII", version, 7, 7, 12 + len(timers), 1) + timers)
      listener = socket.create_server(("203.0.113.253", 3323))
      print("the cache listens", flush=True)
      while True:
          threading.Thread(target=answer, args=(listener.accept()[0],), daemon=True).start()
      """;

  /** Two families, an internal prefix, a provider in each family and a route server. */
  private static final String SITE =
      """
      site: A
      local-as: 64496
      physical-range: [198.51.100.0/24, "2001:db8:70::/48"]
      speaker: { type: exabgp }
      allow: [192.0.2.0/24, "2001:db8:13::/48", { prefix: 10.255.0.13/32, scope: internal }]
      announcers:
        - { name: ann-1, address: 203.0.113.21 }
        - { name: ann-2, address: 203.0.113.22 }
        - { name: ann-3, address: 203.0.113.23 }
      router:
        router-id: 203.0.113.1
        lans:
          - { network: 203.0.113.0/25, address: 203.0.113.1 }
          - { network: "2001:db8:1::/64", address: "2001:db8:1::1" }
        sources: [198.51.100.1, "2001:db8:70::1"]
        rpki: { address: 203.0.113.253, port: 3323 }
        private-links: [ { network: 10.2.0.0/24, via: 203.0.113.20 } ]
        neighbors:
          - { name: transit4, address: 203.0.113.253, local-address: 203.0.113.254, as: 64511 }
          - { name: transit6, address: "2001:db8:ff::2", local-address: "2001:db8:ff::1", as: 64511 }
          - name: decix
            address: 203.0.113.249
            local-address: 203.0.113.250
            as: 6695
            role: rs-client
            exchange: de-cix-frankfurt
            not-to: [64502]
            prepend: 2
            max-prefixes: 1000
      hosts:
        - { name: h1, address: 203.0.113.11, outbound: 198.51.100.11, p2p: {} }
        - { name: h2, address: 203.0.113.12, outbound: 198.51.100.12, p2p: {} }
        - { name: h5, address: 203.0.113.13, outbound: 198.51.100.13, p2p: {} }
        - { name: h3, address: "2001:db8:1::11", p2p: {} }
        - { name: h4, address: "2001:db8:1::12", p2p: {} }
      services:
        - { name: bitcoin, prefixes: [192.0.2.0/24], next-hop: 203.0.113.14, healthy: { of: [h1, h2, h5] } }
        - { name: bitcoin6, prefixes: ["2001:db8:13::/48"], next-hop: "2001:db8:1::14", healthy: { of: [h3, h4] } }
        - { name: rpc, prefixes: [10.255.0.13/32], next-hop: host, healthy: { of: [h1, h2] } }
      """;

  /** Nothing in it is IPv4 but the identifiers. */
  private static final String IPV6_SITE =
      """
      site: A
      local-as: 64496
      speaker: { type: exabgp }
      allow: ["2001:db8:13::/48"]
      announcers:
        - { name: ann-1, address: "2001:db8:1::11", router-id: 203.0.113.21 }
        - { name: ann-2, address: "2001:db8:1::12", router-id: 203.0.113.22 }
      router:
        router-id: 203.0.113.1
        lans: [ { network: "2001:db8:1::/64", address: "2001:db8:1::1" } ]
      hosts:
        - { name: h1, address: "2001:db8:1::13", p2p: {} }
      services:
        - { name: bitcoin, prefixes: ["2001:db8:13::/48"], healthy: { of: [h1] } }
      """;

  private final String names = "router-it-" + ProcessHandle.current().pid() + "-";
  private final String router = names + "edge";
  private final String others = names + "others";
  private final List<Process> processes = new ArrayList<>();
  @TempDir Path folder;

  @AfterEach
  void end() throws Exception {
    for (Process process : processes) {
      process.descendants().forEach(ProcessHandle::destroyForcibly);
      process.destroyForcibly().waitFor();
    }
    for (String namespace : List.of(router, others)) {
      for (String pid : status("ip", "netns", "pids", namespace).out().split("\n", -1)) {
        if (!pid.isEmpty()) {
          status("kill", "-9", pid);
        }
      }
      status("ip", "netns", "del", namespace);
    }
  }

  /**
   * A program that reads what is rendered.
   *
   * @param command with FILE where the file is named
   * @param word one in the file without which it must not take it
   */
  private record Reader(Target target, String word, List<String> command) {
    List<String> reading(Path file) {
      return command.stream().map(each -> each.equals("FILE") ? file.toString() : each).toList();
    }

    @Override
    public String toString() {
      return target.toString();
    }
  }

  private static Reader reader(Target target, String word, String... command) {
    return new Reader(target, word, List.of(command));
  }

  static Stream<Reader> readers() {
    return Stream.of(
        reader(Target.BIRD, "import filter", "bird", "-p", "-c", "FILE"),
        reader(Target.BIRD3, "import filter", BIRD3, "-p", "-c", "FILE"),
        reader(Target.FRR, "maximum-paths", "vtysh", "-C", "-f", "FILE"),
        reader(Target.OPENBGPD, "local-address", "/usr/sbin/bgpd", "-n", "-f", "FILE"),
        reader(Target.GOBGP, "peer-as", "gobgpd", "-d", "-f", "FILE"),
        reader(
            Target.EXABGP4,
            "family",
            "env",
            "exabgp_daemon_user=root",
            "exabgp_api_cli=false",
            "exabgp",
            "--test",
            "FILE"),
        reader(
            Target.EXABGP5,
            "family",
            "env",
            "exabgp_daemon_user=root",
            "exabgp_api_cli=false",
            "PYTHONPATH=" + TOOLS.resolve("exabgp5/root/usr/lib/python3/dist-packages"),
            "/usr/bin/python3",
            "-m",
            "exabgp",
            "validate",
            "FILE"));
  }

  @ParameterizedTest
  @MethodSource("readers")
  void theProgramTakesItForEachSiteAndRefusesABrokenCopy(Reader reader) throws Exception {
    List<DaemonConfig> sites = new ArrayList<>(List.of(site()));
    for (String name : Talk.SITES) {
      sites.add(Talk.site(name));
    }
    if (reader.target() == Target.EXABGP4 || reader.target() == Target.EXABGP5) {
      sites.add(site(SITE.replace("type: exabgp", "type: exabgp-fifo")));
    }
    for (DaemonConfig site : sites) {
      for (RenderedFile file : Talk.render(reader.target(), site)) {
        String text = runnable(file);
        Programs.Status taken = status(reader.reading(write("whole", text)).toArray(String[]::new));
        assertThat(taken.code())
            .as("%s of %s: %s", file.name(), site.site().site(), taken)
            .isZero();
        assertThat(taken.out()).doesNotContainIgnoringCase("warn");
        String broken = text.replace(reader.word(), "x" + reader.word());
        assertThat(broken).isNotEqualTo(text);
        assertThat(status(reader.reading(write("broken", broken)).toArray(String[]::new)).code())
            .as("a broken copy of %s", file.name())
            .isNotZero();
      }
    }
  }

  @Test
  void bothBirdsTakeTheConfigurationOfTheSpeakerBeside() throws Exception {
    String file = Talk.TEMPLATES.resolve("bird-speaker/bird.conf").toString();
    for (String bird : List.of("bird", BIRD3)) {
      assertThat(status(bird, "-p", "-c", file)).isEqualTo(new Programs.Status(0, ""));
    }
  }

  /** ExaBGP looks for the program of its process, which a checkout has not installed. */
  private static String runnable(RenderedFile file) {
    return file.text().replaceAll("run /usr/local/bin/announcer [^;]*;", "run /bin/true;");
  }

  static Stream<Target> routers() {
    return Stream.of(Target.BIRD, Target.BIRD3, Target.FRR, Target.OPENBGPD, Target.GOBGP);
  }

  @ParameterizedTest
  @MethodSource("routers")
  void theRouterDoesWhatTheSiteNeeds(Target target) throws Exception {
    buildNetwork();
    run(others, "/usr/bin/python3", "-c", CACHE);
    // A router that finds none dials again after minutes.
    await()
        .atMost(SOON)
        .until(() -> Files.readString(folder.resolve("log")).contains("the cache listens"));
    boot(target, site());
    List<String> said =
        play(
            List.of(target.toString()),
            question -> {
              if (question.equals("sessions are up?")) {
                if (target == Target.GOBGP) {
                  String told = "sed -n 's/^#   gobgp //p' \"$0\" | xargs -L1 gobgp";
                  say(in(router, "sh", "-c", told, folder.resolve("edge.conf").toString()));
                }
                awaitRoute("198.51.100.11", "198.51.100.11 via 203.0.113.11 dev lan");
                awaitRoute("10.2.0.1", "10.2.0.1 via 203.0.113.20 dev lan");
                awaitRoutes("-4", "198.51.100.0/24", "blackhole");
              } else if (question.startsWith("an announcer with too many paths")) {
                lookAtTheLimit(target);
              } else if (fillsKernel(target)) {
                look(question);
              } else if (question.startsWith("the foreign prefixes ")) {
                await()
                    .atMost(SOON)
                    .untilAsserted(
                        () -> assertThat(table(target)).contains(TAKEN).doesNotContain(REFUSED));
              }
            });
    assertThat(said)
        .filteredOn(line -> line.startsWith("held: "))
        .hasSize(target == Target.BIRD || target == Target.BIRD3 ? 20 : 21);
  }

  @Test
  void theExabgpsOfAnIpv6SiteSpeakToItsRouter() throws Exception {
    buildNetwork();
    DaemonConfig site = site(IPV6_SITE);
    start(Target.BIRD, write("edge.conf", Talk.text(Target.BIRD, site)));
    for (RenderedFile file : Talk.render(Target.EXABGP4, site)) {
      String text = file.text().replaceAll("run /usr/local/bin/announcer [^;]*;", "run /bin/cat;");
      String address = text.replaceAll("(?s).*local-address ([^;]*);.*", "$1");
      run(
          others,
          "env",
          "exabgp_daemon_user=root",
          "exabgp_api_cli=false",
          "exabgp_tcp_bind=" + address,
          "exabgp_tcp_port=179",
          "exabgp",
          write(file.name(), text).toString());
    }
    await()
        .atMost(SOON)
        .until(() -> birdc("show", "protocols").split("Established", -1).length == 3);
  }

  @Test
  void whatIsGoneFromTheSiteFileIsGoneFromFrr() throws Exception {
    buildNetwork();
    // Without its module for RPKI, which costs it that and nothing else.
    String file = write("edge.conf", Talk.text(Target.FRR, site())).toString();
    run(router, "unshare", "--mount", "sh", "-c", Programs.FRR, file);
    await().atMost(SOON).until(() -> frr().contains("203.0.113.249 activate"));
    String less =
        SITE.replaceAll("(?s) *- name: decix.*?(?=hosts:)", "")
            .replaceAll(" *rpki:[^\n]*\n", "")
            .replaceAll(" *- \\{ name: rpc,[^\n]*\n", "");
    String changed = write("less.conf", Talk.text(Target.FRR, site(less))).toString();
    say(besideTheRouter("/usr/lib/frr/frr-reload.py", "--reload", "--stdout", changed));
    assertThat(frr())
        .contains("203.0.113.253 activate", "permit 192.0.2.0/24")
        .doesNotContain("203.0.113.249", "decix", "10.255.0.13");
  }

  private String frr() {
    return say(besideTheRouter("vtysh", "-c", "show running-config"));
  }

  /** A command where the router's daemon runs, whose /run is its own. */
  private List<String> besideTheRouter(String... command) {
    List<String> words =
        new ArrayList<>(
            List.of("nsenter", "-t", String.valueOf(processes.get(0).pid()), "--mount", "--net"));
    words.addAll(List.of(command));
    return words;
  }

  private String birdc(String... command) throws Exception {
    List<String> words = new ArrayList<>(List.of("birdc", "-s", folder + "/bird.ctl"));
    words.addAll(List.of(command));
    return status(words.toArray(String[]::new)).out();
  }

  /** Tells the router's kernel what is rendered for it, as at a boot, and starts its daemon. */
  private void boot(Target target, DaemonConfig site) throws Exception {
    for (RenderedFile file : edge(Target.IPROUTE2, site)) {
      String batch = write("batch", file.text()).toString();
      say(
          file.name().contains("rule6")
              ? in(router, "ip", "-6", "-batch", batch)
              : in(router, "ip", "-batch", batch));
    }
    Path file = write("edge.conf", Talk.text(target, site));
    if (!fillsKernel(target)) {
      say(in(router, "sh", "-c", "sed -n 's/^#   ip //p' \"$0\" | ip -batch -", file.toString()));
    }
    start(target, file);
  }

  private static boolean fillsKernel(Target target) {
    return target != Target.OPENBGPD && target != Target.GOBGP;
  }

  private static List<RenderedFile> edge(Target target, DaemonConfig site) {
    return new Renderer()
        .render(target, site).stream()
            .filter(file -> file.machine().equals(EdgeRouter.NAME))
            .toList();
  }

  /** Plays the neighbors, and looks whenever they ask; everything that they said. */
  private List<String> play(List<String> arguments, Consumer<String> look) throws Exception {
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                EdgeTrial.class.getName()));
    command.addAll(arguments);
    Process trial = Programs.builder(in(others, command.toArray(String[]::new))).start();
    processes.add(trial);
    List<String> said = new ArrayList<>();
    try (BufferedReader lines =
        new BufferedReader(new InputStreamReader(trial.getInputStream(), StandardCharsets.UTF_8))) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        said.add(line);
        if (line.endsWith("?")) {
          look.accept(line);
          trial.getOutputStream().write('\n');
          trial.getOutputStream().flush();
        }
      }
    }
    assertThat(trial.waitFor(20, TimeUnit.SECONDS)).isTrue();
    String log = Files.exists(folder.resolve("log")) ? Files.readString(folder.resolve("log")) : "";
    assertThat(trial.exitValue()).as("%s\n%s", String.join("\n", said), log).isZero();
    return said;
  }

  /**
   * The kernel gives each next hop its part of the hash's range (RFC 2992), and draws the borders
   * anew when there is one less: the middle one of three takes only its own flows with it, an outer
   * one some of its neighbor's too. BIRD orders them by address, FRR nearly always.
   */
  @ParameterizedTest
  @CsvSource({"BIRD, 1", "BIRD, 2", "BIRD, 3", "FRR, 1", "FRR, 2", "FRR, 3"})
  void aHostThatDiesTakesItsShareOfTheFlowsWithIt(Target target, int dead) throws Exception {
    Moved moved = movedWith(target, site(), "4", dead);
    assertThat(moved.others()).isLessThanOrEqualTo(moved.isOfTheMiddle() ? 0 : FLOWS / 4);
  }

  /**
   * What a death has done.
   *
   * @param others how many flows of the others go another way
   * @param isOfTheMiddle whether the dead host was the second of the kernel's three
   */
  private record Moved(int others, boolean isOfTheMiddle) {}

  @ParameterizedTest
  @CsvSource({"BIRD, 4, 1", "BIRD, 4, 2", "BIRD, 4, 3", "BIRD, 6, 1", "BIRD3, 4, 3", "BIRD3, 6, 2"})
  void withConsistentHashingItMovesNoFlowOfTheOthers(Target target, String family, int dead)
      throws Exception {
    assertThat(movedWith(target, hashing(), family, dead).others()).isZero();
  }

  /** How many flows of the others move when one of three hosts dies; each comes back with it. */
  private Moved movedWith(Target target, DaemonConfig site, String family, int dead)
      throws Exception {
    buildNetwork();
    say(in(router, "sysctl", "-qw", "net.ipv4.ip_forward=1", "net.ipv6.conf.all.forwarding=1"));
    say(in(router, "sysctl", "-qw", "net.ipv4.fib_multipath_hash_policy=1"));
    say(in(router, "sysctl", "-qw", "net.ipv6.fib_multipath_hash_policy=1"));
    say(List.of(("ip -n " + others + " route add 192.0.2.0/24 via 203.0.113.254").split(" ", -1)));
    say(
        List.of(
            ("ip -n " + others + " route add 2001:db8:13::/48 via 2001:db8:ff::1").split(" ", -1)));
    boot(target, site);
    boolean consistent = site.deployment().router().orElseThrow().consistentHashing();
    if (consistent) {
      for (RenderedFile file : edge(Target.NFT, site)) {
        say(in(router, "nft", "-f", write("nft", file.text()).toString()));
      }
    }
    List<Map<String, String>> flows = new ArrayList<>();
    List<String> order = new ArrayList<>();
    play(
        List.of(target.toString(), family, String.valueOf(dead)),
        question -> {
          Set<String> alive = new HashSet<>(Set.of("1", "2", "3"));
          if (question.equals("two hosts?")) {
            alive.remove(String.valueOf(dead));
          }
          await().atMost(SOON).until(() -> nextHops(family, consistent).equals(alive));
          order.addAll(nextHops(family, consistent));
          flows.add(flows(family));
        });
    Map<String, String> before = flows.get(0);
    Map<String, String> after = flows.get(1);
    String gone = String.valueOf(dead);
    long own = before.values().stream().filter(gone::equals).count();
    int others =
        (int)
            before.entrySet().stream()
                .filter(flow -> !flow.getValue().equals(gone))
                .filter(flow -> !flow.getValue().equals(after.get(flow.getKey())))
                .count();
    System.err.printf(
        "%s, IPv%s, %s: host %d of 3 dies: %d of %d flows are its own, %d of the others move%n",
        target,
        family,
        consistent ? "consistent hashing" : "the kernel's",
        dead,
        own,
        FLOWS,
        others);
    assertThat(after.values()).doesNotContain(gone);
    assertThat(own).isBetween(FLOWS / 4L, 5L * FLOWS / 12);
    if (consistent) {
      for (String heir : Set.copyOf(after.values())) {
        assertThat(after.values().stream().filter(heir::equals).count())
            .as("flows of host %s from then on", heir)
            .isBetween(2L * FLOWS / 5, 3L * FLOWS / 5);
      }
    }
    assertThat(flows.get(2)).as("when it is back").isEqualTo(before);
    return new Moved(others, order.get(1).equals(gone));
  }

  /** The last digits of the service's next hops, once every table of the router has its own. */
  private Set<String> nextHops(String family, boolean consistent) {
    String prefix = family.equals("4") ? "192.0.2.0/24" : "2001:db8:13::/48";
    String routes =
        say(List.of("ip", "-" + family, "-n", router, "route", "show", "table", "all", prefix));
    int tables = 0;
    Set<String> found = new LinkedHashSet<>();
    for (String line : routes.lines().toList()) {
      tables += line.startsWith(prefix) ? 1 : 0;
      Matcher via = VIA.matcher(line);
      while (via.find()) {
        found.add(via.group(1));
      }
    }
    // The main table, which IPv6 shows with a line for each host, and one for each bucket.
    return !consistent || tables >= 7 ? found : Set.of();
  }

  /** Where the router sends each of a thousand clients: real packets, as they leave it. */
  private Map<String, String> flows(String family) {
    try {
      say(in(router, "nft", "-f", write("seen", SEEN).toString()));
      say(in(others, "/usr/bin/python3", "-c", CLIENTS, family));
      JsonNode seen =
          new ObjectMapper()
              .readTree(
                  say(in(router, "nft", "-j", "list", "set", "inet", "seen", "flows" + family)));
      Map<String, String> flows = new HashMap<>();
      for (JsonNode element : seen.findValue("elem")) {
        JsonNode flow = element.path("concat");
        String hop = flow.path(2).asText();
        flows.put(flow.path(0) + " " + flow.path(1), hop.substring(hop.length() - 1));
      }
      assertThat(flows).hasSize(FLOWS);
      return flows;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** What the router's kernel has been told by then. */
  private void look(String question) {
    switch (question) {
      case "IPv4 has both hosts as next hops?" ->
          awaitRoutes("-4", "192.0.2.0/24", "via 203.0.113.11 dev lan", "via 203.0.113.12 dev lan");
      case "IPv6 has both hosts as next hops?" ->
          awaitRoutes(
              "-6", "2001:db8:13::/48", "via 2001:db8:1::11 dev lan", "via 2001:db8:1::12 dev lan");
      case "IPv4 has the other host alone?" ->
          awaitOnly("-4", "192.0.2.0/24", "via 203.0.113.12 dev lan");
      case "IPv6 has the other host alone?" ->
          awaitOnly("-6", "2001:db8:13::/48", "via 2001:db8:1::12 dev lan");
      case "the internal prefix has its host?" ->
          awaitRoutes("-4", "10.255.0.13", "10.255.0.13", "via 203.0.113.11 dev lan");
      case "the foreign prefixes and the default are there, and nothing else?" -> {
        awaitRoutes("-4", "1.1.1.0/24", "via 203.0.113.253 dev uplink", "src 198.51.100.1");
        awaitRoutes("-4", "default", "via 203.0.113.253 dev uplink");
        awaitRoutes("-6", "2001:4:112::/48", "via 2001:db8:ff::2 dev uplink");
        awaitRoutes("-6", "2400:cb00::/32", "via 2001:db8:ff::2 dev uplink", "src 2001:db8:70::1");
        assertThat(say(List.of("ip", "-6", "-n", router, "route", "show", "default"))).isEmpty();
        // What came before the ROAs did is judged again.
        await()
            .atMost(SOON)
            .untilAsserted(
                () ->
                    assertThat(
                            say(List.of("ip", "-4", "-n", router, "route"))
                                + say(List.of("ip", "-6", "-n", router, "route")))
                        .doesNotContain(REFUSED));
      }
      default -> throw new IllegalStateException(question);
    }
  }

  private void lookAtTheLimit(Target target) {
    String address = "203.0.113.23";
    switch (target) {
      case FRR ->
          assertThat(say(besideTheRouter("vtysh", "-c", "show bgp neighbors " + address)))
              .containsPattern("will restart in \\d+ seconds");
      case OPENBGPD ->
          assertThat(say(besideTheRouter("bgpctl", "show", "neighbor", address)))
              .contains("(restart 5)", "max-prefix exceeded");
      default -> {
        say(in(router, "gobgp", "neighbor", address, "enable"));
        await()
            .atMost(SOON)
            .until(() -> say(in(router, "gobgp", "neighbor", address)).contains("ESTABLISHED"));
      }
    }
  }

  /** What a router that gives its kernel nothing would use. */
  private String table(Target target) throws Exception {
    if (target == Target.GOBGP) {
      return say(in(router, "gobgp", "global", "rib", "-a", "ipv4"))
          + say(in(router, "gobgp", "global", "rib", "-a", "ipv6"));
    }
    return say(besideTheRouter("bgpctl", "show", "rib"));
  }

  private void awaitRoute(String address, String start) {
    await()
        .atMost(SOON)
        .untilAsserted(
            () ->
                assertThat(say(List.of("ip", "-n", router, "route", "get", address)))
                    .startsWith(start));
  }

  private void awaitRoutes(String family, String prefix, String... parts) {
    await()
        .atMost(SOON)
        .untilAsserted(
            () ->
                assertThat(say(List.of("ip", family, "-n", router, "route", "show", prefix)))
                    .contains(parts));
  }

  private void awaitOnly(String family, String prefix, String nextHop) {
    await()
        .atMost(SOON)
        .untilAsserted(
            () ->
                assertThat(say(List.of("ip", family, "-n", router, "route", "show", prefix)))
                    .contains(nextHop)
                    .containsOnlyOnce(" via "));
  }

  private void buildNetwork() {
    for (String namespace : List.of(router, others)) {
      say(List.of("ip", "netns", "add", namespace));
      say(List.of("ip", "-n", namespace, "link", "set", "lo", "up"));
    }
    cable("lan");
    cable("uplink");
    address(router, "lan", "203.0.113.1/25", "2001:db8:1::1/64");
    address(
        others,
        "lan",
        "203.0.113.21/25",
        "203.0.113.22/25",
        "203.0.113.23/25",
        "203.0.113.11/25",
        "203.0.113.12/25",
        "203.0.113.13/25",
        "2001:db8:1::11/64",
        "2001:db8:1::12/64",
        "2001:db8:1::13/64");
    address(router, "uplink", "203.0.113.254/30", "203.0.113.250/30", "2001:db8:ff::1/64");
    address(others, "uplink", "203.0.113.253/30", "203.0.113.249/30", "2001:db8:ff::2/64");
  }

  private void cable(String name) {
    say(
        List.of(
            ("ip -n "
                    + router
                    + " link add "
                    + name
                    + " type veth peer name "
                    + name
                    + " netns "
                    + others)
                .split(" ", -1)));
    for (String namespace : List.of(router, others)) {
      say(List.of("ip", "-n", namespace, "link", "set", name, "up"));
    }
  }

  private static void address(String namespace, String device, String... addresses) {
    for (String address : addresses) {
      List<String> command =
          new ArrayList<>(List.of("ip", "-n", namespace, "addr", "add", address, "dev", device));
      if (address.contains(":")) {
        command.add("nodad");
      }
      say(command);
    }
  }

  private void start(Target target, Path file) throws Exception {
    String home = folder.toString();
    switch (target) {
      case BIRD ->
          run(
              router,
              "bird",
              "-f",
              "-c",
              file.toString(),
              "-s",
              home + "/bird.ctl",
              "-P",
              home + "/pid");
      case BIRD3 ->
          run(
              router,
              BIRD3,
              "-f",
              "-c",
              file.toString(),
              "-s",
              home + "/bird.ctl",
              "-P",
              home + "/pid");
      case FRR ->
          run(router, "unshare", "--mount", "sh", "-ec", Programs.FRR, file.toString(), "-M rpki");
      case OPENBGPD ->
          run(
              router,
              "unshare",
              "--mount",
              "sh",
              "-ec",
              "mount -t tmpfs none /run; mkdir /run/openbgpd; exec /usr/sbin/bgpd -dvf \"$0\"",
              file.toString());
      case GOBGP -> run(router, "gobgpd", "-f", file.toString(), "--pprof-disable");
      default -> throw new IllegalArgumentException(target.toString());
    }
  }

  private void run(String namespace, String... command) throws IOException {
    Process process =
        Programs.builder(in(namespace, command))
            .redirectOutput(ProcessBuilder.Redirect.appendTo(folder.resolve("log").toFile()))
            .start();
    // The router's daemon is the first.
    processes.add(namespace.equals(router) ? 0 : processes.size(), process);
  }

  private static DaemonConfig site() {
    return site(SITE);
  }

  /** Three hosts in each family, whose flows the router hashes consistently. */
  private static DaemonConfig hashing() {
    return site(
        SITE.replace("  sources:", "  consistent-hashing: true\n  sources:")
            .replace("next-hop: 203.0.113.14", "next-hop: hosts")
            .replace(
                "next-hop: \"2001:db8:1::14\", healthy: { of: [h3, h4] }",
                "next-hop: hosts, healthy: { of: [h3, h4, h6] }")
            .replace(
                "services:", "  - { name: h6, address: \"2001:db8:1::13\", p2p: {} }\nservices:"));
  }

  private static DaemonConfig site(String text) {
    ConfigFile file = ConfigFile.parse("site.yaml", text);
    assertThat(file.problems()).isEmpty();
    return file.sites().values().iterator().next();
  }

  private Path write(String name, String text) throws IOException {
    Path file = Files.writeString(folder.resolve(name), text);
    // OpenBGPD takes no file that others may read.
    return Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
  }

  private static Programs.Status status(String... command) throws Exception {
    return Programs.run(List.of(command));
  }
}
