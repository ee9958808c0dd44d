package org.bgpannouncer.speaker.exabgp;

import static java.util.Objects.requireNonNull;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.OutputStream;
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
import org.bgpannouncer.testkit.FreePort;
import org.jspecify.annotations.Nullable;

/**
 * A real ExaBGP and real BIRDs beside it, on loopback, with ports and files of their own.
 *
 * <p>ExaBGP's child does nothing but sleep: the test opens the child's ends of the pipe through
 * /proc, so that it talks to ExaBGP with nothing between.
 */
final class RealExaBgp implements ExaBgpUnderTest {
  /** Its own AS. */
  static final long AS = 65001;

  private static final Duration PATIENCE = Duration.ofSeconds(20);

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
  private final List<RealRouter> routers = new ArrayList<>();
  private String capability = "";
  private @Nullable Process exabgp;

  RealExaBgp(Version version, Path folder) throws IOException {
    this(version, folder, true);
  }

  RealExaBgp(Version version, Path folder, boolean neighborChanges) throws IOException {
    this(version, folder, neighborChanges, List.of(RealRouter.Place.FIRST));
  }

  RealExaBgp(
      Version version, Path folder, boolean neighborChanges, List<RealRouter.Place> neighbors)
      throws IOException {
    this(version, folder, neighborChanges, neighbors, FreePort.ofLoopback());
  }

  /** One that looks for its routers on this port. */
  RealExaBgp(
      Version version,
      Path folder,
      boolean neighborChanges,
      List<RealRouter.Place> neighbors,
      int port)
      throws IOException {
    this.version = version;
    this.folder = folder;
    this.neighborChanges = neighborChanges;
    this.port = port;
    settings.put("exabgp_daemon_user", "root");
    settings.put("exabgp_api_cli", "false");
    settings.put("TMPDIR", folder.toString());
    settings.put("exabgp_tcp_port", String.valueOf(port));
    settings.put("exabgp_log_level", version == Version.V4 ? "ERR" : "ERROR");
    for (RealRouter.Place neighbor : neighbors) {
      routers.add(new RealRouter(neighbor, folder, port));
    }
    writeConfiguration();
  }

  /** The routers, by configured order. */
  List<RealRouter> routers() {
    return routers;
  }

  /** Replaces the child that only sleeps. The new one must write its pid as that one does. */
  void setChild(String script) throws IOException {
    Files.writeString(folder.resolve("child"), script);
  }

  /** From its next start on it tells several paths to a prefix apart. */
  void tellPaths() throws IOException {
    capability = "add-path send;";
    writeConfiguration();
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
    StringBuilder text =
        new StringBuilder("process api { run %s; encoder json; }\n".formatted(child));
    String api = "processes [ api ]; " + (neighborChanges ? "neighbor-changes;" : "");
    routers.forEach(router -> text.append(router.neighbor(api, capability)));
    Files.writeString(folder.resolve("exabgp.conf"), text);
  }

  @Override
  public void startRouter() throws IOException {
    routers.get(0).start();
  }

  @Override
  public void stopRouter() throws IOException {
    routers.get(0).stop();
  }

  @Override
  public void startExaBgp() throws IOException {
    List<String> command = new ArrayList<>(List.of(version.command.split(" ")));
    command.add("exabgp.conf");
    Map<String, String> environment = new LinkedHashMap<>(settings);
    if (version == Version.V5) {
      environment.put("PYTHONPATH", python5().toString());
    }
    exabgp = start(folder, "exabgp.log", command, environment);
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

  static Process start(
      Path folder, String log, List<String> command, Map<String, String> environment)
      throws IOException {
    ProcessBuilder builder = new ProcessBuilder(command).directory(folder.toFile());
    builder.environment().putAll(environment);
    builder
        .redirectErrorStream(true)
        .redirectOutput(ProcessBuilder.Redirect.appendTo(folder.resolve(log).toFile()));
    try {
      return builder.start();
    } catch (IOException e) {
      throw new IOException(
          command.get(0) + " is missing: apt-get install --no-install-recommends exabgp bird2", e);
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

  /** The prefixes that the first router has. */
  @Override
  public Set<String> routesAtRouter() {
    return routers.get(0).routes();
  }

  /** Kills it and starts it anew, with another child. */
  void restart() throws IOException {
    long old = childPid();
    kill();
    requireNonNull(exabgp).onExit().join();
    ProcessHandle.of(old).ifPresent(ProcessHandle::destroyForcibly);
    Files.delete(folder.resolve("pid"));
    startExaBgp();
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
    routers.forEach(RealRouter::close);
    namedPipes.forEach(pipe -> pipe.toFile().delete());
  }
}
