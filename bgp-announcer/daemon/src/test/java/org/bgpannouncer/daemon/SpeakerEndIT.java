package org.bgpannouncer.daemon;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.bgpannouncer.daemon.OneSite.Way;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A daemon whose speaker ends while ExaBGP lives, and what its launcher makes of that. */
class SpeakerEndIT {
  @TempDir Path folder;

  @Test
  void anOvertakenDaemonAndItsLauncherLeaveThePipeToTheNewer() throws Exception {
    try (OneSite site = new OneSite(folder, Way.EXABGP_4_EXTERNAL)) {
      site.awaitAnnounced();
      ProcessHandle daemon = site.daemon();
      ProcessHandle launcher = site.launcher();
      Path pipe = Files.readSymbolicLink(Path.of("/proc/" + daemon.pid() + "/fd/0"));
      Path log = folder.resolve("newer.log");
      site.startBeside(log);
      await("the older daemon's end").atMost(OneSite.PATIENCE).until(() -> !daemon.isAlive());
      await("the older launcher lets go")
          .atMost(OneSite.PATIENCE)
          .until(() -> launcher.isAlive() && !holds(launcher, pipe));

      site.node.die();
      site.awaitWithdrawn();
      site.node.revive();
      site.awaitAnnounced();
      assertThat(Stream.concat(Stream.of(launcher), launcher.descendants()))
          .as("who lingers holds nothing of the newer's pipe")
          .noneMatch(each -> holds(each, pipe));
      assertThat(log).content().contains("event=speaker-synchronised", "event=acknowledged");
      assertThat(site.log()).contains("another announcer has taken over the pipe");
    }
  }

  @Test
  void aSpeakerThatFailsInsideALivingExaBgpIsStartedAgainAtOnce() throws Exception {
    Path siteFile = folder.resolve("site.yaml");
    Files.writeString(
        siteFile,
        """
        site: A
        local-as: 65001
        speaker: { type: exabgp }
        allow: [192.0.2.0/24]
        control: { socket: %s/control.sock }
        hosts: [{ name: h1, address: 127.0.0.1, p2p: { port: 1 } }]
        services: [{ name: s, prefixes: [192.0.2.0/24], healthy: { of: [h1] } }]
        """
            .formatted(folder));
    Path log = folder.resolve("log");
    Process launcher =
        new ProcessBuilder("sh", "-c", "exec " + OneSite.command(siteFile))
            .redirectError(log.toFile())
            .start();
    try (OutputStream answers = launcher.getOutputStream();
        BufferedReader commands = launcher.inputReader(StandardCharsets.US_ASCII)) {
      int starts = 0;
      for (String line = commands.readLine(); starts < 2; line = commands.readLine()) {
        starts += "#".equals(line) ? 1 : 0;
        answers.write("error\n".getBytes(StandardCharsets.US_ASCII));
        answers.flush();
      }
    } finally {
      List<ProcessHandle> children = launcher.descendants().toList();
      launcher.destroyForcibly().onExit().join();
      children.forEach(ProcessHandle::destroyForcibly);
    }
    assertThat(log)
        .content()
        .contains("ExaBGP understands neither grammar")
        .contains("launcher: the announcer died (status 70): started again");
  }

  private static boolean holds(ProcessHandle process, Path pipe) {
    try (Stream<Path> descriptors = Files.list(Path.of("/proc/" + process.pid() + "/fd"))) {
      return descriptors.anyMatch(each -> pipe.equals(target(each)));
    } catch (IOException e) {
      return false; // it has ended
    }
  }

  private static Path target(Path descriptor) {
    try {
      return Files.readSymbolicLink(descriptor);
    } catch (IOException e) {
      return descriptor; // closed meanwhile
    }
  }
}
