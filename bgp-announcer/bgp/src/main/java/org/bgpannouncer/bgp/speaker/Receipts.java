package org.bgpannouncer.bgp.speaker;

import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.bgpannouncer.route.Prefix;
import org.bgpannouncer.route.RouteChange;

/**
 * Which changes do not stand yet, the newest wish for each prefix, and what becomes of them. Not
 * thread-safe.
 */
final class Receipts {
  private final Map<Prefix, RouteChange> awaited = new LinkedHashMap<>();
  private final Consumer<BgpSpeakerEvent> report;

  /**
   * @param report hears what became of a change
   */
  Receipts(Consumer<BgpSpeakerEvent> report) {
    this.report = report;
  }

  /** From now on these are awaited, and what was wished for their prefixes before is not. */
  void await(Collection<? extends RouteChange> changes) {
    changes.forEach(change -> awaited.put(change.prefix(), change));
  }

  /** Nothing is awaited any more. */
  void clear() {
    awaited.clear();
  }

  /** As {@link #settle}, for every change. */
  void settleAll(List<NeighborSession> sessions) {
    List.copyOf(awaited.keySet()).forEach(prefix -> settle(prefix, sessions));
  }

  /**
   * Tells what became of the newest wish for a prefix, once there is nothing to wait for.
   *
   * @param sessions those that are up; without one, an announce is held
   */
  void settle(Prefix prefix, List<NeighborSession> sessions) {
    if (isOutstanding(prefix, sessions)) {
      return;
    }
    RouteChange change = awaited.get(prefix);
    if (change == null || (change instanceof RouteChange.Announce && sessions.isEmpty())) {
      return;
    }
    awaited.remove(prefix);
    report.accept(
        isRefused(change, sessions)
            ? new BgpSpeakerEvent.Refused(change, reason(change, sessions))
            : new BgpSpeakerEvent.Delivered(change));
  }

  private static boolean isOutstanding(Prefix prefix, List<NeighborSession> sessions) {
    for (NeighborSession session : sessions) {
      if (session.isOutstanding(prefix)) {
        return true;
      }
    }
    return false;
  }

  /** Whether no session can be told of it. */
  private static boolean isRefused(RouteChange change, List<NeighborSession> sessions) {
    if (!(change instanceof RouteChange.Announce announce)) {
      return false;
    }
    for (NeighborSession session : sessions) {
      if (session.isAdvertised(announce.route())) {
        return false;
      }
    }
    return true;
  }

  private static String reason(RouteChange change, List<NeighborSession> sessions) {
    return sessions.stream()
        .flatMap(each -> each.untold(change.prefix()).stream())
        .findFirst()
        .orElse("not told");
  }
}
