package org.bgpannouncer.reconcile;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.function.Function;
import org.bgpannouncer.route.Nlri;

/**
 * Which withdraws wait for their receipt, since when, and for which that takes too long. Each delay
 * is told when it begins and when it ends, and not between. Confined as its {@link Reconciler}.
 */
final class OverdueWithdraws {
  // The oldest first, because time does not go back.
  private final Map<Nlri, Long> waiting = new LinkedHashMap<>();
  private final Map<Nlri, Long> overdue = new LinkedHashMap<>();
  private final List<WithdrawDelay> untold = new ArrayList<>();

  /** A withdraw waits, from now on if it did not before. */
  void waits(Nlri nlri, long nowNanos) {
    if (!overdue.containsKey(nlri)) {
      waiting.putIfAbsent(nlri, nowNanos);
    }
  }

  /** No withdraw of the path waits any more. */
  void ended(Nlri nlri, WithdrawDelay.End end, long nowNanos) {
    waiting.remove(nlri);
    Long sinceNanos = overdue.remove(nlri);
    if (sinceNanos != null) {
      untold.add(new WithdrawDelay(nlri, nowNanos - sinceNanos, end, ""));
    }
  }

  boolean isOverdue(Nlri nlri, long nowNanos) {
    Long sinceNanos = waiting.get(nlri);
    return overdue.containsKey(nlri) || (sinceNanos != null && isLate(sinceNanos, nowNanos));
  }

  /** What has changed since this was asked last. */
  List<WithdrawDelay> changes(Function<Nlri, String> rejections, long nowNanos) {
    Iterator<Map.Entry<Nlri, Long>> oldest = waiting.entrySet().iterator();
    while (oldest.hasNext()) {
      Map.Entry<Nlri, Long> next = oldest.next();
      Nlri nlri = next.getKey();
      long sinceNanos = next.getValue();
      if (!isLate(sinceNanos, nowNanos)) {
        break;
      }
      oldest.remove();
      overdue.put(nlri, sinceNanos);
      untold.add(
          new WithdrawDelay(
              nlri, nowNanos - sinceNanos, WithdrawDelay.End.NONE, rejections.apply(nlri)));
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
