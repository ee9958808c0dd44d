package org.bgpannouncer.bgp;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.bgpannouncer.route.Nlri;
import org.bgpannouncer.route.Prefix;
import org.bgpannouncer.route.Rib;
import org.bgpannouncer.route.Route;
import org.bgpannouncer.route.RouteChange;

/**
 * What the peer of one session advertises at the moment (RFC 4271 section 3.2): UPDATEs go in, and
 * what each of them changes comes out. Not thread-safe.
 */
public final class AdjRibIn {
  private final TreeMap<Nlri, Route> routes = new TreeMap<>();

  /** The table of a session that has just begun. */
  public AdjRibIn() {}

  /** Applies an UPDATE and gives each of its changes, also those that repeat what is held. */
  public List<RouteChange> apply(UpdateMessage update) {
    List<RouteChange> changes = update.changes();
    for (RouteChange change : changes) {
      if (change instanceof RouteChange.Announce announce) {
        routes.put(change.nlri(), announce.route());
      } else {
        routes.remove(change.nlri());
      }
    }
    return changes;
  }

  /** Drops every route, as the end of the session demands (RFC 4271 section 8.2.2). */
  public List<RouteChange> end() {
    List<RouteChange> changes = new ArrayList<>(routes.size());
    routes.keySet().forEach(nlri -> changes.add(new RouteChange.Withdraw(nlri)));
    routes.clear();
    return changes;
  }

  /** The route of {@code prefix}, if it is advertised; of several paths the first by identifier. */
  public Optional<Route> route(Prefix prefix) {
    return Optional.ofNullable(routes.ceilingEntry(Nlri.of(prefix)))
        .filter(entry -> entry.getKey().prefix().equals(prefix))
        .map(Map.Entry::getValue);
  }

  /** All of it, as it is now. */
  public Rib rib() {
    return Rib.of(routes.values());
  }
}
