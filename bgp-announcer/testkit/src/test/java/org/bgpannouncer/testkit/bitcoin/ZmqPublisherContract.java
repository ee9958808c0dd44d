package org.bgpannouncer.testkit.bitcoin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import org.bgpannouncer.probe.Cadence;
import org.bgpannouncer.probe.HostTarget;
import org.bgpannouncer.probe.Observation;
import org.bgpannouncer.probe.Outcome;
import org.bgpannouncer.probe.Probe;
import org.bgpannouncer.probe.ProbeRuntime;
import org.bgpannouncer.probe.Probes;
import org.bgpannouncer.probe.Reason;
import org.bgpannouncer.probe.bitcoin.zmq.ZmqConfig;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a PUB socket does, whoever wrote it: the ground on which probe and simulator stand. */
@SuppressWarnings("try") // what runs beside a test is only there to be closed
abstract class ZmqPublisherContract {
  private static final Duration DEADLINE = Duration.ofSeconds(10);
  private static final byte[] HASH = HexFormat.of().parseHex("00".repeat(31) + "2a");

  private final Queue<Observation> observations = new ConcurrentLinkedQueue<>();
  ZmqPublisher publisher;

  abstract ZmqPublisher open() throws Exception;

  /** Whether it speaks ZMTP 3.1: SUBSCRIBE as a command, PING; else 3.0. */
  abstract boolean speaks31();

  @BeforeEach
  void openPublisher() throws Exception {
    publisher = open();
  }

  @AfterEach
  void closePublisher() {
    publisher.close();
  }

  @Test
  void greetsWithItsVersionAndNull() throws IOException {
    try (WireSubscriber wire = new WireSubscriber(publisher.address())) {
      wire.sendHex("ff00000000000000007f" + "0301" + "4e554c4c" + "00".repeat(48));
      // The 8 bytes of padding are the sender's own business.
      assertThat(wire.readHex(1)).isEqualTo("ff");
      wire.readHex(8);
      assertThat(wire.readHex(3)).isEqualTo("7f03" + (speaks31() ? "01" : "00"));
      assertThat(wire.readHex(20)).isEqualTo("4e554c4c" + "00".repeat(16));
      assertThat(wire.readHex(32)).isEqualTo("00".repeat(32));
    }
  }

  @Test
  void isReadyAsPub() throws IOException {
    try (WireSubscriber wire = new WireSubscriber(publisher.address())) {
      wire.sendHex("ff00000000000000007f" + "0301" + "4e554c4c" + "00".repeat(48));
      wire.readHex(64);
      wire.sendCommand("READY", "\013Socket-Type\0\0\0\003SUB");
      WireSubscriber.Frame ready = wire.readFrame();
      assertThat(ready.flags).isEqualTo(4);
      assertThat(ready.text()).startsWith("\005READY").contains("\013Socket-Type\0\0\0\003PUB");
    }
  }

  @Test
  void takesASubscriptionAsMessageOfAPeerOfThreeZero() throws IOException {
    try (WireSubscriber wire = new WireSubscriber(publisher.address())) {
      wire.handshake(0);
      wire.sendHex("000a01" + "68617368626c6f636b");
      assertDelivered(wire);
    }
  }

  void assertDelivered(WireSubscriber wire) throws IOException {
    Queue<ZmqPublisher.Sent> sent = new ConcurrentLinkedQueue<>();
    List<byte[]> message;
    try (Repeater ignored = new Repeater(() -> sent.add(publisher.publishBlock()))) {
      message = wire.readMessage();
    }
    assertThat(message).hasSize(3);
    assertThat(new String(message.get(0), StandardCharsets.US_ASCII)).isEqualTo("hashblock");
    int counter = ByteBuffer.wrap(message.get(2)).order(ByteOrder.LITTLE_ENDIAN).getInt();
    assertThat(message.get(2)).hasSize(4);
    assertThat(sent)
        .contains(new ZmqPublisher.Sent(HexFormat.of().formatHex(message.get(1)), counter));
  }

