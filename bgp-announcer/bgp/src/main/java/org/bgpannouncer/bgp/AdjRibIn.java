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

  /**
   * Applies an UPDATE and gives each of its changes, also those that repeat what is held. Where one
   * of several paths to a prefix is withdrawn (RFC 7911), it is announced with the next of them.
   */
  public List<RouteChange> apply(UpdateMessage update) {
    List<RouteChange> changes = new ArrayList<>();
    for (PathChange path : update.pathChanges()) {
      if (path.change() instanceof RouteChange.Announce announce) {
        routes.put(path.nlri(), announce.route());
        changes.add(announce);
      } else {
        routes.remove(path.nlri());
        changes.add(withoutPath(path.nlri().prefix()));
      }
    }
    return changes;
  }

  private RouteChange withoutPath(Prefix prefix) {
    return route(prefix)
        .<RouteChange>map(RouteChange.Announce::new)
        .orElse(new RouteChange.Withdraw(prefix));
  }

  /** Drops every route, as the end of the session demands (RFC 4271 section 8.2.2). */
  public List<RouteChange> end() {
    List<RouteChange> changes = new ArrayList<>();
    routes.keySet().stream()
        .map(Nlri::prefix)
        .distinct()
        .forEach(prefix -> changes.add(new RouteChange.Withdraw(prefix)));
    routes.clear();
    return changes;
  }

  /** The route of {@code prefix}, if it is advertised; of several paths the first by identifier. */
  public Optional<Route> route(Prefix prefix) {
    return Optional.ofNullable(routes.ceilingEntry(Nlri.of(prefix)))
        .filter(entry -> entry.getKey().prefix().equals(prefix))
        .map(Map.Entry::getValue);
  }

  /** All of it, as it is now, with the first path to each prefix. */
  public Rib rib() {
    TreeMap<Prefix, Route> first = new TreeMap<>();
    routes.forEach((nlri, route) -> first.putIfAbsent(nlri.prefix(), route));
    return Rib.of(first.values());
  }
}
