package org.bgpannouncer.testkit.bitcoin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
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
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Each fault, as the probe sees it. */
final class SimulatedZmqPublisherTest {
  private static final Duration DEADLINE = Duration.ofSeconds(10);

  private final SimulatorLoop loop = new SimulatorLoop();
  private final ProbeRuntime runtime = new ProbeRuntime();

  @AfterEach
  void stop() {
    runtime.close();
    loop.close();
  }

  @ParameterizedTest
  @CsvSource({
    "MUTE,             SOFT, STALL",
    "GARBAGE_GREETING, HARD, PROTOCOL_ERROR",
    "NEVER_READY,      SOFT, STALL",
    "REFUSE_READY,     HARD, PROTOCOL_ERROR",
    "NO_PUBLISHER,     HARD, PROTOCOL_ERROR",
    "NO_PONG,          OK,   PASSED",
    "ZMTP_3_0,         OK,   PASSED",
    "SILENT,           OK,   PASSED",
  })
  void aFaultShowsInTheFirstObservation(ZmqFault fault, Outcome outcome, Reason reason) {
    SimulatedZmqPublisher publisher = SimulatedZmqPublisher.start(loop);
    publisher.faults(fault);
    List<Observation> once =
        Probes.once(runtime, target(publisher), DEADLINE).toCompletableFuture().join();
    assertThat(once).hasSize(1);
    assertThat(once.get(0).outcome()).as(once.get(0).detail()).isEqualTo(outcome);
    assertThat(once.get(0).reason()).as(once.get(0).detail()).isEqualTo(reason);
    publisher.close();
  }

  @Test
  void aConnectionClosedAtAcceptIsHard() {
    SimulatedZmqPublisher publisher = SimulatedZmqPublisher.start(loop);
    publisher.faults(ZmqFault.CLOSE_AT_ACCEPT);
    List<Observation> once =
        Probes.once(runtime, target(publisher), DEADLINE).toCompletableFuture().join();
    assertThat(once).hasSize(1);
    assertThat(once.get(0).outcome()).isEqualTo(Outcome.HARD);
    // The kernel answers our greeting with RST if it comes before the close.
    assertThat(once.get(0).reason()).isIn(Reason.CLOSED, Reason.RESET);
    publisher.close();
  }

  @Test
  void aHeldConnectionThatIsCutIsDialledAgain() {
    SimulatedZmqPublisher publisher = SimulatedZmqPublisher.start(loop);
    Probe probe = Probes.of(runtime, target(publisher));
    probe.start(observation -> {});
    await().atMost(DEADLINE).until(() -> publisher.subscriptions().contains("hashblock"));
    publisher.disconnectAll();
    await().atMost(DEADLINE).until(() -> publisher.accepted() == 2);
    await().atMost(DEADLINE).until(() -> publisher.subscriptions().contains("hashblock"));
    probe.close();
    await().atMost(DEADLINE).until(() -> publisher.connections() == 0);
    publisher.close();
  }

  @Test
  void droppedAndSkippedNotificationsLeaveAGap() throws InterruptedException {
    SimulatedZmqPublisher publisher = SimulatedZmqPublisher.start(loop);
    BlockingQueue<String> details = detailsOf(Reason.SEQUENCE_GAP, publisher);
    publisher.publishBlock(new byte[32]);
    publisher.faults(ZmqFault.DROP);
    publisher.publishBlock(new byte[32]);
    publisher.publishBlock(new byte[32]);
    publisher.faults();
    publisher.skip("hashblock", 5);
    publisher.publishBlock(new byte[32]);
    assertThat(details.poll(DEADLINE.toSeconds(), TimeUnit.SECONDS))
        .isEqualTo("hashblock: 7 notifications lost");
    publisher.close();
  }

  @Test
  void aNotificationWithoutACounterIsABadAnswer() throws InterruptedException {
    SimulatedZmqPublisher publisher = SimulatedZmqPublisher.start(loop);
    publisher.faults(ZmqFault.NO_COUNTER);
    BlockingQueue<String> details = detailsOf(Reason.BAD_ANSWER, publisher);
    publisher.publishBlock(new byte[32]);
    assertThat(details.poll(DEADLINE.toSeconds(), TimeUnit.SECONDS))
        .isEqualTo("message: 9+32 bytes (expected: topic, body, 4 bytes)");
    publisher.close();
  }

  /** Starts a probe, awaits its subscription, and collects what it says of {@code reason}. */
  private BlockingQueue<String> detailsOf(Reason reason, SimulatedZmqPublisher publisher) {
    BlockingQueue<String> details = new LinkedBlockingQueue<>();
    Probes.of(runtime, target(publisher))
        .start(
            observation -> {
              if (observation.reason() == reason) {
                details.add(observation.detail());
              }
            });
    await().atMost(DEADLINE).until(() -> publisher.subscriptions().contains("hashblock"));
    return details;
  }

  @Test
  void aThousandLiveInOneProcess() {
    List<SimulatedZmqPublisher> publishers = new ArrayList<>();
    List<Probe> probes = new ArrayList<>();
    for (int i = 0; i < 1000; i++) {
      SimulatedZmqPublisher publisher = SimulatedZmqPublisher.start(loop);
      publishers.add(publisher);
      Probe probe = Probes.of(runtime, target(publisher));
      probe.start(observation -> {});
      probes.add(probe);
    }
    await()
        .atMost(Duration.ofSeconds(30))
        .until(() -> publishers.stream().allMatch(p -> p.subscriptions().contains("hashblock")));
    probes.forEach(Probe::close);
    publishers.forEach(SimulatedZmqPublisher::close);
  }

  private static HostTarget target(SimulatedZmqPublisher publisher) {
    Cadence cadence =
        new Cadence(Duration.ofSeconds(1), Duration.ofMillis(100), Duration.ofMillis(500), 0.1);
    ZmqConfig zmq =
        new ZmqConfig(
            publisher.address(),
            Optional.empty(),
            List.of("hashblock"),
            cadence,
            List.of(),
            Duration.ofMinutes(1),
            Duration.ofMinutes(3));
    return new HostTarget(
        "n1", Optional.empty(), Optional.empty(), List.of(zmq), List.of(), List.of());
  }
}
