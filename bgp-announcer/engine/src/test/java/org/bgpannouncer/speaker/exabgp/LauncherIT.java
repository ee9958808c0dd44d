package org.bgpannouncer.speaker.exabgp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** scripts/launcher, with stand-ins for the announcer. */
final class LauncherIT {
  private static final String PREFIX = "192.0.2.0/24";

  /** Lives until its stdin ends, as the announcer does. */
  private static final String LIVES =
      """
      #!/bin/sh
      echo $$ > %1$s/pid.tmp; mv %1$s/pid.tmp %1$s/pid
      echo 192.0.2.0/24 >&4
      echo announce route 192.0.2.0/24 next-hop self >&3
      exec cat > /dev/null
      """;

  @TempDir Path folder = Path.of("");

  @ParameterizedTest
  @EnumSource(RealExaBgp.Version.class)
  void theRouteOutlivesFiveKillsOfTheAnnouncerAndNotTheSixth(RealExaBgp.Version version)
      throws Exception {
    try (RealExaBgp exabgp = new RealExaBgp(version, folder)) {
      Path announcer = script("announcer", LIVES.formatted(folder));
      exabgp.setChild("#!/bin/sh\nexec " + launcher() + " --linger 2 -- " + announcer + "\n");
      exabgp.startRouter();
      exabgp.startExaBgp();
      awaitRoutes(exabgp, Set.of(PREFIX));
      for (int i = 0; i < 5; i++) {
        exabgp.killChild();
        assertThat(exabgp.routesAtRouter()).containsExactly(PREFIX);
      }
      ProcessHandle.of(exabgp.childPid()).ifPresent(ProcessHandle::destroyForcibly);
      awaitRoutes(exabgp, Set.of());
      assertThat(exabgp.isAlive()).isTrue();
    }
  }

  @Test
  void anAnnouncerWithoutASignOfLifeIsKilledAndItsRoutesWithdrawn() throws Exception {
    Process launcher =
        launch(
            "#!/bin/sh\nexec sleep 600\n", "--adopt-for", "1", "--linger", "0", "--allow", PREFIX);
    assertThat(output(launcher)).isEqualTo("withdraw route " + PREFIX + "\n");
    assertThat(launcher.waitFor()).isEqualTo(69);
  }

  @Test
  void whatTheAnnouncerPrintsIsNoCommand() throws Exception {
    Process launcher =
        launch("#!/bin/sh\necho 192.0.2.0/24 >&4\necho a dump\necho a command >&3\nexit 0\n");
    assertThat(output(launcher)).isEqualTo("a command\n");
    assertThat(launcher.waitFor()).isZero();
  }

  @Test
  void aConfigurationErrorIsNotTriedAgainAndWithdraws() throws Exception {
    Process launcher =
        launch("#!/bin/sh\necho a command >&3\nexit 78\n", "--linger", "0", "--allow", PREFIX);
    assertThat(output(launcher)).isEqualTo("a command\nwithdraw route " + PREFIX + "\n");
    assertThat(launcher.waitFor()).isEqualTo(78);
  }

  @Test
  void sigtermIsPassedOnAndTheAnnouncersWithdrawsAreTheLastWord() throws Exception {
    Process launcher =
        launch(
            """
            #!/bin/bash
            trap 'echo withdraw route 192.0.2.0/24 >&3; exit 0' TERM
            echo 192.0.2.0/24 >&4
            echo ready >&3
            while :; do read -r -t 1 _; done
            """);
    InputStream commands = launcher.getInputStream();
    assertThat(new String(commands.readNBytes(6), StandardCharsets.US_ASCII)).isEqualTo("ready\n");
    launcher.toHandle().destroy(); // Process.destroy closes the streams too
    assertThat(output(launcher)).isEqualTo("withdraw route " + PREFIX + "\n");
    assertThat(launcher.waitFor()).isZero();
  }

  @Test
  void anAnnouncerDeafToSigtermIsKilledAndItsRoutesWithdrawn() throws Exception {
    Process launcher =
        launch(
            """
            #!/bin/bash
            trap '' TERM
            echo 192.0.2.0/24 >&4
            echo ready >&3
            while :; do read -r -t 1 _; done
            """,
            "--stop-for",
            "1");
    InputStream commands = launcher.getInputStream();
    assertThat(new String(commands.readNBytes(6), StandardCharsets.US_ASCII)).isEqualTo("ready\n");
    launcher.toHandle().destroy(); // Process.destroy closes the streams too
    assertThat(output(launcher)).isEqualTo("withdraw route " + PREFIX + "\n");
  }

  // ---- words of these tests ----

  private Process launch(String announcer, String... options) throws IOException {
    List<String> command = new ArrayList<>(List.of(launcher().toString()));
    command.addAll(List.of(options));
    command.addAll(List.of("--", script("announcer", announcer).toString()));
    return new ProcessBuilder(command)
        .redirectError(folder.resolve("launcher.log").toFile())
        .start();
  }

  private static String output(Process process) throws IOException, InterruptedException {
    String all = new String(process.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
    assertThat(process.waitFor(10, TimeUnit.SECONDS)).isTrue();
    return all;
  }

  private Path script(String name, String text) throws IOException {
    Path script = folder.resolve(name);
    Files.writeString(script, text);
    Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwxr-xr-x"));
    return script;
  }

  private static Path launcher() {
    for (Path at = Path.of("").toAbsolutePath(); at != null; at = at.getParent()) {
      Path found = at.resolve("scripts/launcher");
      if (Files.isExecutable(found)) {
        return found;
      }
    }
    throw new IllegalStateException("scripts/launcher is missing");
  }

  private static void awaitRoutes(RealExaBgp exabgp, Set<String> wanted) {
    await("routes at the router")
        .atMost(Duration.ofSeconds(15))
        .untilAsserted(() -> assertThat(exabgp.routesAtRouter()).isEqualTo(wanted));
  }
}
