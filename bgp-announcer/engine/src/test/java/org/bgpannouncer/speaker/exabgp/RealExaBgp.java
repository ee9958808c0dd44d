package org.bgpannouncer.speaker.exabgp;

import static java.util.Objects.requireNonNull;
import static org.awaitility.Awaitility.await;

import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A real ExaBGP and a real BIRD beside it, on loopback, with ports and files of their own.
 *
 * <p>ExaBGP's child does nothing but sleep: the test opens the child's ends of the pipe through
 * /proc, so that it talks to ExaBGP with nothing between.
 */
final class RealExaBgp implements ExaBgpUnderTest {
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  /** BIRD's "192.0.2.1/32 unreachable [e 18:46:52.461 from 127.0.0.2] ...". */
  private static final Pattern ROUTE = Pattern.compile("(?m)^(\\S+/\\d+)\\s");

  enum Version {
    V4("exabgp", "exabgp 4."),
    V5("/usr/bin/python3 -m exabgp server", "exabgp 5.");

    private final String command;
    final String answer;

    Version(String command, String answer) {
      this.command = command;
      this.answer = answer;
    }
  }

  private final Version version;
  private final Path folder;
  private final int port;
  private final boolean neighborChanges;
  private final Map<String, String> settings = new LinkedHashMap<>();
  private final List<Path> namedPipes = new ArrayList<>();
  private @Nullable Process exabgp;
  private @Nullable Process bird;

  RealExaBgp(Version version, Path folder) throws IOException {
    this(version, folder, true);
  }

