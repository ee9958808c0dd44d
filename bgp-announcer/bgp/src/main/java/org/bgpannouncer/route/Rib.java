package org.bgpannouncer.route;

import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;

/**
 * An Adj-RIB-Out (RFC 4271 section 3.2): at most one route per path, and several paths to a prefix
 * only where each has an identifier (RFC 7911). As a wish it is complete: what it does not hold
 * shall not be advertised. Immutable, ordered by prefix and path identifier.
 */
public final class Rib {
  /** Nothing is advertised. */
  public static final Rib EMPTY = new Rib(new TreeMap<>(), 0);

  private final NavigableMap<Nlri, Route> routes;

  /** How many routes have a path identifier: as a rule none, and then a prefix has one path. */
  private final int identified;

  private Rib(NavigableMap<Nlri, Route> routes, int identified) {
    this.routes = routes;
    this.identified = identified;
  }

  /** The Rib with these routes; two routes of one path are refused. */
  public static Rib of(Collection<Route> routes) {
    TreeMap<Nlri, Route> byNlri = new TreeMap<>();
    int identified = 0;
    for (Route route : routes) {
      identified += route.nlri().pathId().isPresent() ? 1 : 0;
      if (byNlri.put(route.nlri(), route) != null) {
        throw new IllegalArgumentException(
            "prefix: " + route.nlri() + " (expected: one route per path)");
      }
    }
    return new Rib(byNlri, identified);
  }

  /** All routes by path. */
  public Map<Nlri, Route> routes() {
    return Collections.unmodifiableMap(routes);
  }

  /** The route of a path. */
  public Optional<Route> route(Nlri nlri) {
    return Optional.ofNullable(routes.get(nlri));
  }

  /** The only path to a prefix; of several the first. */
  public Optional<Route> route(Prefix prefix) {
    Map.Entry<Nlri, Route> first = routes.ceilingEntry(Nlri.of(prefix));
    return first != null && first.getKey().prefix().equals(prefix)
        ? Optional.of(first.getValue())
        : Optional.empty();
  }

  /** Every path to a prefix, by path identifier. */
  public List<Route> paths(Prefix prefix) {
    if (identified == 0) {
      Route only = routes.get(Nlri.of(prefix));
      return only == null ? List.of() : List.of(only);
    }
    Nlri last = Nlri.of(prefix, Nlri.MAX_PATH_ID);
    return List.copyOf(routes.subMap(Nlri.of(prefix), true, last, true).values());
  }

  /** This Rib after one change. */
  public Rib after(RouteChange change) {
    return after(List.of(change));
  }

  /** This Rib after several changes, in order: one copy for all of them. */
  public Rib after(Collection<? extends RouteChange> changes) {
    TreeMap<Nlri, Route> next = new TreeMap<>(routes);
    int nextIdentified = identified;
    for (RouteChange change : changes) {
      Route added = change instanceof RouteChange.Announce announce ? announce.route() : null;
      Route before = added == null ? next.remove(change.nlri()) : next.put(change.nlri(), added);
      if (change.nlri().pathId().isPresent()) {
        nextIdentified += (added == null ? 0 : 1) - (before == null ? 0 : 1);
      }
    }
    return new Rib(next, nextIdentified);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Rib that && routes.equals(that.routes);
  }

  @Override
  public int hashCode() {
    return routes.hashCode();
  }

  @Override
  public String toString() {
    return routes.values().toString();
  }
}
