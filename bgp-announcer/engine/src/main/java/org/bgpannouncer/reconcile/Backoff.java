package org.bgpannouncer.reconcile;

import java.util.concurrent.TimeUnit;
import org.bgpannouncer.route.RouteChange;

/** How long a refused change waits before it is tried again: 100 ms, doubling up to a limit. */
final class Backoff {
  static final long FIRST_NANOS = TimeUnit.MILLISECONDS.toNanos(100);
  // A route that stays announced to a dead service costs every client; one that comes back late
  // costs none.
  static final long WITHDRAW_LIMIT_NANOS = TimeUnit.SECONDS.toNanos(1);
  static final long ANNOUNCE_LIMIT_NANOS = TimeUnit.SECONDS.toNanos(30);

  private Backoff() {}

  /**
   * The wait after the change was tried {@code attempts} times.
   *
   * @param attempts at least 1
   */
  static long nanosAfter(RouteChange change, int attempts) {
    long limit =
        change instanceof RouteChange.Withdraw ? WITHDRAW_LIMIT_NANOS : ANNOUNCE_LIMIT_NANOS;
    int doublings = Math.min(attempts - 1, 20);
    return Math.min(limit, FIRST_NANOS << doublings);
  }
}
