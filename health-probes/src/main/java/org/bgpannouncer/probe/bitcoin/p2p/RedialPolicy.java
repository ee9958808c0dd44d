package org.bgpannouncer.probe.bitcoin.p2p;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.TimeUnit;

/**
 * How often a node may be made to accept a connection of ours. A node whose inbound slots are full
 * evicts a real peer for each accept, before it reads a byte (Bitcoin Core, net.cpp:
 * CreateNodeFromAcceptedSocket), so accepts are counted and refusals, which cost nothing, are not.
 *
 * <pre>
 *   losses   meaning                             next dial after a loss
 *   0        nothing lost lately                 at once; 10 s if closed before version
 *   1        re-dialled at once                  10 s
 *   n        lost n times in a row               10 s doubled n-1 times, at most 300 s
 * </pre>
 *
 * <p>Back to 0: a refused or unanswered dial, or ten minutes held. Beside that, accepts in any hour
 * stay at {@value #MAX_HELD_PER_HOUR} for the held connection and fresh handshakes together; what
 * is left of them is spread over what is left of the hour. A refused or unanswered dial starts that
 * count anew too: the process that accepted before is gone, and a new one has its slots free.
 *
 * <p>Pure: time is handed in.
 */
final class RedialPolicy {
  static final long FIRST_WAIT_NANOS = TimeUnit.SECONDS.toNanos(10);
  static final long LONGEST_WAIT_NANOS = TimeUnit.SECONDS.toNanos(300);
  static final long HELD_LONG_NANOS = TimeUnit.MINUTES.toNanos(10);
  static final long WINDOW_NANOS = TimeUnit.HOURS.toNanos(1);

  /** One less than the promise of twelve: the first handshake comes before anything is known. */
  static final int MAX_HELD_PER_HOUR = 11;

  /** Fresh handshakes leave the rest to the held connection, whose re-dial proves a death. */
  static final int MAX_WITH_HANDSHAKES_PER_HOUR = 8;

  private static final int SPREAD_FROM = 6;

  private final Deque<Long> accepts = new ArrayDeque<>(MAX_HELD_PER_HOUR);
  private int losses;
  private boolean verified;
  private long verifiedNanos;

  /** A connection of ours was accepted. */
  void accepted(long nowNanos) {
    forget(nowNanos);
    if (accepts.size() == MAX_HELD_PER_HOUR) {
      accepts.removeFirst();
    }
    accepts.addLast(nowNanos);
  }

  /** The held connection works. */
  void verified(long nowNanos) {
    verified = true;
    verifiedNanos = nowNanos;
  }

  /** A dial was refused or not answered at all. */
  void unaccepted() {
    losses = 0;
    accepts.clear();
  }

  /** Whether a connection lost now may be dialled again at once. */
  boolean mayRedialAtOnce(long nowNanos) {
    return losses(nowNanos) == 0 && count(nowNanos) < MAX_HELD_PER_HOUR;
  }

  /** An accepted connection was lost, or closed before version: how long the next dial waits. */
  long lost(long nowNanos) {
    int lost = Math.max(1, losses(nowNanos));
    losses = lost + 1;
    verified = false;
    long wait = FIRST_WAIT_NANOS << Math.min(lost - 1, 5);
    return Math.max(Math.min(wait, LONGEST_WAIT_NANOS), spreadNanos(nowNanos));
  }

  /** The held connection was lost and is dialled again at once: the next loss will wait. */
  void redialledAtOnce() {
    losses = 1;
    verified = false;
  }

  /** Whether a fresh handshake may cost an accept. */
  boolean mayShakeHands(long nowNanos, boolean full) {
    return losses(nowNanos) == 0 && (!full || count(nowNanos) < MAX_WITH_HANDSHAKES_PER_HOUR);
  }

  private int losses(long nowNanos) {
    return verified && nowNanos - verifiedNanos >= HELD_LONG_NANOS ? 0 : losses;
  }

  private int count(long nowNanos) {
    forget(nowNanos);
    return accepts.size();
  }

  private long spreadNanos(long nowNanos) {
    int count = count(nowNanos);
    if (count < SPREAD_FROM) {
      return 0;
    }
    long leftNanos = accepts.getFirst() + WINDOW_NANOS - nowNanos;
    return leftNanos / Math.max(1, MAX_HELD_PER_HOUR - count + 1) + 1;
  }

  private void forget(long nowNanos) {
    while (!accepts.isEmpty() && nowNanos - accepts.getFirst() >= WINDOW_NANOS) {
      accepts.removeFirst();
    }
  }
}
