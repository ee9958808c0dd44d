package org.bgpannouncer.probe.bitcoin.p2p;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.bgpannouncer.probe.Observation;
import org.bgpannouncer.probe.Observation.StageTiming;
import org.bgpannouncer.probe.Outcome;
import org.bgpannouncer.probe.Reason;

/**
 * Reports, at the pace, how long a connected node has been mute: {@link Observation#STALL_MILLIS}
 * counts from the first question that is not answered, over however many connections. One report
 * falls on {@code stall-down} itself, so that the decision does not wait for the next turn.
 */
final class StallClock {
  /** The value that names the stage that is not answered. */
  static final String STALL_STAGE = "stall-stage";

  private final P2pContext context;
  private final Alarm next;
  private boolean running;
  private long sinceNanos;
  private String stage = "";
  private List<StageTiming> passed = List.of();

  StallClock(P2pContext context) {
    this.context = context;
    this.next = context.alarm(() -> report(Reason.STALL));
  }

  /** A question was not answered in time; an earlier one keeps its place. */
  void start(Conversation conversation) {
    if (!running) {
      running = true;
      sinceNanos = conversation.askedNanos();
    }
    stage = conversation.stage().name().toLowerCase(Locale.ROOT);
    passed = List.copyOf(conversation.stages());
  }

  boolean isRunning() {
    return running;
  }

  /** The node answered, or is gone. */
  void stop() {
    running = false;
    next.cancel();
  }

  /** Stops the reports, but remembers since when. */
  void pause() {
    next.cancel();
  }

  /** Reports now, and again at the pace until stopped or paused. */
  void report(Reason reason) {
    once(reason);
    setNext();
  }

  /** Reports now. */
  void once(Reason reason) {
    long millis = TimeUnit.NANOSECONDS.toMillis(context.now() - sinceNanos);
    context.report(
        P2pContext.HELD,
        Outcome.SOFT,
        reason,
        "no " + stage + " for " + millis + " ms",
        passed,
        Map.of(Observation.STALL_MILLIS, Long.toString(millis), STALL_STAGE, stage));
  }

  /** The pace became fast. */
  void hasten() {
    next.bringForward(context.now() + context.fastNanos());
  }

  private void setNext() {
    long wait = context.attemptNanos();
    long untilDown = sinceNanos + context.config.stallDown().toNanos() - context.now();
    next.set(untilDown > 0 ? Math.min(wait, untilDown) : wait);
  }
}
