package org.bgpannouncer.route;

import java.util.Objects;

/**
 * A route: a prefix with its path attributes (RFC 4271 section 1.1).
 *
 * @param prefix what is reachable
 * @param nextHop through whom
 * @param attributes the rest
 */
public record Route(Prefix prefix, NextHop nextHop, PathAttributes attributes) {
  /** Rejects nulls. */
  public Route {
    Objects.requireNonNull(prefix, "prefix");
    Objects.requireNonNull(nextHop, "nextHop");
    Objects.requireNonNull(attributes, "attributes");
  }
}
