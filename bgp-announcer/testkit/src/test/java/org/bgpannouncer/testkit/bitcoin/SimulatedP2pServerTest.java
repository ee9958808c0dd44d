package org.bgpannouncer.testkit.bitcoin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.bgpannouncer.probe.HostTarget;
import org.bgpannouncer.probe.Observation;
import org.bgpannouncer.probe.Outcome;
import org.bgpannouncer.probe.Probe;
import org.bgpannouncer.probe.ProbeRuntime;
import org.bgpannouncer.probe.Probes;
import org.bgpannouncer.probe.Reason;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Each fault over real sockets, as the probe sees it. */
final class SimulatedP2pServerTest {
  private static final Duration DEADLINE = Duration.ofSeconds(10);

  private final SimulatorLoop loop = new SimulatorLoop();
  private final ProbeRuntime runtime = new ProbeRuntime();
  private final SimulatedP2pServer server =
      SimulatedP2pServer.start(loop, NodeIdentity.mainnet("sim"));
  private final List<Observation> seen = new CopyOnWriteArrayList<>();
  private Duration pongLate = Duration.ofSeconds(2);

  @AfterEach
  void stop() {
    runtime.close();
    server.close();
    loop.close();
  }

  @ParameterizedTest
  @CsvSource({
    "CLOSE_AT_ACCEPT,      SOFT, SATURATED",
    "CLOSE_BEFORE_VERSION, SOFT, SATURATED",
    "CLOSE_AFTER_VERSION,  SOFT, CLOSED",
    "MUTE,                 SOFT, STALL",
    "NO_PONG,              SOFT, STALL",
    "NOT_ACCEPTED,         SOFT, STALL",
    "WRONG_NETWORK,        HARD, WRONG_NETWORK",
    "GARBAGE,              HARD, PROTOCOL_ERROR",
    "HUGE_LENGTH,          HARD, PROTOCOL_ERROR",
    "BAD_CHECKSUM,         HARD, PROTOCOL_ERROR",
    "LARGE_FRAMES,         OK,   PASSED",
  })
  void aFaultShowsInTheFirstObservation(P2pFault fault, Outcome outcome, Reason reason) {
    server.faults(fault);

    Observation held = once("held");

    assertThat(held.outcome()).as(held.detail()).isEqualTo(outcome);
    assertThat(held.reason()).as(held.detail()).isEqualTo(reason);
  }

  @Test
  void aDeadServerRefusesAndARevivedOneIsHeldAgain() {
    server.die();
    assertThat(once("held").reason()).isEqualTo(Reason.REFUSED);

    server.revive();
    assertThat(once("held").outcome()).isEqualTo(Outcome.OK);
  }

  @Test
  void aResetProvesTheDeath() {
    Probe probe = started();

    server.dieWithReset();

    await()
        .atMost(DEADLINE)
        .until(() -> seen.stream().anyMatch(o -> o.reason() == Reason.PROVEN_DEAD));
    probe.close();
  }

  @Test
  void aLatePongIsSoftAndOpensASecondConnection() {
    pongLate = Duration.ofMillis(300);
    Probe probe = started();

    server.pongDelay(Duration.ofSeconds(1));

    await()
        .atMost(DEADLINE)
        .until(() -> seen.stream().anyMatch(o -> o.reason() == Reason.PONG_LATE));
    await().atMost(DEADLINE).until(() -> server.accepts().size() >= 3);
    assertThat(seen).noneMatch(o -> o.outcome() == Outcome.HARD);
    probe.close();
  }

  @Test
  void anEvictedProbeComesBackOnceAtOnce() {
    Probe probe = started();
    int before = server.accepts().size();

    server.disconnectAll();

    await().atMost(DEADLINE).until(() -> server.accepts().size() == before + 1);
    await().atMost(DEADLINE).until(() -> server.connections() == 1);
    assertThat(seen).noneMatch(o -> o.outcome() == Outcome.HARD);
    probe.close();
  }

  @Test
  void missingServiceBitsAndAWrongClockAreReportedApartFromLife() {
    server.identity(NodeIdentity.mainnet("sim").withServices(0x408).withClockAhead(7200));

    Observation version = once("version");

    assertThat(version.reason()).isEqualTo(Reason.SERVICE_BITS_MISSING);
    assertThat(version.detail()).contains("services: 0x408").contains("clock-skew: 7");
    assertThat(once("held").outcome()).isEqualTo(Outcome.OK);
  }

  @Test
  void theProbeOnlySaysWhatItMust() {
    Probe probe = started();
    await().atMost(DEADLINE).until(() -> server.received().contains("pong"));

    assertThat(server.received()).startsWith("version", "verack");
    assertThat(server.received()).containsOnly("version", "verack", "ping", "pong");
    probe.close();
  }

  private Probe started() {
    Probe probe = Probes.of(runtime, target());
    probe.start(seen::add);
    await()
        .atMost(DEADLINE)
        .until(() -> seen.stream().anyMatch(o -> o.check().name().equals("handshake")));
    return probe;
  }

  private Observation once(String check) {
    return Probes.once(runtime, target(), DEADLINE).toCompletableFuture().join().stream()
        .filter(o -> o.check().name().equals(check))
        .findFirst()
        .orElseThrow();
  }

  private HostTarget target() {
    return P2pTargets.frequent(server.address(), Duration.ofSeconds(1), pongLate);
  }
}
