package org.bgpannouncer.speaker.exabgp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Set;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** scripts/launcher under a real ExaBGP, with a stand-in for the announcer. */
final class LauncherIT {
  private static final String PREFIX = "192.0.2.0/24";

  /** Lives until its stdin ends, as the announcer does. */
  private static final String LIVES =
      """
      #!/bin/sh
      echo $$ > %1$s/pid.tmp; mv %1$s/pid.tmp %1$s/pid
      echo allow 192.0.2.0/24 >&4
      echo alive >&4
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

  @ParameterizedTest
  @EnumSource(RealExaBgp.Version.class)
  void theRouteIsWithdrawnWhenBothAreKilledAndTheNextAnnouncerRefusesToRun(
      RealExaBgp.Version version) throws Exception {
    try (RealExaBgp exabgp = new RealExaBgp(version, folder)) {
      Path announcer = script("announcer", LIVES.formatted(folder));
      exabgp.setChild("#!/bin/sh\nexec " + launcher() + " -- " + announcer + "\n");
      exabgp.startRouter();
      exabgp.startExaBgp();
      awaitRoutes(exabgp, Set.of(PREFIX));
      script("announcer", "#!/bin/sh\nexit 78\n");
      ProcessHandle killed = ProcessHandle.of(exabgp.childPid()).orElseThrow();
      killed.parent().orElseThrow().destroyForcibly();
      killed.destroyForcibly();
      awaitRoutes(exabgp, Set.of());
      assertThat(exabgp.isAlive()).isTrue();
    }
  }

  // ---- words of these tests ----

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
