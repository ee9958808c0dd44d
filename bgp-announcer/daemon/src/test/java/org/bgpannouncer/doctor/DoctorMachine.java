package org.bgpannouncer.doctor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
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
import org.bgpannouncer.render.Programs;
import org.bgpannouncer.render.Renderer;
import org.bgpannouncer.render.Target;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * A machine in a namespace, set up as rendered: nothing is found. Then each misconfiguration is
 * made, found, mended by the command that is printed, and gone.
 */
@Timeout(180)
abstract class DoctorMachine {
  static final Path TALK = Path.of("../../docs/examples/talk.yaml");
  static final Path DUAL_STACK = Path.of("../../docs/examples/dual-stack.yaml");
  private static final ObjectMapper JSON = new ObjectMapper();
  static final Duration SOON = Duration.ofSeconds(30);

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

  /** Listens where a node does, and holds one connection to a peer, from the address it is told. */
  static final String NODE =
      """
      import socket, sys, time
      node = socket.create_server(("", 8333))
      peer = socket.create_connection(("9.9.9.9", 18333), 10, (sys.argv[1], 0))
      print("connected", flush=True)
      time.sleep(600)
      """;

  static final String PEER =
      """
      import socket
      with socket.create_server(("9.9.9.9", 18333)) as peer:
          print("listening", flush=True)
          held = [peer.accept() for _ in range(3)]  # the third never comes
      """;

  final String host = "doctor-it-" + ProcessHandle.current().pid();
  final List<Process> processes = new ArrayList<>();

  private JsonNode last = MissingNode.getInstance();

  /** Before each command: who may do what, and in which other namespaces. */
  List<String> wrapper = List.of();

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

  /** The talk's site file, with the cookies in our folder. */
  Path talk() throws IOException {
    return write(
        "talk.yaml",
        Files.readString(TALK)
            .replaceAll("/var/lib/bitcoind/(\\w+)/.cookie", folder + "/$1.cookie"));
  }

  void router() throws Exception {
    shell(
        "ip address add 85.208.70.1/32 dev lo",
        "ip address add 10.1.0.1/24 dev eth0",
        "ip address add 192.0.2.2/30 dev gateway0",
        "ip address add 192.0.2.66/30 dev gateway0");
  }

  static DaemonConfig site(Path file, String name) throws IOException {
    return ConfigFile.read(file).site(Optional.of(name)).orElseThrow();
  }

  static String text(DaemonConfig site, Target target, String machine) {
    return new Renderer()
        .render(target, site).stream()
            .filter(file -> file.machine().equals(machine))
            .findFirst()
            .orElseThrow()
            .text();
  }

  /** Geneva's first host, but for its node. */
  void setUpAsRendered(DaemonConfig site) throws Exception {
    shell("ip address add 10.1.0.11/24 dev eth0");
    apply(site, Target.IPROUTE2, "ip -batch");
    apply(site, Target.NFT, "nft -f");
    shell("sysctl -q -w net.ipv4.conf.eth0.arp_ignore=1 net.ipv4.conf.eth0.arp_announce=2");
  }

  Path apply(DaemonConfig site, Target target, String command) throws Exception {
    Path file = write("btc1." + target, text(site, target, "btc1"));
    shell(command + " " + file);
    return file;
  }

  void assertMended(Set<String> expected, String... doctor) throws Exception {
    assertThat(bad(doctor)).containsExactlyInAnyOrderElementsOf(expected);
    mend();
    assertThat(bad(doctor)).as("after the commands").isEmpty();
  }

  /** Runs the commands that the last diagnosis has printed, in their order. */
  void mend() throws Exception {
    assertThat(commands(last)).isNotEmpty();
    for (String command : commands(last)) {
      shell(command);
    }
  }

  /** As often as they are printed. */
  static List<String> commands(JsonNode diagnosis) {
    List<String> commands = new ArrayList<>();
    for (JsonNode finding : diagnosis.path("findings")) {
      if (finding.has("mend")) {
        assertThat(finding.path("why").asText()).endsWith(".");
        commands.add(finding.path("mend").asText());
      }
    }
    return commands;
  }

  List<String> commands(String... doctor) throws Exception {
    return commands(diagnosis(doctor));
  }

  /** What there is to mend: {@code CHECK VERDICT: FOUND}. */
  Set<String> bad(String... doctor) throws Exception {
    Set<String> found = new TreeSet<>();
    for (JsonNode finding : diagnosis(doctor).path("findings")) {
      if (finding.has("mend")) {
        String told =
            finding.path("check").asText()
                + " "
                + finding.path("verdict").asText()
                + ": "
                + finding.path("found").asText();
        assertThat(found.add(told)).as("told once: %s", told).isTrue();
      }
    }
    return found;
  }

  /** Has each further command see what is mounted so. */
  List<String> mounted(String mount) throws Exception {
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
  List<String> unchecked(String check, String... doctor) throws Exception {
    List<String> found = new ArrayList<>();
    for (JsonNode finding : diagnosis(doctor).path("findings")) {
      if (finding.path("check").asText().equals(check)
          && finding.path("verdict").asText().equals("unchecked")) {
        found.add(finding.path("found").asText());
      }
    }
    return found;
  }

  void nft(String ruleset) throws Exception {
    shell("nft -f " + write("ruleset.nft", ruleset));
  }

  /** Of that check alone. */
  Set<String> bad(String check, String[] doctor) throws Exception {
    Set<String> found = bad(doctor);
    found.removeIf(finding -> !finding.startsWith(check + " "));
    return found;
  }

  JsonNode diagnosis(String... doctor) throws Exception {
    Programs.Status status = run("announcer doctor --json " + String.join(" ", doctor));
    assertThat(status.code()).as(status.out()).isIn(0, 1);
    JsonNode diagnosis = JSON.readTree(status.out());
    assertThat(diagnosis.findValues("mend"))
        .hasSize(status.code() == 0 ? 0 : diagnosis.findValues("why").size());
    last = diagnosis;
    return diagnosis;
  }

  void shell(String... commands) throws Exception {
    for (String command : commands) {
      Programs.Status status = run(command);
      assertThat(status.code()).as("%s: %s", command, status.out()).isZero();
    }
  }

  Programs.Status run(String script) throws Exception {
    List<String> command = new ArrayList<>(wrapper);
    command.addAll(List.of("sh", "-ec", "PATH=" + folder + "/bin:$PATH; " + script));
    return Programs.run(Programs.in(host, command.toArray(String[]::new)));
  }

  void edit(Path file, String expression) throws Exception {
    shell("sed -i '" + expression + "' " + file);
  }

  static void protect(Path file, String permissions) throws IOException {
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(permissions));
  }

  Path write(String name, String text) throws IOException {
    return Files.writeString(folder.resolve(name), text);
  }

  Process python(String ready, String script, String... arguments) throws Exception {
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

  /** A machine of the Internet behind the uplink. */
  void addClient() throws Exception {
    Programs.say(List.of("ip", "netns", "add", host + "-c"));
    shell("ip link set gateway0 netns " + host + "-c");
    inClient("ip link set lo up; ip link set gateway0 up; ip address add 10.1.0.1/24 dev gateway0");
    inClient("ip route add 85.208.69.13 via 10.1.0.11");
  }

  void inClient(String script) {
    Programs.say(Programs.in(host + "-c", "sh", "-ec", script));
  }

  void removeClient() {
    Programs.say(List.of("ip", "netns", "del", host + "-c"));
  }
}
