package org.bgpannouncer.probe.bitcoin.rpc;

import java.time.Duration;

/** For how long a condition has held without a break. */
final class Lasting {
  private boolean holds;
  private long sinceNanos;

  /** The condition holds, or does not, at {@code nowNanos}. */
  void update(boolean holdsNow, long nowNanos) {
    if (holdsNow && !holds) {
      sinceNanos = nowNanos;
    }
    holds = holdsNow;
  }

  /** Forgets that it held. */
  void end() {
    holds = false;
  }

  /** Whether it has held for {@code duration} or longer. */
  boolean reached(Duration duration, long nowNanos) {
    return holds && nowNanos - sinceNanos >= duration.toNanos();
  }
}
