package org.bgpannouncer.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.bgpannouncer.bgp.BgpError;
import org.bgpannouncer.bgp.session.SessionConfig;
import org.bgpannouncer.route.IpAddress;
import org.bgpannouncer.testkit.bgp.SimulatedPeer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * {@code peer} as a process of its own: its pipe, its signals, and a real BIRD at its other end.
 */
@Timeout(120)
final class PeerCommandIT {
  private static final Duration SOON = Duration.ofSeconds(30);

  @TempDir Path home;
  private final List<Process> processes = new ArrayList<>();

  @AfterEach
  void stop() throws InterruptedException {
    for (Process process : processes) {
      process.destroyForcibly().waitFor();
    }
  }

  @Test
  void ctrlCEndsItInOrderAndEachLineIsInThePipeWhenItIsSaid() throws Exception {
    Process peer = start("peer", "--listen", "127.0.0.1:0");
    BufferedReader out = peer.inputReader();
    int port = portOf(out.readLine());
    try (SimulatedPeer speaker =
        SimulatedPeer.dial(
            SessionConfig.of(64496, IpAddress.parse("192.0.2.1")),
            new InetSocketAddress(IpAddress.parse("127.0.0.1").toInetAddress(), port),
            new InetSocketAddress(0))) {
      speaker.awaitSession(SOON);
      assertThat(out.readLine()).contains("#1 127.0.0.1 established as 64496");
      signal("-INT", peer);
      assertThat(speaker.awaitNotification(SOON).message().error())
          .contains(BgpError.ADMINISTRATIVE_SHUTDOWN);
    }
    assertThat(out.readLine()).endsWith("#1 127.0.0.1 ended stopped");
    assertThat(out.readLine()).isNull();
    assertThat(peer.waitFor()).isZero();
  }

  @Test
  void ctrlCBeforeItCameIsAnswerNo() throws Exception {
    Process peer = start("peer", "--listen", "127.0.0.1:0", "--expect-announced", "192.0.2.0/24");
    portOf(peer.inputReader().readLine());
    signal("-TERM", peer);
    assertThat(peer.waitFor()).isEqualTo(1);
  }

  @Test
  void birdsWithdrawIsAnExitCode() throws Exception {
    Process peer =
        start(
            "peer",
            "--listen",
            "127.0.0.1:0",
            "--expect-announced",
            "192.0.2.0/24",
            "--expect-withdrawn",
            "192.0.2.0/24",
            "--within",
            "60s");
    BufferedReader out = peer.inputReader();
    int port = portOf(out.readLine());
    Path file =
        Files.writeString(
            home.resolve("bird.conf"),
            """
            router id 192.0.2.2;
            protocol device {}
            protocol static nets { ipv4; route 192.0.2.0/24 blackhole; }
            protocol bgp r {
              local 127.0.0.1 as 64496;
              neighbor 127.0.0.1 port %d as 65000;
              multihop; connect delay time 1;
              ipv4 { import all; export all; next hop address 198.51.100.1; };
            }
            """
                .formatted(port));
    String control = home.resolve("bird.ctl").toString();
    run("/usr/sbin/bird", "-f", "-c", file.toString(), "-s", control);
    String line = "";
    while (!line.contains(" announce ")) {
      line = out.readLine();
      assertThat(line).isNotNull();
    }
    assertThat(line).endsWith("announce 192.0.2.0/24 next-hop 198.51.100.1 as-path 64496");
    assertThat(run("/usr/sbin/birdc", "-s", control, "disable", "nets").waitFor()).isZero();
    assertThat(peer.waitFor()).isZero();
  }

  private Process start(String... arguments) throws IOException {
    List<String> command =
        new ArrayList<>(
            List.of(
                // A build in the background of a shell ignores it, and so does all that it starts.
                "env",
                "--default-signal=INT",
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                Main.class.getName()));
    command.addAll(List.of(arguments));
    Process process =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    processes.add(process);
    return process;
  }

  private Process run(String... command) throws IOException {
    Process process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(home.resolve("log").toFile())
            .start();
    processes.add(process);
    return process;
  }

  private static void signal(String signal, Process process)
      throws IOException, InterruptedException {
    Process kill = new ProcessBuilder("kill", signal, "" + process.pid()).start();
    assertThat(kill.waitFor(10, TimeUnit.SECONDS)).isTrue();
  }

  private static int portOf(String listening) {
    assertThat(listening).contains(" listening 127.0.0.1:");
    return Integer.parseInt(listening.replaceAll(".*127\\.0\\.0\\.1:([0-9]+) .*", "$1"));
  }
}
