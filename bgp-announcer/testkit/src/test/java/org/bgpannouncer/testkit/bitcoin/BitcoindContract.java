package org.bgpannouncer.testkit.bitcoin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

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
import org.bgpannouncer.probe.bitcoin.p2p.P2pConfig;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What the P2P probe relies on, held by the simulation and by a real node alike. */
abstract class BitcoindContract {
  private static final Duration DEADLINE = Duration.ofSeconds(20);
  private static final Cadence QUICK =
      new Cadence(Duration.ofMillis(200), Duration.ofMillis(100), Duration.ofSeconds(1), 0.1);

  private final ProbeRuntime runtime = new ProbeRuntime();
  private final List<Observation> seen = new CopyOnWriteArrayList<>();
  private BitcoindUnderTest node;

  /** Starts a node; returns when its P2P port accepts. */
  abstract BitcoindUnderTest open() throws Exception;

  final BitcoindUnderTest node() {
    return node;
  }

  @BeforeEach
  void startNode() throws Exception {
    node = open();
  }

  @AfterEach
  void stop() {
    runtime.close();
    node.close();
  }

  @Test
  void shakesHandsAndAnswersPings() {
    List<Observation> once =
        Probes.once(runtime, target(QUICK), DEADLINE).toCompletableFuture().join();

    Observation held = of(once, "held");
    assertThat(held.outcome()).as(held.detail()).isEqualTo(Outcome.OK);
    assertThat(held.stages().stream().map(Observation.StageTiming::name))
        .containsExactly("connect", "version", "verack", "pong");
    assertThat(held.values().get("user-agent")).contains(node.userAgent());
    assertThat(Math.abs(Long.parseLong(held.values().getOrDefault("clock-skew-seconds", "99"))))
        .isLessThanOrEqualTo(2);
    assertThat(of(once, "handshake").outcome()).isEqualTo(Outcome.OK);
    assertThat(of(once, "version").outcome()).isEqualTo(Outcome.OK);
  }

  @Test
  void keepsTheConnectionAndAnswersEachPing() {
    Probe probe = started(QUICK);

    await().atMost(DEADLINE).until(() -> held(Outcome.OK) >= 10);

    assertThat(seen).allMatch(observation -> observation.outcome() == Outcome.OK);
    probe.close();
  }

  @Test
  void sigkillIsProvenDeadByTheConnectionItself() {
    // No ping is due for an hour: only the end of the connection can tell.
    Probe probe =
        started(new Cadence(Duration.ofHours(1), Duration.ofMillis(100), Duration.ofSeconds(1), 0));
    await().atMost(DEADLINE).until(() -> held(Outcome.OK) >= 1);

    node.kill();

    await().atMost(DEADLINE).until(() -> seen.stream().anyMatch(Observation::isProof));
    Observation proof = seen.stream().filter(Observation::isProof).findFirst().orElseThrow();
    assertThat(proof.reason()).isEqualTo(Reason.PROVEN_DEAD);
    assertThat(proof.detail()).contains("witness refused");
    probe.close();
  }

  @Test
  void sigstopIsAStallAndNeverHard() {
    Probe probe = started(QUICK);
    probe.pace(Pace.FAST);
    await().atMost(DEADLINE).until(() -> held(Outcome.OK) >= 3);

    node.stop();
    await()
        .atMost(DEADLINE)
        .until(() -> seen.stream().filter(o -> o.reason() == Reason.STALL).count() >= 3);
    assertThat(seen).noneMatch(o -> o.outcome() == Outcome.HARD);

    node.proceed();
    long before = held(Outcome.OK);
    await().atMost(DEADLINE).until(() -> held(Outcome.OK) >= before + 3);
    assertThat(seen).noneMatch(o -> o.outcome() == Outcome.HARD);
    probe.close();
  }

  private Probe started(Cadence cadence) {
    Probe probe = Probes.of(runtime, target(cadence));
    probe.start(seen::add);
    return probe;
  }

  private long held(Outcome outcome) {
    return seen.stream()
        .filter(o -> o.check().name().equals("held") && o.outcome() == outcome)
        .count();
  }

  private static Observation of(List<Observation> all, String check) {
    return all.stream().filter(o -> o.check().name().equals(check)).findFirst().orElseThrow();
  }

  private HostTarget target(Cadence cadence) {
    P2pConfig p2p =
        new P2pConfig(
            node.p2p(),
            Optional.empty(),
            node.network(),
            cadence,
            Duration.ofMillis(500),
            Duration.ofMinutes(2),
            Duration.ofMinutes(1),
            Duration.ofMinutes(5),
            Optional.empty(),
            false,
            Optional.of(node.witness()),
            1,
            0,
            Optional.empty(),
            Duration.ofMinutes(1));
    return new HostTarget(
        "n1", Optional.of(p2p), Optional.empty(), List.of(), List.of(), List.of());
  }
}
