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
 * <p>Back to 0: a refused dial, or ten minutes held. Beside that, accepts in any hour are counted:
 * those of the held connection and, at a node that may be full, of fresh handshakes.
 *
 * <pre>
 *   accepts   still allowed in that hour
 *   below 8   everything; from 6 on waits are spread over what is left of the hour
 *   8 to 10   the held connection's re-dial, whose refusal proves a death
 *   11        a dial that a dead witness vouches for
 *   12        none
 * </pre>
 *
 * <p>A refused dial starts that count anew too: the process that accepted before is gone, and a new
 * one has its slots free. A dial that is not answered says nothing of the process.
 *
 * <p>Nobody tells that a node is full before it evicts us, unless RPC counts its peers. Where it
 * does not, a node is taken for a full one until it has kept us for an hour.
 *
 * <p>A dead witness (refused, or not answered) cuts a wait short, because a dial of a dead node
 * costs nothing. A node that accepts that dial all the same has no RPC, or none that we reach: its
 * witness is believed no more until the losses are back at 0.
 *
 * <p>Pure: time is handed in.
 */
final class RedialPolicy {
  static final long FIRST_WAIT_NANOS = TimeUnit.SECONDS.toNanos(10);
  static final long LONGEST_WAIT_NANOS = TimeUnit.SECONDS.toNanos(300);
  static final long HELD_LONG_NANOS = TimeUnit.MINUTES.toNanos(10);
  static final long WINDOW_NANOS = TimeUnit.HOURS.toNanos(1);

  static final int MAX_PER_HOUR = 12;
  static final int MAX_HELD_PER_HOUR = 11;
  static final int MAX_WITH_HANDSHAKES_PER_HOUR = 8;

  private static final int SPREAD_FROM = 6;

  private final Deque<Long> accepts = new ArrayDeque<>(MAX_PER_HOUR);
  private int losses;
  private boolean onWitness;
  private boolean misled;
  private boolean verified;
  private long verifiedNanos;

  /** A connection of ours was accepted. */
  void accepted(long nowNanos) {
    forget(nowNanos);
    if (accepts.size() == MAX_PER_HOUR) {
      accepts.removeFirst();
    }
    accepts.addLast(nowNanos);
    misled |= onWitness;
    onWitness = false;
  }

  /** The held connection works. */
  void verified(long nowNanos) {
    verified = true;
    verifiedNanos = nowNanos;
  }

  /** A dial was refused. */
  void refused() {
    reset();
    accepts.clear();
  }

  /** Whether a connection lost now may be dialled again at once. */
  boolean mayRedialAtOnce(long nowNanos) {
    return losses(nowNanos) == 0 && count(nowNanos) < MAX_HELD_PER_HOUR;
  }

  /** Whether a dead witness may bring a dial about that is not allowed otherwise. */
  boolean mayRedialOnWitness(long nowNanos) {
    return !misled && count(nowNanos) < MAX_PER_HOUR;
  }

  /**
   * The next dial is made because the witness is dead.
   *
   * @param held whether the held connection is still there, though late
   */
  void redialledOnWitness(boolean held) {
    onWitness = true;
    verified &= held;
  }

  /** Whether a late pong may cost a node that may be full an accept. */
  boolean mayDialBesides(long nowNanos) {
    return count(nowNanos) < MAX_WITH_HANDSHAKES_PER_HOUR;
  }

  /** Whether the held connection has been kept for as long as accepts are counted. */
  boolean isKept(long nowNanos) {
    return verified && nowNanos - verifiedNanos >= WINDOW_NANOS;
  }

  /** An accepted connection was lost, or closed before version: how long the next dial waits. */
  long lost(long nowNanos) {
    if (losses(nowNanos) == 0) {
      reset();
    }
    int lost = Math.max(1, losses);
    losses = lost + 1;
    verified = false;
    long wait = FIRST_WAIT_NANOS << Math.min(lost - 1, 5);
    return Math.max(Math.min(wait, LONGEST_WAIT_NANOS), spreadNanos(nowNanos));
  }

  /** The held connection was lost and is dialled again at once: the next loss will wait. */
  void redialledAtOnce() {
    reset();
    losses = 1;
    verified = false;
  }

  /**
   * Whether a fresh handshake may cost an accept. One loss is no reason against it; two in a row
   * may be a full node that evicts us, whatever else is known of it.
   *
   * @param spared whether the node may be full
   */
  boolean mayShakeHands(long nowNanos, boolean spared) {
    return losses(nowNanos) < 2 && (!spared || count(nowNanos) < MAX_WITH_HANDSHAKES_PER_HOUR);
  }

  private void reset() {
    losses = 0;
    onWitness = false;
    misled = false;
  }

  private int losses(long nowNanos) {
    return verified && nowNanos - verifiedNanos >= HELD_LONG_NANOS ? 0 : losses;
  }

  /** How many accepts are known of the hour before. */
  int count(long nowNanos) {
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
