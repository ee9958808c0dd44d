package org.bgpannouncer.daemon;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.LocalTime;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.bgpannouncer.control.ControlClient;
import org.bgpannouncer.testkit.FreePort;
import org.bgpannouncer.testkit.bitcoin.SimulatedBitcoind;
import org.bgpannouncer.testkit.bitcoin.SimulatorLoop;

/**
 * A real BIRD, a simulated node, and between them the daemon: as the process of a real ExaBGP, or
 * speaking BGP itself.
 */
final class OneSite implements AutoCloseable {
  /** Who speaks BGP, and to whom. */
  enum Way {
    EXABGP_4_EXTERNAL("exabgp 4.", 65000),
    EXABGP_4_INTERNAL("exabgp 4.", LOCAL_AS),
    EXABGP_5_EXTERNAL("exabgp 5.", 65000),
    EXABGP_5_INTERNAL("exabgp 5.", LOCAL_AS),
    EMBEDDED_EXTERNAL("embedded", 65000),
    EMBEDDED_INTERNAL("embedded", LOCAL_AS);

    final String version;
    private final long routersAs;

    Way(String version, long routersAs) {
      this.version = version;
      this.routersAs = routersAs;
    }

    boolean isInternal() {
      return routersAs == LOCAL_AS;
    }

    boolean isExaBgp() {
      return version.startsWith("exabgp");
    }
  }

  static final Duration PATIENCE = Duration.ofSeconds(60);
  static final String PREFIX = "192.0.2.0/24";
  private static final long LOCAL_AS = 65001;
  private static final Path SCRIPTS = Path.of("../../scripts").toAbsolutePath();
  private static final Pattern TIME = Pattern.compile("\\d\\d:\\d\\d:\\d\\d\\.\\d{3}");

  private final Path folder;
  private final Way way;
  private final int port;
  private final SimulatorLoop loop = new SimulatorLoop();
  final SimulatedBitcoind node = SimulatedBitcoind.start(loop, "h1");
  private final List<Process> processes = new ArrayList<>();

  /**
   * Starts all.
   *
   * @param options of {@code announcer run}, beside --config
   */
  OneSite(Path folder, Way way, String... options) throws IOException {
    this.folder = folder;
    this.way = way;
    this.port = FreePort.ofLoopback();
    // By RPC the node tells that it has free slots: otherwise it would be spared our handshakes.
    node.rpc().login("announcer", "secret");
    Files.writeString(folder.resolve("password"), "secret\n");
    writeSite("");
    writeRouting(String.join(" ", options));
    start("bird", "bird", "-f", "-c", "bird.conf", "-s", "bird.sock", "-P", "bird.pid");
    await().atMost(PATIENCE).until(() -> Files.exists(folder.resolve("bird.sock")));
    startSpeaker();
  }

  /** ExaBGP, and below it the daemon; or the daemon alone. */
  private void startSpeaker() throws IOException {
    if (way.isExaBgp()) {
      start("speaker", command(way).split(" "));
    } else {
      start("speaker", folder.resolve("run").toString());
    }
  }

  /** {@code kill -9} of the daemon that speaks itself. */
  void killSpeaker() {
    daemon().destroyForcibly();
    processes.get(1).onExit().join();
  }

  /** Starts another one in its place. */
  void restartSpeaker() throws IOException {
    processes.remove(1);
    startSpeaker();
  }

