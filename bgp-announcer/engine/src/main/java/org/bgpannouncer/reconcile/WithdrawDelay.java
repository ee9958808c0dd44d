package org.bgpannouncer.reconcile;

import org.bgpannouncer.route.Nlri;

/**
 * A withdraw has become overdue, or is no more.
 *
 * @param nlri the path
 * @param nanos since the withdraw was wished
 * @param end how it ended
 * @param rejection what the speaker said last; empty if it did not refuse
 */
public record WithdrawDelay(Nlri nlri, long nanos, End end, String rejection) {
  /** How a delay ended. */
  public enum End {
    /** It lasts. */
    NONE,
    /** The speaker has acknowledged the withdraw, or does not hold the route. */
    WITHDRAWN,
    /** A route is wished again. */
    REPLACED
  }
}
