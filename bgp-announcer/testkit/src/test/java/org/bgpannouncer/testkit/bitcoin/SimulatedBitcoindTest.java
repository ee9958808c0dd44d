package org.bgpannouncer.testkit.bitcoin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.BindException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.bgpannouncer.probe.Cadence;
import org.bgpannouncer.probe.Check;
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
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The three aspects as one process, met by the real probes over real sockets. */
final class SimulatedBitcoindTest {
  private static final Duration DEADLINE = Duration.ofSeconds(20);

  /** How long an answer may take that is to come, on a machine that does much else. */
  private static final Duration PATIENT = Duration.ofSeconds(10);

  /** The same for one that is not to come. */
  private static final Duration BRIEF = Duration.ofMillis(300);

  /** Long enough for what comes, short enough to wait for what does not. */
  private static final Duration UNHURRIED = Duration.ofSeconds(2);

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
  void nobodyElseGetsThePortsOfADeadNodeUntilItIsClosed() throws IOException {
    List<InetSocketAddress> ports =
        List.of(node.p2p().address(), node.rpc().address(), node.zmq().address());
    for (int life = 0; life < 2; life++) {
      node.die();
      for (InetSocketAddress port : ports) {
        assertThatThrownBy(() -> takeAndRelease(port)).isInstanceOf(BindException.class);
      }
      node.revive();
    }
    node.close();
    for (InetSocketAddress port : ports) {
      takeAndRelease(port);
    }
  }

  private static void takeAndRelease(InetSocketAddress port) throws IOException {
    try (Socket stranger = new Socket()) {
      stranger.bind(port);
    }
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

  static Stream<Arguments> aNodeThatOnlyLooksAliveIsFoundOut() {
    return Stream.of(
        looks("rpc.liveness STALL", "p2p.held", node -> node.rpc().pause()),
        looks("rpc.chain STALL", "rpc.liveness", chain(new RpcReply.Never())),
        looks(
            "rpc.chain INITIAL_BLOCK_DOWNLOAD",
            "p2p.held",
            chain(CoreVersion.V28.blockchain("main", 869_998, 870_000, "ab".repeat(32)))),
        looks(
            "rpc.chain BAD_ANSWER",
            "rpc.liveness",
            chain(new RpcReply.Failure(500, -1, "Database I/O error"))),
        looks("p2p.held STALL", "rpc.liveness", node -> node.p2p().faults(P2pFault.NO_PONG)),
        looks(
            "p2p.held SATURATED",
            "rpc.liveness",
            node -> node.p2p().faults(P2pFault.CLOSE_AT_ACCEPT)),
        looks(
            "zmq NOTIFIER_MISSING",
            "p2p.held",
            node -> node.rpc().on("getzmqnotifications", new RpcReply.Result("[]"))));
  }

  private static Arguments looks(
      String foundOut, String alive, Consumer<SimulatedBitcoind> misbehaviour) {
    return Arguments.of(foundOut, alive, misbehaviour);
  }

  private static Consumer<SimulatedBitcoind> chain(RpcReply reply) {
    return node -> node.rpc().on("getblockchaininfo", reply);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource
  void aNodeThatOnlyLooksAliveIsFoundOut(
      String foundOut, String alive, Consumer<SimulatedBitcoind> misbehaviour) {
    misbehaviour.accept(node);
    Probe probe = started(UNHURRIED);

    String[] words = foundOut.split(" ", -1);
    await(foundOut)
        .atMost(DEADLINE)
        .until(
            () ->
                seen.stream()
                    .filter(each -> each.check().toString().startsWith(words[0]))
                    .anyMatch(each -> each.reason().name().equals(words[1])));
    await(alive).atMost(DEADLINE).until(() -> has(alive, Outcome.OK));
    assertThat(seen).noneMatch(each -> each.outcome() == Outcome.HARD);
    probe.close();
  }

  @Test
  void aProcessOutOfDescriptorsHoldsWhatItHasAndShakesHandsWithNobody() {
    Probe probe = started(UNHURRIED);
    await().atMost(DEADLINE).until(() -> has("p2p.handshake", Outcome.OK));

    node.p2p().faults(P2pFault.NOT_ACCEPTED);
    probe.pace(Pace.FAST);

    await()
        .atMost(DEADLINE)
        .until(
            () ->
                seen.stream()
                    .filter(each -> each.check().toString().equals("p2p.handshake"))
                    .anyMatch(each -> each.reason() == Reason.STALL));
    int before = seen.size();
    await().atMost(DEADLINE).until(() -> count("p2p.held", before) >= 3);
    assertThat(seen.stream().filter(each -> each.check().equals(Check.P2P_HELD)))
        .allMatch(each -> each.outcome() == Outcome.OK);
    probe.close();
  }

  private Probe started() {
    return started(PATIENT);
  }

  private Probe started(Duration timeout) {
    Probe probe = Probes.of(runtime, target(timeout));
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
        .filter(each -> each.check().toString().startsWith(aspect))
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
        new RpcConfig(
            node.rpc().address(),
            Optional.empty(),
            BitcoinNetwork.MAINNET,
            new RpcConfig.Credentials.UserAndPasswordFile("anyone", folder.resolve("password")),
            cadence,
            timeout,
            Duration.ofSeconds(15),
            timeout,
            Duration.ofMinutes(1),
            Optional.empty(),
            List.of(),
            List.of(),
            125);
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
