package org.bgpannouncer.testkit.bgp;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.bgpannouncer.bgp.AdjRibIn;
import org.bgpannouncer.bgp.UpdateMessage;
import org.bgpannouncer.route.Nlri;
import org.bgpannouncer.route.Prefix;
import org.bgpannouncer.route.Rib;
import org.bgpannouncer.route.Route;
import org.bgpannouncer.route.RouteChange;
import org.bgpannouncer.testkit.bgp.HeardChange.Cause;

/** What every session of a peer advertises at the moment. Not thread-safe. */
final class AdjRibsIn {
  private final TreeMap<Long, AdjRibIn> bySession = new TreeMap<>();

  List<HeardChange> apply(CableConnection from, UpdateMessage update, long nanos) {
    AdjRibIn table = bySession.computeIfAbsent(from.id(), id -> new AdjRibIn());
    return heard(from, table, table.apply(update), nanos, Cause.UPDATE);
  }

  List<HeardChange> ended(CableConnection from, long nanos) {
    AdjRibIn table = bySession.remove(from.id());
    return table == null ? List.of() : heard(from, table, table.end(), nanos, Cause.SESSION_ENDED);
  }

  private static List<HeardChange> heard(
      CableConnection from, AdjRibIn table, List<RouteChange> changes, long nanos, Cause cause) {
    return changes.stream()
        .map(
            change ->
                new HeardChange(
                    from.id(),
                    from.remote(),
                    change,
                    table.route(change.prefix()).isPresent(),
                    nanos,
                    cause))
        .toList();
  }

  /** Whether any session advertises {@code prefix}. */
  boolean holds(Prefix prefix) {
    return bySession.values().stream().anyMatch(table -> table.route(prefix).isPresent());
  }

  /** All sessions together; of a path heard twice, the route of the youngest session. */
  Rib rib() {
    Map<Nlri, Route> merged = new TreeMap<>();
    bySession.values().forEach(table -> merged.putAll(table.rib().routes()));
    return Rib.of(merged.values());
  }
}