  @Test
  void theProbeFindsASubscribedPublisherInOrder() {
    try (ProbeRuntime runtime = new ProbeRuntime();
        Probe ignored = start(runtime, publisher.address())) {
      Observation first = awaitObservation(o -> true);
      assertThat(first.outcome()).as(first.detail()).isEqualTo(Outcome.OK);
      assertThat(first.stages())
          .extracting(Observation.StageTiming::name)
          .containsExactly("connect", "greeting", "ready");
      assertThat(first.values()).containsEntry("zmtp", speaks31() ? "3.1" : "3.0");
      if (speaks31()) {
        awaitObservation(o -> o.values().getOrDefault("pong", "").endsWith(" ms"));
      }
    }
  }

  /** For publishers that can be told to skip numbers. */
  final void readsBlocksOfFourMegabytesGapsAndRestarts(ScriptedPublisher scripted) {
    try (ProbeRuntime runtime = new ProbeRuntime();
        Probe ignored = start(runtime, scripted.address())) {
      awaitObservation(o -> o.outcome() == Outcome.OK);
      AtomicInteger counter = new AtomicInteger(41);
      try (Repeater hashes =
          new Repeater(() -> scripted.publish("hashblock", HASH, counter.getAndIncrement()))) {
        awaitObservation(o -> o.values().containsKey("last-block"));
      }
      Map<String, String> seen = awaitObservation(o -> true).values();
      assertThat(seen).containsEntry("last-block", "00".repeat(31) + "2a");
      assertThat(seen).doesNotContainKey("hashblock.lost");

      scripted.publish("rawblock", new byte[4_000_000], 0);
      scripted.publish("hashblock", HASH, counter.get() + 3);
      Observation gap = awaitObservation(o -> o.reason() == Reason.SEQUENCE_GAP);
      assertThat(gap.outcome()).isEqualTo(Outcome.SOFT);
      assertThat(gap.detail()).isEqualTo("hashblock: 3 notifications lost");
      assertThat(gap.values()).containsEntry("rawblock.messages", "1");

      scripted.publish("hashblock", HASH, 0);
      assertThat(awaitObservation(o -> o.reason() == Reason.SEQUENCE_RESET).outcome())
          .isEqualTo(Outcome.OK);
    }
  }

  @Test
  void theProbeSpeaksThreeZeroWithAPeerThatDoes() throws IOException {
    try (DowngradingRelay relay = new DowngradingRelay(publisher.address());
        ProbeRuntime runtime = new ProbeRuntime();
        Probe ignored = start(runtime, relay.address());
        Repeater blocks = new Repeater(() -> publisher.publishBlock())) {
      Observation heard = awaitObservation(o -> o.values().containsKey("last-block"));
      assertThat(heard.values())
          .containsEntry("zmtp", "3.0")
          .containsEntry("pong", "none in ZMTP 3.0");
    }
  }

  @Test
  void theProbeSeesThePublisherDie() {
    try (ProbeRuntime runtime = new ProbeRuntime();
        Probe ignored = start(runtime, publisher.address())) {
      awaitObservation(o -> o.outcome() == Outcome.OK);
      publisher.close();
      Observation death = awaitObservation(o -> o.outcome() != Outcome.OK);
      assertThat(death.outcome()).as(death.detail()).isEqualTo(Outcome.HARD);
      awaitObservation(o -> o.outcome() == Outcome.HARD && o.reason() == Reason.REFUSED);
    }
  }

  private Probe start(ProbeRuntime runtime, InetSocketAddress address) {
    Cadence cadence =
        new Cadence(Duration.ofMillis(50), Duration.ofMillis(50), Duration.ofSeconds(3), 0.1);
    ZmqConfig zmq =
        new ZmqConfig(
            address,
            Optional.empty(),
            List.of("hashblock", "rawblock"),
            cadence,
            List.of(),
            Duration.ofSeconds(60),
            Duration.ofSeconds(180));
    HostTarget target =
        new HostTarget(
            "n1", Optional.empty(), Optional.empty(), List.of(zmq), List.of(), List.of());
    Probe probe = Probes.of(runtime, target);
    probe.start(observations::add);
    return probe;
  }

  /** Forgets what was observed, and answers the next that {@code wanted} accepts. */
  private Observation awaitObservation(Predicate<Observation> wanted) {
    return await()
        .atMost(DEADLINE)
        .pollInterval(Duration.ofMillis(5))
        .until(
            () -> {
              for (Observation o = observations.poll(); o != null; o = observations.poll()) {
                if (wanted.test(o)) {
                  return Optional.of(o);
                }
              }
              return Optional.<Observation>empty();
            },
            Optional::isPresent)
        .orElseThrow();
  }
}
