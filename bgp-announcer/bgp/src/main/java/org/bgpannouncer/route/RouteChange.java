package org.bgpannouncer.route;

/** One step from one Rib towards another. */
public sealed interface RouteChange {
  /** The path that changes. */
  Nlri nlri();

  /** The prefix that it leads to. */
  default Prefix prefix() {
    return nlri().prefix();
  }

  /**
   * Advertise a route; replaces what was advertised for its path.
   *
   * @param route the new route
   */
  record Announce(Route route) implements RouteChange {
    @Override
    public Nlri nlri() {
      return route.nlri();
    }
  }

  /**
   * Advertise the path no longer.
   *
   * @param nlri the path
   */
  record Withdraw(Nlri nlri) implements RouteChange {
    /** Withdraws the only path to {@code prefix}. */
    public Withdraw(Prefix prefix) {
      this(Nlri.of(prefix));
    }
  }
}
