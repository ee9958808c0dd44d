package org.bgpannouncer.probe.bitcoin.p2p;

import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;
import org.bgpannouncer.probe.Aspect;
import org.bgpannouncer.probe.Check;
import org.bgpannouncer.probe.Observation;
import org.bgpannouncer.probe.Observation.StageTiming;
import org.bgpannouncer.probe.ObservationListener;
import org.bgpannouncer.probe.Outcome;
import org.bgpannouncer.probe.Pace;
import org.bgpannouncer.probe.Reason;
import org.bgpannouncer.probe.bitcoin.NodeFacts;
import org.bgpannouncer.probe.bitcoin.p2p.wire.P2pMessage;
import org.bgpannouncer.probe.bitcoin.p2p.wire.VersionPayload;
import org.bgpannouncer.probe.finding.Finding;
import org.bgpannouncer.probe.net.DialFailure;
import org.bgpannouncer.probe.net.Dialer;
import org.bgpannouncer.probe.time.Loop;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What the parts of one P2P probe share: its surroundings, its pace and its voice. */
final class P2pContext {
  /** The one held connection. */
  static final Check HELD = Check.P2P_HELD;

  /** Fresh handshakes, to the service address where one is configured. */
  static final Check HANDSHAKE = new Check(Aspect.P2P, "handshake");

  /** What the node says of itself, apart from whether it lives. */
  static final Check VERSION = new Check(Aspect.P2P, "version");

  private static final Logger log = LoggerFactory.getLogger(P2pProbe.class);

  final String host;
  final P2pConfig config;
  final NodeFacts facts;
  final Loop loop;
  final Dialer<P2pMessage> dialer;
  final RandomGenerator random;
  final InstantSource wallClock;
  Pace pace = Pace.NORMAL;

  /** A stall must be seen well before it is down. */
  private final Duration longestPing;

  private boolean saturated;
  private long saturatedNanos;
  private ObservationListener listener = observation -> {};

  P2pContext(
      String host,
      P2pConfig config,
      NodeFacts facts,
      Loop loop,
      Dialer<P2pMessage> dialer,
      RandomGenerator random,
      InstantSource wallClock) {
    this.host = host;
    this.config = config;
    this.facts = facts;
    this.loop = loop;
    this.dialer = dialer;
    this.random = random;
    this.wallClock = wallClock;
    this.longestPing = config.stallDown().dividedBy(2);
  }

  void listener(ObservationListener observationListener) {
    this.listener = observationListener;
  }

  long now() {
    return loop.nanoTime();
  }

  long timeoutNanos() {
    return config.cadence().timeout().toNanos();
  }

  /** Deadline of a stage once the dial was accepted; a stall must be seen before it is down. */
  long answerNanos() {
    return Math.min(timeoutNanos(), config.stallDown().toNanos());
  }

  long fastNanos() {
    return config.cadence().fastInterval().toNanos();
  }

  /** Start to start between attempts at the present pace. */
  long attemptNanos() {
    return config.cadence().jittered(config.cadence().at(pace), random);
  }

  /** Between pings at the present pace. */
  long pingNanos() {
    Duration interval = config.cadence().at(pace);
    boolean often = interval.compareTo(longestPing) < 0;
    return config.cadence().jittered(often ? interval : longestPing, random);
  }

  /**
   * Reports what the version is worth on {@link #VERSION}; returns the values it carries.
   *
   * @param stages of the conversation that it was read from
   */
  Map<String, String> judge(VersionPayload version, List<StageTiming> stages) {
    Finding judgement = VersionJudgement.of(config, version, wallClock.instant().getEpochSecond());
    report(
        VERSION,
        judgement.outcome(),
        judgement.reason(),
        judgement.detail(),
        stages,
        judgement.values());
    return judgement.values();
  }

  /** The node closed an accepted connection of ours, or evicted one, as full nodes do. */
  void seemsFull() {
    saturated = true;
    saturatedNanos = now();
    facts.inboundFull(true);
  }

  /** The process that seemed full is gone. */
  void restarted() {
    if (saturated) {
      saturated = false;
      facts.inboundFull(false);
    }
  }

  /**
   * Whether each accept evicts a real peer. Evidence of our own lasts an hour, because nothing but
   * another accept could renew it.
   */
  boolean full() {
    if (saturated && now() - saturatedNanos >= RedialPolicy.WINDOW_NANOS) {
      restarted();
    }
    return saturated || facts.inboundFull();
  }

  /** Whether no accept evicts anyone: RPC counts free slots, and we saw nothing else. */
  boolean hasRoom() {
    return facts.inboundCounted() && !full();
  }

  Alarm alarm(Runnable task) {
    return new Alarm(loop, task, this::bug);
  }

  void report(Check check, DialFailure failure) {
    report(check, failure.outcome(), failure.reason(), failure.detail(), List.of(), Map.of());
  }

  void report(Check check, Outcome outcome, Reason reason, String detail) {
    report(check, outcome, reason, detail, List.of(), Map.of());
  }

  void report(
      Check check,
      Outcome outcome,
      Reason reason,
      String detail,
      List<StageTiming> stages,
      Map<String, String> values) {
    Observation observation =
        new Observation(host, check, outcome, reason, detail, stages, values, now());
    try {
      listener.observed(observation);
    } catch (RuntimeException e) {
      // The listener may be an embedder's: its bug is not to stop the probe half way.
      log.error("event=listener-bug host={} aspect=p2p", host, e);
    }
  }

  private void bug(RuntimeException e) {
    log.error("event=probe-bug host={} aspect=p2p", host, e);
    report(HELD, Outcome.UNKNOWN, Reason.INTERNAL_ERROR, e.toString());
  }
}
