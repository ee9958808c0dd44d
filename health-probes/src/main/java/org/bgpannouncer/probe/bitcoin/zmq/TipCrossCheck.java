package org.bgpannouncer.probe.bitcoin.zmq;

import java.util.concurrent.TimeUnit;

/**
 * Holds each change of the tip that RPC saw against the block notifications: one should have come
 * before, or come within 30 s. RPC looks only now and then, so either may be first.
 */
final class TipCrossCheck {
  /** How long a notification may come after RPC saw the tip change. */
  static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(30);

  private boolean listening;
  private boolean unclaimedNotification;
  private boolean expecting;
  private long expectedUntilNanos;
  private int missedInARow;

  /** A new connection: what came before is not held against it. */
  void subscribed() {
    listening = true;
    unclaimedNotification = false;
    expecting = false;
    missedInARow = 0;
  }

  /** The connection is gone. */
  void unsubscribed() {
    listening = false;
    expecting = false;
  }

  /** A block was notified. */
  void notified() {
    unclaimedNotification = !expecting;
    expecting = false;
    missedInARow = 0;
  }

  /** RPC saw another tip. */
  void tipChanged(long nowNanos) {
    missedInARow(nowNanos);
    if (unclaimedNotification) {
      unclaimedNotification = false;
    } else if (listening && !expecting) {
      expecting = true;
      expectedUntilNanos = nowNanos + PATIENCE_NANOS;
    }
  }

  /** How many changes in a row were not notified in time. */
  int missedInARow(long nowNanos) {
    if (expecting && nowNanos - expectedUntilNanos >= 0) {
      expecting = false;
      missedInARow++;
    }
    return missedInARow;
  }
}
