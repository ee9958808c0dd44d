package org.bgpannouncer.bgp.speaker;

import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.bgpannouncer.route.Nlri;
import org.bgpannouncer.route.Prefix;
import org.bgpannouncer.route.RouteChange;

/**
 * Which changes do not stand yet, the newest wish for each path, and what becomes of them. Not
 * thread-safe.
 */
final class Receipts {
  private final Map<Nlri, RouteChange> awaited = new LinkedHashMap<>();

  /**
   * The awaited paths that have an identifier: what is said of one of them to a neighbor that does
   * not tell them apart may settle the others.
   */
  private final Map<Prefix, Set<Nlri>> paths = new HashMap<>();

  private final Consumer<BgpSpeakerEvent> report;

  /**
   * @param report hears what became of a change
   */
  Receipts(Consumer<BgpSpeakerEvent> report) {
    this.report = report;
  }

  /** From now on these are awaited, and what was wished for their paths before is not. */
  void await(Collection<? extends RouteChange> changes) {
    for (RouteChange change : changes) {
      awaited.put(change.nlri(), change);
      if (change.nlri().pathId().isPresent()) {
        paths.computeIfAbsent(change.prefix(), prefix -> new LinkedHashSet<>()).add(change.nlri());
      }
    }
  }

  /** Nothing is awaited any more. */
  void clear() {
    awaited.clear();
    paths.clear();
  }

  /** As {@link #settle}, for every change. */
  void settleAll(List<NeighborSession> sessions) {
    List.copyOf(awaited.keySet()).forEach(nlri -> settleOne(nlri, sessions));
  }

  /**
   * Tells what became of the newest wish for a path, and for the others to its prefix, once there
   * is nothing to wait for.
   *
   * @param sessions those that are up; without one, an announce is held
   */
  void settle(Nlri nlri, List<NeighborSession> sessions) {
    settleOne(nlri, sessions);
    Set<Nlri> others = paths.get(nlri.prefix());
    if (others != null) {
      List.copyOf(others).forEach(other -> settleOne(other, sessions));
    }
  }

  private void settleOne(Nlri nlri, List<NeighborSession> sessions) {
    if (isOutstanding(nlri, sessions)) {
      return;
    }
    RouteChange change = awaited.get(nlri);
    if (change == null || (change instanceof RouteChange.Announce && sessions.isEmpty())) {
      return;
    }
    forget(nlri);
    report.accept(
        isRefused(change, sessions)
            ? new BgpSpeakerEvent.Refused(change, reason(change, sessions))
            : new BgpSpeakerEvent.Delivered(change));
  }

  private void forget(Nlri nlri) {
    awaited.remove(nlri);
    Set<Nlri> others = paths.get(nlri.prefix());
    if (others != null && others.remove(nlri) && others.isEmpty()) {
      paths.remove(nlri.prefix());
    }
  }

  private static boolean isOutstanding(Nlri nlri, List<NeighborSession> sessions) {
    for (NeighborSession session : sessions) {
      if (session.isOutstanding(nlri)) {
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
        .flatMap(each -> each.untold(change.nlri()).stream())
        .findFirst()
        .orElse("not told");
  }
}
