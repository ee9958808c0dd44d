package org.bgpannouncer.testkit.bgp;

import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.bgpannouncer.bgp.UpdateMessage;
import org.bgpannouncer.bgp.session.BgpSession;
import org.bgpannouncer.route.Prefix;
import org.bgpannouncer.route.Rib;
import org.bgpannouncer.route.Route;
import org.bgpannouncer.route.RouteChange;
import org.bgpannouncer.testkit.bgp.HeardChange.Cause;

/**
 * What every session of a peer advertises at the moment (RFC 4271 section 3.2), one table per
 * session. Not thread-safe.
 */
final class AdjRibIn {
  private final Map<Long, TreeMap<Prefix, Route>> bySession = new HashMap<>();

  /** Applies an UPDATE and gives each of its changes, repeated announcements included. */
  List<HeardChange> apply(BgpSession session, UpdateMessage update, long nanos) {
    TreeMap<Prefix, Route> routes = bySession.computeIfAbsent(session.id(), id -> new TreeMap<>());
    ArrayList<HeardChange> heard = new ArrayList<>();
    for (RouteChange change : update.changes()) {
      if (change instanceof RouteChange.Announce announce) {
        routes.put(change.prefix(), announce.route());
      } else {
        routes.remove(change.prefix());
      }
      heard.add(new HeardChange(session.id(), session.remote(), change, nanos, Cause.UPDATE));
    }
    return heard;
  }

  /** Drops everything heard on a session, as its end demands (RFC 4271 section 8.2.2). */
  List<HeardChange> ended(long session, InetSocketAddress remote, long nanos) {
    TreeMap<Prefix, Route> routes = bySession.remove(session);
    if (routes == null) {
      return List.of();
    }
    return routes.keySet().stream()
        .map(
            prefix ->
                new HeardChange(
                    session, remote, new RouteChange.Withdraw(prefix), nanos, Cause.SESSION_ENDED))
        .toList();
  }

  /** Whether any session advertises {@code prefix}. */
  boolean holds(Prefix prefix) {
    return bySession.values().stream().anyMatch(routes -> routes.containsKey(prefix));
  }

  /** All sessions together; of a prefix heard twice, the route of the youngest session. */
  Rib rib() {
    TreeMap<Prefix, Route> merged = new TreeMap<>();
    bySession.keySet().stream().sorted().forEach(id -> merged.putAll(routesOf(id)));
    Collection<Route> routes = merged.values();
    return Rib.of(routes);
  }

  private Map<Prefix, Route> routesOf(long session) {
    return bySession.getOrDefault(session, new TreeMap<>());
  }
}
