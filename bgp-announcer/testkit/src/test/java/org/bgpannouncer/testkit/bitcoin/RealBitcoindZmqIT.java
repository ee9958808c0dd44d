package org.bgpannouncer.testkit.bitcoin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Predicate;
import org.bgpannouncer.probe.Cadence;
import org.bgpannouncer.probe.HostTarget;
import org.bgpannouncer.probe.Observation;
import org.bgpannouncer.probe.Outcome;
import org.bgpannouncer.probe.Probe;
import org.bgpannouncer.probe.ProbeRuntime;
import org.bgpannouncer.probe.Probes;
import org.bgpannouncer.probe.Reason;
import org.bgpannouncer.probe.bitcoin.rpc.RpcConfig;
import org.bgpannouncer.probe.bitcoin.zmq.ZmqConfig;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The real publisher: bitcoind, whose notifications are those of the blocks that it mines. */
@SuppressWarnings("try") // what runs beside a test is only there to be closed
final class RealBitcoindZmqIT extends Zmtp31PublisherContract {
  private static final Duration DEADLINE = Duration.ofSeconds(20);

  private final List<Observation> seen = new CopyOnWriteArrayList<>();

  @TempDir private Path folder;

  @Override
  ZmqPublisher open() throws Exception {
    return new Miner(RealBitcoind.start(folder));
  }

  private RealBitcoind node() {
    return ((Miner) publisher).node();
  }

  @Test
  void eachBlockIsNotifiedOnEachTopicInOrderAndRpcAndZmqAgree() {
    List<String> topics = List.of("hashblock", "rawblock", "hashtx", "sequence");
    try (ProbeRuntime runtime = new ProbeRuntime();
        Probe ignored = watch(runtime, topics)) {
      awaitZmq(o -> o.outcome() == Outcome.OK);
      node().mine(1); // the one that ends the initial download
      awaitZmq(o -> o.values().containsKey("last-block"));

      List<String> hashes = node().mine(10);

      Observation heard = awaitZmq(o -> hashes.get(9).equals(o.values().get("last-block")));
      for (String topic : topics) {
        assertThat(heard.values()).doesNotContainKey(topic + ".lost");
        assertThat(heard.values().get(topic + ".messages"))
            .as(topic + heard.values())
            .isNotEqualTo("0");
      }
      await()
          .atMost(DEADLINE)
          .until(
              () ->
                  seen.stream()
                      .anyMatch(o -> hashes.get(9).equals(o.values().get("bestblockhash"))));
      awaitZmq(o -> o.outcome() == Outcome.OK);
      assertThat(seen)
          .filteredOn(o -> o.check().toString().startsWith("zmq."))
          .allMatch(o -> o.outcome() == Outcome.OK);
    }
  }

  @Test
  void aTopicThatTheNodeDoesNotPublishIsMissingByItsOwnWord() {
    try (ProbeRuntime runtime = new ProbeRuntime();
        Probe ignored = watch(runtime, List.of("hashblock", "rawtx"))) {
      Observation missing = awaitZmq(o -> o.reason() == Reason.NOTIFIER_MISSING);
      assertThat(missing.outcome()).isEqualTo(Outcome.SOFT);
      assertThat(missing.detail()).contains("rawtx").doesNotContain("hashblock");
    }
  }

  @Test
  void aRestartedNodeCountsAnewAndIsNotTakenForOneThatLost() throws Exception {
    try (ProbeRuntime runtime = new ProbeRuntime();
        Probe ignored = watch(runtime, List.of("hashblock"))) {
      awaitZmq(o -> o.outcome() == Outcome.OK);
      node().mine(5);
      awaitZmq(o -> "5".equals(o.values().get("hashblock.messages")));

      node().kill();
      node().awaitEnd();
      awaitZmq(o -> o.reason() == Reason.REFUSED);
      node().startAgain();
      node().awaitServing();
      awaitZmq(o -> o.outcome() == Outcome.OK);
      int before = seen.size(); // the notification may be here before the answer to mine
      node().mine(1);

      awaitZmq(before, o -> o.reason() == Reason.SEQUENCE_RESET && o.outcome() == Outcome.OK);
      assertThat(seen).noneMatch(o -> o.reason() == Reason.SEQUENCE_GAP);
    }
  }

  private Probe watch(ProbeRuntime runtime, List<String> topics) {
    Cadence cadence =
        new Cadence(Duration.ofMillis(50), Duration.ofMillis(50), Duration.ofSeconds(3), 0.1);
    ZmqConfig zmq =
        new ZmqConfig(
            node().zmq(),
            Optional.empty(),
            topics,
            cadence,
            List.of(),
            Duration.ofSeconds(60),
            Duration.ofSeconds(180));
    RpcConfig rpc =
        new RpcConfig(
            node().witness(),
            Optional.empty(),
            node().network(),
            new RpcConfig.Credentials.CookieFile(node().cookie()),
            cadence,
            Duration.ofSeconds(10),
            Duration.ofMillis(100),
            Duration.ofSeconds(10),
            Duration.ofMillis(500),
            Optional.empty(),
            List.of(),
            List.of(),
            RpcConfig.DEFAULT_MAX_CONNECTIONS);
    HostTarget target =
        new HostTarget(
            "n1", Optional.empty(), Optional.of(rpc), List.of(zmq), List.of(), List.of());
    Probe probe = Probes.of(runtime, target);
    probe.start(seen::add);
    return probe;
  }

  /** The first of the endpoint that is made from now on and that {@code wanted} accepts. */
  private Observation awaitZmq(Predicate<Observation> wanted) {
    return awaitZmq(seen.size(), wanted);
  }

  /** The same of those after the first {@code from}. */
  private Observation awaitZmq(int from, Predicate<Observation> wanted) {
    return await()
        .atMost(DEADLINE)
        .until(
            () ->
                seen.stream()
                    .skip(from)
                    .filter(o -> o.check().toString().startsWith("zmq."))
                    .filter(wanted)
                    .findFirst(),
            Optional::isPresent)
        .orElseThrow();
  }

  private static final class Miner implements ZmqPublisher {
    private final RealBitcoind node;
    private int mined;

    Miner(RealBitcoind node) {
      this.node = node;
    }

    RealBitcoind node() {
      return node;
    }

    @Override
    public InetSocketAddress address() {
      return node.zmq();
    }

    @Override
    public Sent publishBlock() {
      return new Sent(node.mine(1).get(0), mined++);
    }

    @Override
    public void close() {
      node.close();
    }
  }
}