  RealExaBgp(Version version, Path folder, boolean neighborChanges) throws IOException {
    this.version = version;
    this.folder = folder;
    this.neighborChanges = neighborChanges;
    try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = free.getLocalPort();
    }
    settings.put("exabgp_daemon_user", "root");
    settings.put("exabgp_api_cli", "false");
    settings.put("exabgp_tcp_port", String.valueOf(port));
    settings.put("exabgp_log_level", version == Version.V4 ? "ERR" : "ERROR");
    writeConfiguration();
  }

  /** Replaces the child that only sleeps. The new one must write its pid as that one does. */
  void setChild(String script) throws IOException {
    Files.writeString(folder.resolve("child"), script);
  }

  /** Makes the command line's named pipes where ExaBGP looks for them; returns their base. */
  Path makeNamedPipes() throws IOException {
    Path runtime = Path.of(Files.isDirectory(Path.of("/run/exabgp")) ? "/run/exabgp" : "/run");
    String name = "announcer-it-" + port;
    settings.put("exabgp_api_cli", "true");
    settings.put("exabgp_api_pipename", name);
    Path base = runtime.resolve(name);
    for (String end : List.of(".in", ".out")) {
      Path pipe = Path.of(base + end);
      new ProcessBuilder("mkfifo", "-m", "600", pipe.toString()).start().onExit().join();
      namedPipes.add(pipe);
    }
    return base;
  }

  private void writeConfiguration() throws IOException {
    Path child = folder.resolve("child");
    Files.writeString(
        child,
        """
        #!/bin/sh
        echo $$ > %1$s/pid.tmp; mv %1$s/pid.tmp %1$s/pid
        exec sleep 600
        """
            .formatted(folder));
    Files.setPosixFilePermissions(child, PosixFilePermissions.fromString("rwxr-xr-x"));
    Files.writeString(
        folder.resolve("exabgp.conf"),
        """
        process api { run %s; encoder json; }
        neighbor 127.0.0.1 {
          router-id 192.0.2.2; local-address 127.0.0.2; local-as 65001; peer-as 65000;
          hold-time 180;
          family { ipv4 unicast; ipv6 unicast; }
          api { processes [ api ]; %s }
        }
        """
            .formatted(child, neighborChanges ? "neighbor-changes;" : ""));
    Files.writeString(
        folder.resolve("bird.conf"),
        """
        router id 192.0.2.1;
        protocol device {}
        protocol bgp exa {
          local 127.0.0.1 port %d as 65000;
          neighbor 127.0.0.2 as 65001;
          multihop; passive; strict bind;
          ipv4 { import all; export none; };
          ipv6 { import all; export none; };
        }
        """
            .formatted(port));
  }

  @Override
  public void startRouter() throws IOException {
    bird =
        start(
            "bird",
            List.of("bird", "-f", "-c", "bird.conf", "-s", "bird.sock", "-P", "bird.pid"),
            Map.of());
    await().atMost(PATIENCE).until(() -> folder.resolve("bird.sock").toFile().exists());
  }

  @Override
  public void stopRouter() throws IOException {
    requireNonNull(bird).destroyForcibly().onExit().join();
    Files.deleteIfExists(folder.resolve("bird.sock"));
  }

  @Override
  public void startExaBgp() throws IOException {
    List<String> command = new ArrayList<>(List.of(version.command.split(" ")));
    command.add("exabgp.conf");
    Map<String, String> environment = new LinkedHashMap<>(settings);
    if (version == Version.V5) {
      environment.put("PYTHONPATH", python5().toString());
    }
    exabgp = start("exabgp", command, environment);
    childPid();
  }

  /** Where scripts/tools/exabgp5 puts it. */
  private static Path python5() {
    Path inside = Path.of("exabgp5/root/usr/lib/python3/dist-packages");
    List<Path> tools = new ArrayList<>();
    if (System.getenv("ANNOUNCER_TOOLS") != null) {
      tools.add(Path.of(System.getenv("ANNOUNCER_TOOLS")));
    }
    for (Path at = Path.of("").toAbsolutePath(); at != null; at = at.getParent()) {
      tools.add(at.resolve(".tools"));
    }
    return tools.stream()
        .map(folder -> folder.resolve(inside))
        .filter(Files::isDirectory)
        .findFirst()
        .orElseThrow(
            () -> new IllegalStateException("ExaBGP 5 is missing: run scripts/tools/exabgp5"));
  }

  private Process start(String name, List<String> command, Map<String, String> environment)
      throws IOException {
    ProcessBuilder builder = new ProcessBuilder(command).directory(folder.toFile());
    builder.environment().putAll(environment);
    File log = folder.resolve(name + ".log").toFile();
    builder.redirectErrorStream(true).redirectOutput(ProcessBuilder.Redirect.appendTo(log));
    try {
      return builder.start();
    } catch (IOException e) {
      throw new IOException(
          name + " is missing: apt-get install --no-install-recommends exabgp bird2", e);
    }
  }

  long childPid() {
    Path pid = folder.resolve("pid");
    await().atMost(PATIENCE).until(() -> pid.toFile().exists());
    try {
      return Long.parseLong(Files.readString(pid).trim());
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  boolean isAlive() {
    return requireNonNull(exabgp).isAlive();
  }

  @Override
  public void stall() throws IOException {
    signal("STOP");
  }

  @Override
  public void resume() throws IOException {
    signal("CONT");
  }

  @Override
  public void terminate() {
    requireNonNull(exabgp).destroy();
  }

  @Override
  public void kill() {
    requireNonNull(exabgp).destroyForcibly();
  }

  private void signal(String name) throws IOException {
    new ProcessBuilder("kill", "-" + name, String.valueOf(requireNonNull(exabgp).pid()))
        .start()
        .onExit()
        .join();
  }

  /** Our ends of the pipe between ExaBGP and its child. */
  @Override
  public ExaBgpPipe openPipe() throws IOException {
    Path descriptors = Path.of("/proc/" + childPid() + "/fd");
    return FilePipe.open(descriptors.resolve("0"), descriptors.resolve("1"));
  }

  @Override
  public OutputStream commands() throws IOException {
    return Files.newOutputStream(
        Path.of("/proc/" + childPid() + "/fd/1"), StandardOpenOption.WRITE);
  }

  /** Kills the child; ExaBGP starts another with a new pipe. */
  @Override
  public void killChild() throws IOException {
    long old = childPid();
    ProcessHandle.of(old).ifPresent(ProcessHandle::destroyForcibly);
    await().atMost(PATIENCE).until(() -> childPid() != old);
  }

  /** The prefixes that the router has from ExaBGP. */
  @Override
  public Set<String> routesAtRouter() {
    Set<String> routes = new TreeSet<>();
    Matcher line = ROUTE.matcher(birdc("show", "route"));
    while (line.find()) {
      routes.add(line.group(1));
    }
    return routes;
  }

  /** One route in all detail. */
  String routeAtRouter(String prefix) {
    return birdc("show", "route", "for", prefix, "all");
  }

  String birdc(String... words) {
    List<String> command = new ArrayList<>(List.of("birdc", "-s", "bird.sock"));
    command.addAll(List.of(words));
    try {
      Process process =
          new ProcessBuilder(command).directory(folder.toFile()).redirectErrorStream(true).start();
      String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      process.waitFor(5, TimeUnit.SECONDS);
      return output;
    } catch (IOException e) {
      throw new IllegalStateException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  String log() throws IOException {
    return Files.readString(folder.resolve("exabgp.log"));
  }

  /** Ends what was started here, and nothing else. */
  @Override
  public void close() {
    if (exabgp != null) {
      exabgp.destroyForcibly().onExit().join();
      ProcessHandle.of(childPid()).ifPresent(ProcessHandle::destroyForcibly);
    }
    if (bird != null) {
      bird.destroyForcibly().onExit().join();
    }
    namedPipes.forEach(pipe -> pipe.toFile().delete());
  }
}
