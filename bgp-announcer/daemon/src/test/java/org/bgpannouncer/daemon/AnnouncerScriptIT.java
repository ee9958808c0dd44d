package org.bgpannouncer.daemon;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The real scripts/announcer and launcher in a source tree where Maven and Java are stand-ins. */
final class AnnouncerScriptIT {
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final Path SCRIPTS = Path.of("../../scripts");

  /** Leaves what Maven would, and one line for each time it was called. */
  private static final String MAVEN =
      """
      #!/bin/bash
      echo built >> %1$s/builds
      [ ! -e %1$s/broken ] || { echo '[ERROR] cannot find symbol'; exit 1; }
      for option; do case $option in -Dannouncer.lib=*) lib=${option#*=} ;; esac; done
      mkdir -p "$lib" && : > "$lib/netty.jar"
      cd bgp-announcer/daemon/target && : > daemon-1.jar && : > daemon-1-sources.jar
      """;

  /** Runs until its stdin ends, and tells its class path; anything else is done at once. */
  private static final String JAVA =
      """
      #!/bin/bash
      case " $* " in *ArchiveClassesAtExit*) exit 0 ;; esac
      while [ "$1" != -cp ]; do shift; done
      [ "$4" = run ] || exit 0
      echo 192.0.2.0/24 >&4
      echo "$2" >> %1$s/started
      cat > /dev/null
      """;

  @TempDir Path tree;
  private Path target = Path.of("");
  private final List<Process> processes = new ArrayList<>();

  @BeforeEach
  void plant() throws IOException {
    target = tree.resolve("bgp-announcer/daemon/target");
    for (String module : List.of("health-probes", "bgp-announcer/daemon")) {
      Files.createDirectories(tree.resolve(module + "/src/main"));
      Files.createFile(tree.resolve(module + "/pom.xml"));
    }
    Files.createFile(tree.resolve("pom.xml"));
    Files.createFile(tree.resolve("bgp-announcer/pom.xml"));
    executable("scripts/announcer", Files.readString(SCRIPTS.resolve("announcer")));
    executable("scripts/launcher", Files.readString(SCRIPTS.resolve("launcher")));
    executable("jdk/bin/mvn", MAVEN.formatted(tree));
    executable("jdk/bin/java", JAVA.formatted(tree));
  }

  @AfterEach
  void stop() {
    for (Process process : processes) {
      process.descendants().forEach(ProcessHandle::destroyForcibly);
      process.destroyForcibly();
    }
  }

  @Test
  void whatRunsKeepsItsJarsWhileOthersBuild() throws Exception {
    Process running = start(Map.of(), "run");
    await().atMost(PATIENCE).until(() -> Files.exists(tree.resolve("started")));
    Path held = newest();
    assertThat(tree.resolve("started"))
        .hasContent(held + "/announcer.jar:" + held + "/lib/netty.jar");

    Path unheld = rebuild();
    Path previous = rebuild();
    Path newest = rebuild();
    assertThat(apps()).containsExactlyInAnyOrder(held, previous, newest).doesNotContain(unheld);

    running.getOutputStream().close();
    assertThat(status(running)).isZero();
    assertThat(apps()).contains(held);
    Path after = rebuild();
    assertThat(apps()).containsExactlyInAnyOrder(newest, after);
  }

  @Test
  void aCommandThatAsksBuildsNothingWhenSomethingIsBuilt() throws Exception {
    assertThat(call("status")).isZero();
    assertThat(builds()).isEqualTo(1);
    touchASource();
    assertThat(call("status")).isZero();
    assertThat(call("check-config")).isZero();
    assertThat(builds()).isEqualTo(1);
    assertThat(call("probe")).isZero();
    assertThat(builds()).isEqualTo(2);
  }

  @Test
  void aFailedBuildLeavesTheOneBefore() throws Exception {
    assertThat(call("--build-only")).isZero();
    Path before = newest();
    touchASource();
    Files.createFile(tree.resolve("broken"));
    assertThat(call("--build-only")).isEqualTo(70);
    assertThat(newest()).isEqualTo(before);
    assertThat(apps()).containsExactly(before);
  }

  @Test
  void underExaBgpAFailedBuildEndsNoSoonerThanItMay() throws Exception {
    Files.createFile(tree.resolve("broken"));
    assertThat(lifetimeOf(Map.of("ANNOUNCER_LINGER", "2"), 70)).isGreaterThan(seconds(2));
    assertThat(lifetimeOf(Map.of("ANNOUNCER_LINGER", "2", "ANNOUNCER_NO_BUILD", "1"), 74))
        .isGreaterThan(seconds(2));
  }

  @Test
  void onATerminalAFailedBuildEndsAtOnce() throws Exception {
    Files.createFile(tree.resolve("broken"));
    assertThat(call("run")).isEqualTo(70);
  }

  // ---- words of these tests ----

  private Duration lifetimeOf(Map<String, String> environment, int status) throws Exception {
    long begun = System.nanoTime();
    assertThat(status(start(environment, "run"))).isEqualTo(status);
    return Duration.ofNanos(System.nanoTime() - begun);
  }

  private static Duration seconds(int seconds) {
    return Duration.ofSeconds(seconds);
  }

  /** The status of a command whose stdin is no pipe; it has no time to linger. */
  private int call(String command) throws Exception {
    ProcessBuilder builder = builder(Map.of("ANNOUNCER_LINGER", "600"), command);
    return status(keep(builder.redirectInput(Path.of("/dev/null").toFile()).start()));
  }

  private Process start(Map<String, String> environment, String command) throws IOException {
    return keep(builder(environment, command).start());
  }

  private Process keep(Process process) {
    processes.add(process);
    return process;
  }

  private ProcessBuilder builder(Map<String, String> environment, String command) {
    ProcessBuilder builder =
        new ProcessBuilder(tree.resolve("scripts/announcer").toString(), command)
            .redirectOutput(tree.resolve("out").toFile())
            .redirectError(ProcessBuilder.Redirect.appendTo(tree.resolve("log").toFile()));
    builder.environment().putAll(environment);
    builder.environment().put("JAVA_HOME", tree.resolve("jdk").toString());
    builder.environment().merge("PATH", tree + "/jdk/bin", (path, first) -> first + ":" + path);
    return builder;
  }

  private static int status(Process process) throws InterruptedException {
    assertThat(process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
    return process.exitValue();
  }

  private Path rebuild() throws Exception {
    touchASource();
    assertThat(call("--build-only")).isZero();
    return newest();
  }

  private void touchASource() throws IOException {
    Files.setLastModifiedTime(
        tree.resolve("bgp-announcer/daemon/src/main"), FileTime.from(Instant.now()));
  }

  private Path newest() throws IOException {
    return target.resolve("app").toRealPath();
  }

  private List<Path> apps() throws IOException {
    try (Stream<Path> found = Files.list(target.toRealPath())) {
      return found.filter(path -> path.getFileName().toString().startsWith("app.")).toList();
    }
  }

  private int builds() throws IOException {
    return Files.readAllLines(tree.resolve("builds")).size();
  }

  private void executable(String name, String text) throws IOException {
    Path file = tree.resolve(name);
    Files.createDirectories(file.getParent());
    Files.writeString(file, text);
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
  }
}