  /** How its ExaBGP is run: 5 as the script that has fetched it says. */
  private static String command(Way way) throws IOException {
    if (way.version.equals("exabgp 4.")) {
      return "exabgp exabgp.conf";
    }
    Process script =
        new ProcessBuilder(SCRIPTS.resolve("tools/exabgp5").toString())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    String said = new String(script.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    return "env " + said.strip().replaceFirst("^.*: ", "").replace("CONFIGURATION", "exabgp.conf");
  }

  /** Writes the site file; {@code more} goes into its service. */
  void writeSite(String more) throws IOException {
    Files.deleteIfExists(folder.resolve("site.yaml"));
    Files.writeString(
        folder.resolve("site.yaml"),
        """
        site: A
        local-as: %d
        speaker: %s
        allow: [%s]
        health: { interval: 200ms, fast-interval: 50ms, rise: 2, hold-down: 0s }
        control: { socket: %s/control.sock }
        hosts:
          - name: h1
            address: 127.0.0.1
            p2p: { port: %d, handshake-interval: 1s }
            rpc: { port: %d, user: announcer, password-file: %s/password }
        services:
          - name: bitcoin
            prefixes: [%s]
            %s
            healthy: { of: [h1] }
        """
            .formatted(
                LOCAL_AS,
                speaker(),
                PREFIX,
                folder,
                node.p2p().address().getPort(),
                node.rpc().address().getPort(),
                folder,
                PREFIX,
                more));
  }

  private String speaker() {
    return way.isExaBgp()
        ? "{ type: exabgp }"
        : "{ neighbors: [ { address: 127.0.0.1, port: %d, as: %d, local-address: 127.0.0.2 } ] }"
            .formatted(port, way.routersAs);
  }

  /** A file that hangs whoever reads it. */
  void replaceSiteFileByAPipe() throws IOException {
    Path file = folder.resolve("site.yaml");
    Files.delete(file);
    new ProcessBuilder("mkfifo", file.toString()).start().onExit().join();
  }

  /** The launcher and below it the daemon of this site file, for a shell. */
  static String command(Path siteFile) {
    return SCRIPTS.resolve("launcher") + " -- " + daemonCommand(siteFile);
  }

  private static String daemonCommand(Path siteFile) {
    return "%s -XX:TieredStopAtLevel=1 -cp '%s' org.bgpannouncer.cli.Main run --config %s"
        .formatted(
            Path.of(System.getProperty("java.home"), "bin", "java"),
            System.getProperty("java.class.path"),
            siteFile);
  }

  private void writeRouting(String options) throws IOException {
    Path run = folder.resolve("run");
    Path siteFile = folder.resolve("site.yaml");
    String command = way.isExaBgp() ? command(siteFile) : daemonCommand(siteFile);
    Files.writeString(run, "#!/bin/sh\nexec " + command + " " + options + "\n");
    Files.setPosixFilePermissions(run, PosixFilePermissions.fromString("rwxr-xr-x"));
    Files.writeString(
        folder.resolve("exabgp.conf"),
        """
        process announcer { run %s; encoder json; }
        neighbor 127.0.0.1 {
          router-id 192.0.2.2; local-address 127.0.0.2; local-as %d; peer-as %d;
          hold-time 180;
          family { ipv4 unicast; }
          api { processes [ announcer ]; neighbor-changes; }
        }
        """
            .formatted(run, LOCAL_AS, way.routersAs));
    Files.writeString(
        folder.resolve("bird.conf"),
        """
        router id 192.0.2.1;
        protocol device {}
        protocol bgp exa {
          local 127.0.0.1 port %d as %d;
          neighbor 127.0.0.2 as %d;
          multihop; passive; strict bind;
          %s
          ipv4 { import all; export none; };
        }
        """
            .formatted(port, way.routersAs, LOCAL_AS, way.isInternal() ? "allow local as 3;" : ""));
  }

  private Process start(String name, String... command) throws IOException {
    ProcessBuilder builder = new ProcessBuilder(command).directory(folder.toFile());
    builder
        .environment()
        .putAll(
            Map.of(
                "exabgp_daemon_user",
                "root",
                "TMPDIR",
                folder.toString(),
                "exabgp_api_cli",
                "false",
                "exabgp_tcp_port",
                String.valueOf(port),
                "PATH",
                System.getenv("PATH") + File.pathSeparator + "/usr/sbin"));
    builder.redirectErrorStream(true).redirectOutput(folder.resolve(name + ".log").toFile());
    try {
      Process process = builder.start();
      processes.add(process);
      return process;
    } catch (IOException e) {
      throw new IOException(command[0] + ": missing (expected: apt-get install exabgp bird2)", e);
    }
  }

  /** What BIRD knows of the prefix, with the time it came; empty if nothing. */
  String route(String... more) {
    String[] words =
        Stream.concat(Stream.of("show", "route", PREFIX), Stream.of(more)).toArray(String[]::new);
    String text = birdc(words);
    int at = text.indexOf(PREFIX);
    return at < 0 ? "" : text.substring(at);
  }

  /** What BIRD says of the session. */
  String session() {
    return birdc("show", "protocols", "all", "exa");
  }

  private String birdc(String... words) {
    try {
      List<String> command = new ArrayList<>(List.of("birdc", "-s", "bird.sock"));
      command.addAll(List.of(words));
      Process birdc =
          new ProcessBuilder(command).directory(folder.toFile()).redirectErrorStream(true).start();
      return new String(birdc.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Until BIRD's route has all of these. */
  void awaitRoute(String... attributes) {
    await(String.join(", ", attributes) + "; " + folder)
        .atMost(PATIENCE)
        .until(
            () -> {
              String route = route("all");
              return List.of(attributes).stream().allMatch(route::contains);
            });
  }

  /** Asserts that the route is still that one, from the same moment. */
  void assertUnmoved(String before) {
    String after = route();
    assertThat(timeless(after)).isEqualTo(timeless(before));
    // BIRD derives it anew each time from two clocks: it may differ by a millisecond.
    assertThat(timeOf(after)).isCloseTo(timeOf(before), within(10, ChronoUnit.MILLIS));
  }

  private static String timeless(String route) {
    return TIME.matcher(route).replaceFirst("TIME");
  }

  private static LocalTime timeOf(String route) {
    Matcher time = TIME.matcher(route);
    assertThat(time.find()).as(route).isTrue();
    return LocalTime.parse(time.group());
  }

  void awaitAnnounced() {
    await("announced; " + folder).atMost(PATIENCE).until(() -> !route().isEmpty());
  }

  void awaitWithdrawn() {
    await("withdrawn; " + folder)
        .atMost(PATIENCE)
        .pollInterval(Duration.ofMillis(20))
        .until(() -> route().isEmpty());
  }

  /** Until the service is in this state. */
  void awaitState(String state) {
    await(state + "; " + folder)
        .atMost(PATIENCE)
        .ignoreExceptions()
        .until(() -> call("GET", "/v1/status").at("/services/0/state").asText().equals(state));
  }

  /** {@code kill -9}, until the next one has said that it runs. */
  void killDaemon() throws IOException {
    String since = call("GET", "/v1/status").path("since").asText();
    daemon().destroyForcibly();
    await("another daemon; " + folder)
        .atMost(PATIENCE)
        .ignoreExceptions()
        .until(() -> !call("GET", "/v1/status").path("since").asText().equals(since));
  }

  JsonNode call(String method, String path) throws IOException {
    return call(method, path, "");
  }

  JsonNode call(String method, String path, String body) throws IOException {
    return new ObjectMapper()
        .readTree(
            new ControlClient(folder.resolve("control.sock"), Duration.ofSeconds(10))
                .call(method, path, body)
                .json());
  }

  /** The daemon itself: the JVM beneath the launcher. */
  ProcessHandle daemon() {
    ProcessHandle speaker = processes.get(1).toHandle();
    return Stream.concat(Stream.of(speaker), speaker.descendants())
        .filter(each -> each.info().command().orElse("").endsWith("/java"))
        .findFirst()
        .orElseThrow();
  }

  /** The launcher above it, ExaBGP's child. */
  ProcessHandle launcher() {
    return daemon().parent().orElseThrow();
  }

  /** Starts a second launcher and daemon on the pipe of the first; it logs to this file. */
  void startBeside(Path log) throws IOException {
    Path descriptors = Path.of("/proc/" + daemon().pid() + "/fd");
    Process beside =
        new ProcessBuilder(folder.resolve("run").toString())
            .redirectInput(descriptors.resolve("0").toFile())
            .redirectOutput(descriptors.resolve("3").toFile())
            .redirectError(log.toFile())
            .start();
    processes.add(beside);
  }

  /** Sends a signal to the daemon, e.g. {@code HUP}. */
  void signalDaemon(String signal) throws IOException {
    signal(signal, daemon().pid());
  }

  /** Sends a signal to ExaBGP, e.g. {@code STOP}. */
  void signalExaBgp(String signal) throws IOException {
    signal(signal, processes.get(1).pid());
  }

  private static void signal(String signal, long pid) throws IOException {
    new ProcessBuilder("kill", "-" + signal, String.valueOf(pid)).start().onExit().join();
  }

  void awaitLogged(String text) {
    await(text + "; " + folder).atMost(PATIENCE).until(() -> log().contains(text));
  }

  String log() throws IOException {
    return Files.readString(folder.resolve("speaker.log"));
  }

  @Override
  public void close() {
    for (int i = processes.size() - 1; i >= 0; i--) {
      Process process = processes.get(i);
      List<ProcessHandle> children = process.descendants().toList();
      process.destroyForcibly();
      children.forEach(ProcessHandle::destroyForcibly);
      process.onExit().join();
    }
    node.close();
    loop.close();
  }
}
