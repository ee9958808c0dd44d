package org.bgpannouncer.daemon;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.bgpannouncer.control.ControlClient;
import org.bgpannouncer.route.Prefix;
import org.bgpannouncer.route.Rib;
import org.bgpannouncer.testkit.FreePort;
import org.bgpannouncer.testkit.bgp.HeardChange;
import org.bgpannouncer.testkit.bgp.SimulatedPeer;
import org.bgpannouncer.testkit.bitcoin.SimulatedBitcoind;
import org.bgpannouncer.testkit.bitcoin.SimulatorLoop;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The main job end to end without ExaBGP: a node's state at a router, through a real BIRD. */
class BirdSpeakerIT {
  private static final Duration SOON = Duration.ofSeconds(30);
  private static final Prefix PREFIX = Prefix.parse("192.0.2.0/24");
  private static final Path TEMPLATES = Path.of("../../bird-templates").toAbsolutePath();

  @TempDir Path folder;

  private final SimulatorLoop loop = new SimulatorLoop();
  private final SimulatedBitcoind node = SimulatedBitcoind.start(loop, "h1");
  private final SimulatedPeer router = SimulatedPeer.start();
  private final List<Process> processes = new ArrayList<>();

  @BeforeEach
  void start() throws IOException {
    node.rpc().login("announcer", "secret");
    Files.writeString(folder.resolve("password"), "secret\n");
    Files.writeString(folder.resolve("site.yaml"), site());
    Files.writeString(folder.resolve("bird.conf"), bird());
    startBird();
    startDaemon();
    try {
      router.awaitAnnounced(PREFIX, SOON);
    } catch (AssertionError e) {
      throw new AssertionError(Files.readString(folder.resolve("daemon.log")), e);
    }
  }

  @AfterEach
  void stop() {
    for (Process process : processes) {
      process.destroyForcibly().onExit().join();
    }
    router.close();
    node.close();
    loop.close();
  }

  private String site() {
    return """
        site: A
        local-as: 65001
        speaker:
          type: bird
          socket: %1$s/bird.ctl
          include: %1$s/included/routes.conf
          protocols: edge1
        allow: [%2$s]
        health: { interval: 200ms, fast-interval: 50ms, rise: 2, hold-down: 0s }
        control: { socket: %1$s/control.sock }
        hosts:
          - name: h1
            address: 127.0.0.1
            p2p: { port: %3$d, handshake-interval: 1s }
            rpc: { port: %4$d, user: announcer, password-file: %1$s/password }
        services:
          - name: bitcoin
            prefixes: [%2$s]
            healthy: { of: [h1] }
        """
        .formatted(folder, PREFIX, node.p2p().address().getPort(), node.rpc().address().getPort());
  }

  /** As in bird-templates/, with the session of this test. */
  private String bird() throws IOException {
    String policy = Files.readString(TEMPLATES.resolve("bird-speaker/announcer.conf"));
    // The kernel of this machine is not the test's.
    Files.writeString(
        folder.resolve("policy.inc"), policy.replaceAll("(?s)protocol kernel \\{.*?\\n}\\n", ""));
    return """
        router id 192.0.2.1;
        define SERVICE_NETS = [ %s ];
        include "%s/*.conf";
        include "policy.inc";
        protocol bgp edge1 from announcing {
          local 127.0.0.2 port %d as 65001;
          neighbor 127.0.0.1 port %d as %d;
          multihop;
        }
        """
        .formatted(
            PREFIX,
            Files.createDirectories(folder.resolve("included")),
            FreePort.of(InetAddress.getByName("127.0.0.2")),
            router.address().getPort(),
            SimulatedPeer.DEFAULT_AS);
  }

  private void startBird() throws IOException {
    Files.deleteIfExists(folder.resolve("bird.ctl"));
    start("bird", "/usr/sbin/bird", "-f", "-c", "bird.conf", "-s", "bird.ctl", "-P", "bird.pid");
  }

  private void startDaemon() throws IOException {
    start(
        "daemon",
        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
        "-XX:TieredStopAtLevel=1",
        "-cp",
        System.getProperty("java.class.path"),
        "org.bgpannouncer.cli.Main",
        "run",
        "--config",
        folder.resolve("site.yaml").toString());
  }

  private void start(String name, String... command) throws IOException {
    processes.add(
        new ProcessBuilder(command)
            .directory(folder.toFile())
            .redirectErrorStream(true)
            .redirectOutput(
                ProcessBuilder.Redirect.appendTo(folder.resolve(name + ".log").toFile()))
            .start());
  }

  private Process bird(int index) {
    return processes.get(index);
  }

  private JsonNode status() throws IOException {
    return new ObjectMapper()
        .readTree(
            new ControlClient(folder.resolve("control.sock"), Duration.ofSeconds(10))
                .call("GET", "/v1/status", "")
                .json());
  }

  @Test
  void aDeadNodeIsWithdrawnAndComesBackAndStatusNamesBirdAndItsSession() throws IOException {
    JsonNode speaker = status().at("/speaker");
    assertThat(speaker.at("/version").asText()).startsWith("bird 2.");
    assertThat(speaker.at("/sessions/0/peer").asText()).isEqualTo("edge1");
    assertThat(speaker.at("/sessions/0/up").asBoolean()).isTrue();
    node.die();
    HeardChange withdraw = router.awaitWithdrawn(PREFIX, SOON);
    assertThat(withdraw.cause()).isEqualTo(HeardChange.Cause.UPDATE);
    await("the file to follow")
        .atMost(SOON)
        .until(() -> !Files.readString(folder.resolve("included/routes.conf")).contains("192.0.2"));
    node.revive();
    router.awaitAnnounced(PREFIX, SOON);
  }

  @Test
  void sigtermWithdraws() throws Exception {
    Process daemon = processes.get(1);
    daemon.destroy();
    assertThat(router.awaitWithdrawn(PREFIX, SOON).cause()).isEqualTo(HeardChange.Cause.UPDATE);
    assertThat(daemon.waitFor(20, TimeUnit.SECONDS)).isTrue();
    assertThat(daemon.exitValue()).isZero();
  }

  @Test
  void aKilledDaemonsRouteStaysAndIsAdoptedByTheNext() throws Exception {
    processes.get(1).destroyForcibly().onExit().join();
    startDaemon();
    await()
        .atMost(SOON)
        .ignoreExceptions()
        .until(() -> status().at("/services/0/state").asText().equals("UP"));
    assertThat(router.changes()).hasSize(1);
  }

  @Test
  void aNodeThatDiesWhileBirdIsGoneIsNotAnnouncedByTheNextBird() throws Exception {
    bird(0).destroyForcibly().onExit().join();
    router.awaitWithdrawn(PREFIX, SOON);
    node.die();
    await()
        .atMost(SOON)
        .until(() -> !Files.readString(folder.resolve("included/routes.conf")).contains("192.0.2"));
    int before = router.changes().size();
    startBird();
    router.awaitSession(SOON);
    await().atMost(SOON).until(() -> status().at("/speaker/sessions/0/up").asBoolean());
    assertThat(router.adjRibIn()).isEqualTo(Rib.EMPTY);
    assertThat(router.changes()).hasSize(before);
    node.revive();
    router.awaitAnnounced(PREFIX, SOON);
  }
}
