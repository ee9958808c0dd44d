package org.bgpannouncer.probe.bitcoin.zmq;

/**
 * What is known of one notifier: its counter, and when it last spoke.
 *
 * <p>The counter advances also while nobody listens, so a jump counts as loss only within one
 * connection. A counter that went back was started again: the node restarted.
 */
final class NotifierTrack {
  private static final long COUNTER_VALUES = 1L << 32;

  private boolean seen;
  private boolean seenOnThisConnection;
  private boolean listenedBefore;
  private boolean listening;
  private long sequence;
  private long messages;
  private long lost;
  private long heardNanos;
  private long pausedNanos;
  private long lostSinceReport;
  private boolean resetSinceReport;

  /** The subscription begins. */
  void subscribed(long nowNanos) {
    seenOnThisConnection = false;
    // Nobody can be blamed for being silent while we were not there.
    heardNanos = listenedBefore ? heardNanos + (nowNanos - pausedNanos) : nowNanos;
    listenedBefore = true;
    listening = true;
  }

  /** The connection is gone. */
  void unsubscribed(long nowNanos) {
    listening = false;
    pausedNanos = nowNanos;
  }

  /** A notification with counter {@code next}. */
  void received(long next, long nowNanos) {
    long skipped = Math.floorMod(next - sequence - 1, COUNTER_VALUES);
    boolean forward = skipped < COUNTER_VALUES / 2;
    if (seen && !forward) {
      resetSinceReport = true;
    } else if (seenOnThisConnection && next == 0 && skipped > 0) {
      resetSinceReport = true;
    } else if (seenOnThisConnection) {
      lost += skipped;
      lostSinceReport += skipped;
    }
    seen = true;
    seenOnThisConnection = true;
    sequence = next;
    messages++;
    heardNanos = nowNanos;
  }

  /** How long it has been silent while we listened. */
  long silentNanos(long nowNanos) {
    return (listening ? nowNanos : pausedNanos) - heardNanos;
  }

  /** Whether a notification ever came. */
  boolean seen() {
    return seen;
  }

  /** The last counter. */
  long sequence() {
    return sequence;
  }

  /** How many notifications came. */
  long messages() {
    return messages;
  }

  /** How many never came, over all gaps. */
  long lost() {
    return lost;
  }

  /** How many never came since this was last asked. */
  long takeLost() {
    long taken = lostSinceReport;
    lostSinceReport = 0;
    return taken;
  }

  /** Whether the counter started again since this was last asked. */
  boolean takeReset() {
    boolean taken = resetSinceReport;
    resetSinceReport = false;
    return taken;
  }
}
