package org.bgpannouncer.route;

/** One step from one Rib towards another. */
public sealed interface RouteChange {
  /** The prefix that changes. */
  Prefix prefix();

  /**
   * Advertise a route; replaces what was advertised for its prefix.
   *
   * @param route the new route
   */
  record Announce(Route route) implements RouteChange {
    @Override
    public Prefix prefix() {
      return route.prefix();
    }
  }

  /**
   * Advertise the prefix no longer.
   *
   * @param prefix the prefix
   */
  record Withdraw(Prefix prefix) implements RouteChange {}
}
