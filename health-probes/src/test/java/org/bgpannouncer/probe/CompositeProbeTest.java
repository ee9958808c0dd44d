package org.bgpannouncer.probe;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.bgpannouncer.probe.time.VirtualTime;
import org.junit.jupiter.api.Test;

class CompositeProbeTest {
  private static final Check HELD = new Check(Aspect.P2P, "held");
  private static final Check UPTIME = new Check(Aspect.RPC, "uptime");

  private final VirtualTime time = new VirtualTime();
  private final ScriptedProbe p2p = new ScriptedProbe(HELD);
  private final ScriptedProbe rpc = new ScriptedProbe(UPTIME);

  @Test
  void startsItsMembersAfterTheSplay() {
    Probe probe = new CompositeProbe(time, List.of(p2p, rpc), Duration.ofMillis(618).toNanos());

    probe.start(observation -> {});
    time.advance(Duration.ofMillis(617));
    assertThat(p2p.listener).isNull();

    time.advance(Duration.ofMillis(1));
    assertThat(p2p.listener).isNotNull();
    assertThat(rpc.listener).isNotNull();
  }

  @Test
  void aListenerThatThrowsIsNotTheProbesFailure() {
    List<Observation> heard = new ArrayList<>();
    new CompositeProbe(time, List.of(p2p), 0)
        .start(
            observation -> {
              heard.add(observation);
              throw new IllegalStateException("an embedder's bug");
            });
    time.runDue();

    p2p.observe(Outcome.OK, Reason.PASSED);
    p2p.observe(Outcome.SOFT, Reason.STALL);
    assertThat(heard).hasSize(2);
  }

  @Test
  void closedDuringTheSplayNeverStarts() {
    Probe probe = new CompositeProbe(time, List.of(p2p), Duration.ofSeconds(1).toNanos());

    probe.start(observation -> {});
    probe.close();
    time.advance(Duration.ofSeconds(2));

    assertThat(p2p.listener).isNull();
    assertThat(p2p.calls).containsExactly("close");
  }

  @Test
  void passesPaceAndCloseToEachMember() {
    Probe probe = new CompositeProbe(time, List.of(p2p, rpc), 0);

    probe.pace(Pace.FAST);
    probe.close();

    assertThat(p2p.calls).containsExactly("FAST", "close");
    assertThat(rpc.calls).containsExactly("FAST", "close");
  }

  @Test
  void oneRunEndsWhenEachCheckWasObservedAndAnswersTheFirstOfEach() {
    CompletableFuture<List<Observation>> run = runOnce(Duration.ofSeconds(10));
    time.runDue();

    p2p.observe(Outcome.SOFT, Reason.STALL);
    p2p.observe(Outcome.OK, Reason.PASSED);
    assertThat(run).isNotDone();
    rpc.observe(Outcome.OK, Reason.PASSED);

    assertThat(run)
        .isCompletedWithValueMatching(
            found ->
                found.stream()
                    .map(Observation::outcome)
                    .toList()
                    .equals(List.of(Outcome.SOFT, Outcome.OK)));
    assertThat(p2p.calls).containsExactly("close");
    time.runDue();
    assertThat(time.pending()).as("timers left").isZero();
  }

  @Test
  void oneRunEndsAtItsBoundAndNamesWhatIsMissing() {
    CompletableFuture<List<Observation>> run = runOnce(Duration.ofSeconds(10));
    time.runDue();
    p2p.observe(Outcome.OK, Reason.PASSED);

    time.advance(Duration.ofSeconds(10));

    assertThat(run)
        .isCompletedWithValueMatching(
            found ->
                found.size() == 2
                    && found.get(0).check().equals(HELD)
                    && found
                        .get(1)
                        .equals(
                            Observation.of(
                                "gva-btc1",
                                UPTIME,
                                Outcome.UNKNOWN,
                                Reason.UNOBSERVED,
                                "no answer within 10000 ms",
                                Duration.ofSeconds(10).toNanos())));
  }

  @Test
  void aRefusalByOneEndpointDoesNotEndTheRunBeforeTheOtherAnswers() {
    ScriptedProbe a = new ScriptedProbe(new Check(Aspect.ZMQ, "192.0.2.1:28332"));
    ScriptedProbe b = new ScriptedProbe(new Check(Aspect.ZMQ, "192.0.2.1:28333"));
    CompletableFuture<List<Observation>> run = runOnce(Duration.ofSeconds(10), a, b);
    time.runDue();
    a.observe(Outcome.HARD, Reason.REFUSED);
    assertThat(run).isNotDone();

    b.observe(Outcome.OK, Reason.PASSED);
    assertThat(run).isCompletedWithValueMatching(found -> found.size() == 2);
  }

  private CompletableFuture<List<Observation>> runOnce(Duration bound) {
    return runOnce(bound, p2p, rpc);
  }

  private CompletableFuture<List<Observation>> runOnce(Duration bound, Probe... members) {
    return new OneRun(time, "gva-btc1", new CompositeProbe(time, List.of(members), 0))
        .start(bound)
        .toCompletableFuture();
  }

  private final class ScriptedProbe implements Probe {
    private final Check check;
    private final List<String> calls = new ArrayList<>();
    private @org.jspecify.annotations.Nullable ObservationListener listener;

    ScriptedProbe(Check check) {
      this.check = check;
    }

    void observe(Outcome outcome, Reason reason) {
      if (listener != null) {
        listener.observed(Observation.of("gva-btc1", check, outcome, reason, "", time.nanoTime()));
      }
    }

    @Override
    public void start(ObservationListener observationListener) {
      this.listener = observationListener;
    }

    @Override
    public void pace(Pace pace) {
      calls.add(pace.name());
    }

    @Override
    public Set<Check> checks() {
      return Set.of(check);
    }

    @Override
    public void close() {
      calls.add("close");
    }
  }
}
