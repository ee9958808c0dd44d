package org.bgpannouncer.testkit.bitcoin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import org.bgpannouncer.probe.Cadence;
import org.bgpannouncer.probe.HostTarget;
import org.bgpannouncer.probe.Observation;
import org.bgpannouncer.probe.Outcome;
import org.bgpannouncer.probe.Pace;
import org.bgpannouncer.probe.Probe;
import org.bgpannouncer.probe.ProbeRuntime;
import org.bgpannouncer.probe.Probes;
import org.bgpannouncer.probe.Reason;
import org.bgpannouncer.probe.bitcoin.BitcoinNetwork;
import org.bgpannouncer.probe.bitcoin.p2p.P2pConfig;
import org.bgpannouncer.probe.bitcoin.rpc.RpcConfig;
import org.bgpannouncer.probe.bitcoin.zmq.ZmqConfig;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The three aspects as one process, met by the real probes over real sockets. */
final class SimulatedBitcoindTest {
  private static final Duration DEADLINE = Duration.ofSeconds(20);

  /** How long an answer may take that is to come, on a machine that does much else. */
  private static final Duration PATIENT = Duration.ofSeconds(10);

  /** The same for one that is not to come. */
  private static final Duration BRIEF = Duration.ofMillis(300);

  @TempDir Path folder;

  private final SimulatorLoop loop = new SimulatorLoop();
  private final ProbeRuntime runtime = new ProbeRuntime();
  private final SimulatedBitcoind node = SimulatedBitcoind.start(loop, "sim");
  private final List<Observation> seen = new CopyOnWriteArrayList<>();

  @BeforeEach
  void writePassword() throws IOException {
    Files.writeString(folder.resolve("password"), "any\n");
  }

  @AfterEach
  void stop() {
    runtime.close();
    node.close();
    loop.close();
  }

  @Test
  void passesEveryCheckOfEveryAspectAtOnce() {
    Probe probe = started();

    // By then the other aspects know what the RPC tells of them.
    await().atMost(DEADLINE).until(() -> has("rpc.node", Outcome.OK));
    int before = seen.size();
    await().atMost(DEADLINE).until(() -> count("zmq", before) >= 3 && count("p2p", before) >= 3);

    assertThat(seen).allMatch(each -> each.outcome() == Outcome.OK);
    probe.close();
  }

  @Test
  void pauseSilencesEveryPortAndResumeAnswersAgain() {
    node.pause();
    assertThat(once(BRIEF)).hasSize(3).allMatch(each -> each.reason() == Reason.STALL);

    node.resume();
    assertThat(once(PATIENT)).hasSizeGreaterThan(3).allMatch(each -> each.outcome() == Outcome.OK);
  }

  @Test
  void aNotificationPublishedInAPauseIsSentAtItsEnd() throws IOException {
    try (WireSubscriber subscriber = new WireSubscriber(node.zmq().address())) {
      subscriber.handshake(1);
      subscriber.sendCommand("SUBSCRIBE", "hashblock");
      await().atMost(DEADLINE).until(() -> node.zmq().subscriptions().contains("hashblock"));
      node.pause();
      node.zmq().publishBlock(new byte[] {42});
      assertThat(subscriber.unread()).isZero();

      node.resume();
      assertThat(subscriber.readMessage().get(1)).containsExactly(42);
    }
  }

  @Test
  void aDeathRefusesOnEveryPortSoThatTheRpcPortIsAWitness() {
    Probe probe = started();
    probe.pace(Pace.FAST);
    await().atMost(DEADLINE).until(() -> has("p2p.held", Outcome.OK));

    node.die();

    for (InetSocketAddress port :
        List.of(node.p2p().address(), node.rpc().address(), node.zmq().address())) {
      assertThatThrownBy(() -> new Socket(port.getAddress(), port.getPort()).close())
          .isInstanceOf(ConnectException.class);
    }
    await().atMost(DEADLINE).until(() -> seen.stream().anyMatch(Observation::isProof));
    assertThat(seen.stream().filter(Observation::isProof).map(Observation::detail))
        .first()
        .asString()
        .contains("witness refused");
    probe.close();
  }

  @Test
  void aProcessThatDiedInAPauseIsRevivedOnTheSamePortsAndNotPaused() {
    HostTarget before = target(PATIENT);
    node.pause();
    node.die();

    node.revive();

    assertThat(target(PATIENT)).isEqualTo(before);
    assertThat(once(PATIENT)).hasSizeGreaterThan(3).allMatch(each -> each.outcome() == Outcome.OK);
  }

  private Probe started() {
    Probe probe = Probes.of(runtime, target(PATIENT));
    probe.start(seen::add);
    return probe;
  }

  private List<Observation> once(Duration timeout) {
    return Probes.once(runtime, target(timeout), DEADLINE).toCompletableFuture().join();
  }

  private boolean has(String check, Outcome outcome) {
    return seen.stream()
        .anyMatch(each -> each.check().toString().equals(check) && each.outcome() == outcome);
  }

  private long count(String aspect, int from) {
    return seen.stream()
        .skip(from)
        .filter(each -> each.check().toString().startsWith(aspect + "."))
        .count();
  }

  private HostTarget target(Duration timeout) {
    Cadence cadence = new Cadence(Duration.ofMillis(200), Duration.ofMillis(100), timeout, 0.1);
    P2pConfig p2p =
        new P2pConfig(
            node.p2p().address(),
            Optional.empty(),
            BitcoinNetwork.MAINNET,
            cadence,
            timeout,
            Duration.ofMinutes(2),
            Duration.ofMinutes(1),
            Duration.ofMinutes(5),
            Optional.empty(),
            false,
            Optional.of(node.rpc().address()),
            P2pConfig.ARCHIVAL_SERVICES,
            0,
            Optional.empty(),
            Duration.ofMinutes(1));
    RpcConfig rpc =
        RpcConfig.of(
            node.rpc().address(),
            BitcoinNetwork.MAINNET,
            new RpcConfig.Credentials.UserAndPasswordFile("anyone", folder.resolve("password")));
    ZmqConfig zmq =
        new ZmqConfig(
            node.zmq().address(),
            Optional.empty(),
            List.of("hashblock", "sequence"),
            cadence,
            List.of(),
            Duration.ofMinutes(1),
            Duration.ofMinutes(3));
    return new HostTarget(
        "n1", Optional.of(p2p), Optional.of(rpc), List.of(zmq), List.of(), List.of());
  }
}
