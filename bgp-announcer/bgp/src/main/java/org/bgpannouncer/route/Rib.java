package org.bgpannouncer.route;

import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * An Adj-RIB-Out (RFC 4271 section 3.2): at most one route per prefix. As a wish it is complete:
 * what it does not hold shall not be advertised. Immutable, ordered by prefix.
 */
public final class Rib {
  /** Nothing is advertised. */
  public static final Rib EMPTY = new Rib(new TreeMap<>());

  private final Map<Prefix, Route> routes;

  private Rib(Map<Prefix, Route> routes) {
    this.routes = routes;
  }

  /** The Rib with these routes; two routes of one prefix are refused. */
  public static Rib of(Collection<Route> routes) {
    TreeMap<Prefix, Route> byPrefix = new TreeMap<>();
    for (Route route : routes) {
      if (byPrefix.put(route.prefix(), route) != null) {
        throw new IllegalArgumentException(
            "prefix: " + route.prefix() + " (expected: one route per prefix)");
      }
    }
    return new Rib(byPrefix);
  }

  /** All routes by prefix. */
  public Map<Prefix, Route> routes() {
    return Collections.unmodifiableMap(routes);
  }

  /** The route of a prefix. */
  public Optional<Route> route(Prefix prefix) {
    return Optional.ofNullable(routes.get(prefix));
  }

  /** This Rib after one change. */
  public Rib after(RouteChange change) {
    return after(List.of(change));
  }

  /** This Rib after several changes, in order: one copy for all of them. */
  public Rib after(Collection<? extends RouteChange> changes) {
    TreeMap<Prefix, Route> next = new TreeMap<>(routes);
    for (RouteChange change : changes) {
      if (change instanceof RouteChange.Announce announce) {
        next.put(change.prefix(), announce.route());
      } else {
        next.remove(change.prefix());
      }
    }
    return new Rib(next);
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
