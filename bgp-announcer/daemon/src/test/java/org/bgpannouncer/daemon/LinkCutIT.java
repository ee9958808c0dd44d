package org.bgpannouncer.daemon;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import org.bgpannouncer.bgp.AddressFamily;
import org.bgpannouncer.bgp.session.ConnectMode;
import org.bgpannouncer.bgp.session.PeerConfig;
import org.bgpannouncer.bgp.session.SessionConfig;
import org.bgpannouncer.bgp.speaker.ExportPolicy;
import org.bgpannouncer.bgp.speaker.Neighbor;
import org.bgpannouncer.route.IpAddress;
import org.bgpannouncer.route.NextHop;
import org.bgpannouncer.route.PathAttributes;
import org.bgpannouncer.route.Prefix;
import org.bgpannouncer.route.Rib;
import org.bgpannouncer.route.Route;
import org.bgpannouncer.route.RouteChange;
import org.bgpannouncer.speaker.RibUpdate;
import org.bgpannouncer.speaker.SpeakerEvent;
import org.bgpannouncer.speaker.embedded.EmbeddedSpeaker;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * The embedded speaker and a real BIRD in a network namespace of their own, on its loopback, which
 * goes down and comes up again: neither is told, and no packet arrives.
 */
@Timeout(120)
final class LinkCutIT {
  private static final Duration SOON = Duration.ofSeconds(30);
  private static final String PREFIX = "192.0.2.0/24";
  private static final String BIRD = "127.0.0.1";
  private static final String OURS = "127.0.0.2";

  @TempDir Path folder;
  private final String namespace = "cut-" + ProcessHandle.current().pid();
  private final List<Process> processes = new ArrayList<>();

  @BeforeEach
  void announce() throws Exception {
    say("ip", "netns", "add", namespace);
    say("ip", "-n", namespace, "link", "set", "lo", "up");
    Files.writeString(
        folder.resolve("bird.conf"),
        """
        router id 192.0.2.1;
        protocol device {}
        protocol bgp announcer {
          local %s as 65000;
          neighbor %s as 64496;
          multihop; passive; strict bind; hold time 3; error wait time 1, 1;
          ipv4 { import all; export none; };
        }
        """
            .formatted(BIRD, OURS));
    start("bird", "bird", "-f", "-c", "bird.conf", "-s", "bird.sock", "-P", "bird.pid");
    start(
        "ours",
        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
        "-cp",
        System.getProperty("java.class.path"),
        OurProcess.class.getName());
    await().atMost(SOON).until(() -> birdc("show route").contains(PREFIX));
  }

  @AfterEach
  void stop() throws Exception {
    for (Process process : processes) {
      // With what it runs in the namespace.
      process.descendants().forEach(ProcessHandle::destroyForcibly);
      process.destroyForcibly().waitFor();
    }
    say("ip", "netns", "del", namespace);
  }

  @Test
  void eachSidesHoldTimerEndsTheSessionAndItIsBackWhenTheNetworkIs() throws Exception {
    say("ip", "-n", namespace, "link", "set", "lo", "down");
    await().atMost(SOON).until(() -> !birdc("show route").contains(PREFIX));
    assertThat(birdc("show protocols all announcer")).contains("Error: Hold timer expired");
    await()
        .atMost(SOON)
        .untilAsserted(() -> assertThat(told()).contains("down: nothing heard for the hold time"));
    say("ip", "-n", namespace, "link", "set", "lo", "up");
    await().atMost(SOON).until(() -> birdc("show route").contains(PREFIX));
    await().atMost(SOON).untilAsserted(() -> assertThat(told()).endsWith("up"));
  }

  private List<String> told() throws IOException {
    return Files.readAllLines(folder.resolve("ours.log"));
  }

  private String birdc(String words) throws Exception {
    List<String> command = new ArrayList<>(List.of("birdc", "-s", "bird.sock"));
    command.addAll(List.of(words.split(" ")));
    Process process = builder(command).start();
    processes.add(process);
    return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
  }

  private void start(String name, String... command) throws IOException {
    List<String> inside = new ArrayList<>(List.of("ip", "netns", "exec", namespace));
    inside.addAll(List.of(command));
    processes.add(builder(inside).redirectOutput(folder.resolve(name + ".log").toFile()).start());
  }

  private void say(String... command) throws Exception {
    Process process = builder(List.of(command)).start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor(10, TimeUnit.SECONDS)).isTrue();
    assertThat(process.exitValue()).as("%s: %s", String.join(" ", command), said).isZero();
  }

  private ProcessBuilder builder(List<String> command) {
    ProcessBuilder builder =
        new ProcessBuilder(command).directory(folder.toFile()).redirectErrorStream(true);
    builder.environment().merge("PATH", "/usr/sbin:/sbin", (path, more) -> path + ":" + more);
    return builder;
  }

  /** Our side, in the namespace: a line for each beginning and end of the session. */
  static final class OurProcess {
    private OurProcess() {}

    public static void main(String[] arguments) throws Exception {
      SessionConfig session =
          new SessionConfig(
              64496,
              OptionalLong.empty(),
              IpAddress.parse("192.0.2.2"),
              Duration.ofSeconds(3),
              List.of(AddressFamily.IPV4_UNICAST));
      PeerConfig peer =
          PeerConfig.of(
                  session,
                  new InetSocketAddress(
                      IpAddress.parse(BIRD).toInetAddress(), PeerConfig.DEFAULT_PORT))
              .withLocal(IpAddress.parse(OURS))
              .withMode(ConnectMode.ACTIVE)
              .withConnectRetry(Duration.ofSeconds(1));
      Route route = new Route(Prefix.parse(PREFIX), NextHop.SELF, PathAttributes.NONE);
      Neighbor bird = Neighbor.of("bird", peer, ExportPolicy.exactly(route.prefix()));
      try (EmbeddedSpeaker speaker = EmbeddedSpeaker.open(List.of(), List.of(bird), "over")) {
        speaker.start(
            event -> {
              if (event instanceof SpeakerEvent.SessionUp) {
                System.out.println("up");
              } else if (event instanceof SpeakerEvent.SessionDown down) {
                System.out.println("down: " + down.reason());
              }
            });
        speaker.apply(
            new RibUpdate(Rib.of(List.of(route)), List.of(new RouteChange.Announce(route))));
        Thread.currentThread().join(); // until it is killed
      }
    }
  }
}
