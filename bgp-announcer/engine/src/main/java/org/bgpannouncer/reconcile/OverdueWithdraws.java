package org.bgpannouncer.reconcile;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.function.Function;
import org.bgpannouncer.route.Prefix;

/**
 * Which withdraws wait for their receipt, since when, and for which that takes too long. Each delay
 * is told when it begins and when it ends, and not between. Confined as its {@link Reconciler}.
 */
final class OverdueWithdraws {
  // The oldest first, because time does not go back.
  private final Map<Prefix, Long> waiting = new LinkedHashMap<>();
  private final Map<Prefix, Long> overdue = new LinkedHashMap<>();
  private final List<WithdrawDelay> untold = new ArrayList<>();

  /** A withdraw waits, from now on if it did not before. */
  void waits(Prefix prefix, long nowNanos) {
    if (!overdue.containsKey(prefix)) {
      waiting.putIfAbsent(prefix, nowNanos);
    }
  }

  /** No withdraw of the prefix waits any more. */
  void ended(Prefix prefix, WithdrawDelay.End end, long nowNanos) {
    waiting.remove(prefix);
    Long sinceNanos = overdue.remove(prefix);
    if (sinceNanos != null) {
      untold.add(new WithdrawDelay(prefix, nowNanos - sinceNanos, end, ""));
    }
  }

  boolean isOverdue(Prefix prefix, long nowNanos) {
    Long sinceNanos = waiting.get(prefix);
    return overdue.containsKey(prefix) || (sinceNanos != null && isLate(sinceNanos, nowNanos));
  }

  /** What has changed since this was asked last. */
  List<WithdrawDelay> changes(Function<Prefix, String> rejections, long nowNanos) {
    Iterator<Map.Entry<Prefix, Long>> oldest = waiting.entrySet().iterator();
    while (oldest.hasNext()) {
      Map.Entry<Prefix, Long> next = oldest.next();
      Prefix prefix = next.getKey();
      long sinceNanos = next.getValue();
      if (!isLate(sinceNanos, nowNanos)) {
        break;
      }
      oldest.remove();
      overdue.put(prefix, sinceNanos);
      untold.add(
          new WithdrawDelay(
              prefix, nowNanos - sinceNanos, WithdrawDelay.End.NONE, rejections.apply(prefix)));
    }
    List<WithdrawDelay> changes = List.copyOf(untold);
    untold.clear();
    return changes;
  }

  /** When {@link #changes} will next have something to say, if nothing else happens. */
  OptionalLong nextNanos() {
    Iterator<Long> oldest = waiting.values().iterator();
    return oldest.hasNext()
        ? OptionalLong.of(oldest.next() + Reconciler.RECEIPT_NANOS)
        : OptionalLong.empty();
  }

  private static boolean isLate(long sinceNanos, long nowNanos) {
    return nowNanos - sinceNanos >= Reconciler.RECEIPT_NANOS;
  }
}
