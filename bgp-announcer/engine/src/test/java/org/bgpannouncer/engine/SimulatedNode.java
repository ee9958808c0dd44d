package org.bgpannouncer.engine;

import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.bgpannouncer.probe.Cadence;
import org.bgpannouncer.probe.Check;
import org.bgpannouncer.probe.Observation;
import org.bgpannouncer.probe.ObservationListener;
import org.bgpannouncer.probe.Outcome;
import org.bgpannouncer.probe.Pace;
import org.bgpannouncer.probe.Probe;
import org.bgpannouncer.probe.Reason;
import org.bgpannouncer.probe.time.Loop;
import org.bgpannouncer.probe.time.VirtualTime;
import org.jspecify.annotations.Nullable;

/**
 * A node and the probe of one check of it, in virtual time: attempts from start to start at the
 * pace, each observing what the node's condition makes it see, after as long as that takes.
 */
final class SimulatedNode implements Probe {
  static final Check HELD = Check.P2P_HELD;

  /** What an attempt meets. */
  enum Condition {
    ALIVE,
    /** No process listens. */
    REFUSING,
    /** Nothing answers to SYN. */
    UNPLUGGED,
    /** Stopped: the kernel accepts, nobody answers. */
    MUTE,
    FULL,
    STARTING,
    /** Our own side fails. */
    UNPROBEABLE
  }

  final String host;
  final Check check;
  private final VirtualTime time;
  private final Cadence cadence;
  private @Nullable ObservationListener listener;
  private Condition condition = Condition.ALIVE;
  private Pace pace = Pace.NORMAL;
  private Loop.@Nullable Timer timer;
  private long startedNanos;
  private long lastAnswerNanos;
  private boolean underWay;
  private boolean closed;
  private @Nullable Error paceFailure;
  private @Nullable RuntimeException closeFailure;

  SimulatedNode(String host, Check check, VirtualTime time, Cadence cadence) {
    this.host = host;
    this.check = check;
    this.time = time;
    this.cadence = cadence;
  }

  /** From now on; what is under way still ends as it would have. */
  void become(Condition next) {
    condition = next;
  }

  Condition condition() {
    return condition;
  }

  Pace pace() {
    return pace;
  }

  boolean isClosed() {
    return closed;
  }

  /** The kernel tells that the held connection is gone, and the re-dial is refused. */
  void dieProven() {
    condition = Condition.REFUSING;
    observe(Outcome.HARD, Reason.PROVEN_DEAD, Map.of());
  }

  @Override
  public void start(ObservationListener newListener) {
    listener = newListener;
    lastAnswerNanos = time.nanoTime();
    scheduleAt(time.nanoTime());
  }

  /** What the engine meets when it closes the probe, which is closed all the same. */
  void failAtClose(RuntimeException failure) {
    closeFailure = failure;
  }

  /** What the engine meets when it next sets the pace. */
  void failAtNextPace(Error failure) {
    paceFailure = failure;
  }

  @Override
  public void pace(Pace wanted) {
    if (paceFailure != null) {
      Error thrown = paceFailure;
      paceFailure = null;
      throw thrown;
    }
    boolean faster = wanted == Pace.FAST && pace == Pace.NORMAL;
    pace = wanted;
    long earliest = startedNanos + cadence.fastInterval().toNanos();
    if (faster && !underWay) {
      scheduleAt(earliest);
    }
  }

  @Override
  public void close() {
    closed = true;
    if (timer != null) {
      timer.cancel();
    }
    if (closeFailure != null) {
      throw closeFailure;
    }
  }

  private void scheduleAt(long atNanos) {
    if (closed) {
      return;
    }
    if (timer != null) {
      timer.cancel();
    }
    timer = time.schedule(atNanos - time.nanoTime(), this::attempt);
  }

  private void attempt() {
    underWay = true;
    startedNanos = time.nanoTime();
    boolean waits = condition == Condition.UNPLUGGED || condition == Condition.MUTE;
    Condition met = condition;
    time.schedule(waits ? cadence.timeout().toNanos() : 100_000, () -> finish(met));
  }

  private void finish(Condition met) {
    if (closed) {
      return;
    }
    underWay = false;
    long muteMillis = (time.nanoTime() - lastAnswerNanos) / 1_000_000;
    switch (met) {
      case ALIVE -> {
        lastAnswerNanos = time.nanoTime();
        observe(Outcome.OK, Reason.PASSED, Map.of());
      }
      case REFUSING -> observe(Outcome.HARD, Reason.REFUSED, Map.of());
      case UNPLUGGED -> observe(Outcome.HARD, Reason.CONNECT_TIMEOUT, Map.of());
      case MUTE ->
          observe(
              Outcome.SOFT,
              Reason.STALL,
              Map.of(Observation.STALL_MILLIS, Long.toString(muteMillis)));
      case FULL -> observe(Outcome.SOFT, Reason.SATURATED, Map.of());
      case STARTING -> observe(Outcome.NOT_READY, Reason.WARMING_UP, Map.of());
      case UNPROBEABLE -> observe(Outcome.UNKNOWN, Reason.LOCAL_RESOURCES, Map.of());
    }
    scheduleAt(startedNanos + cadence.at(pace).toNanos());
  }

  void observe(Outcome outcome, Reason reason, Map<String, String> values) {
    Objects.requireNonNull(listener)
        .observed(
            new Observation(host, check, outcome, reason, "", List.of(), values, time.nanoTime()));
  }
}
