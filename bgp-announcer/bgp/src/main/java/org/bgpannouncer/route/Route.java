package org.bgpannouncer.route;

import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;

/**
 * A route: a prefix with its path attributes (RFC 4271 section 1.1).
 *
 * @param nlri what is reachable, and by which of several paths
 * @param nextHop through whom
 * @param attributes the rest
 */
public record Route(Nlri nlri, NextHop nextHop, PathAttributes attributes) {
  /** Rejects nulls. */
  public Route {
    Objects.requireNonNull(nlri, "nlri");
    Objects.requireNonNull(nextHop, "nextHop");
    Objects.requireNonNull(attributes, "attributes");
  }

  /** The only path to {@code prefix}. */
  public Route(Prefix prefix, NextHop nextHop, PathAttributes attributes) {
    this(Nlri.of(prefix), nextHop, attributes);
  }

  /** The prefix that is reachable. */
  public Prefix prefix() {
    return nlri.prefix();
  }

  // As Prefix has it, and for the same reason: tables of routes ask for it all the time.
  @Override
  public boolean equals(Object other) {
    return this == other
        || (other instanceof Route that
            && nlri.equals(that.nlri)
            && nextHop.equals(that.nextHop)
            && attributes.equals(that.attributes));
  }

  @Override
  public int hashCode() {
    return 31 * (31 * nlri.hashCode() + nextHop.hashCode()) + attributes.hashCode();
  }

  /** For people, without the NLRI: {@code next-hop self med 200 as-path 64496,64496}. */
  public String path() {
    StringBuilder text = new StringBuilder("next-hop ").append(nextHop);
    attributes.med().ifPresent(med -> text.append(" med ").append(med));
    attributes
        .localPreference()
        .ifPresent(preference -> text.append(" local-preference ").append(preference));
    list(text, "as-path", attributes.asPath());
    list(text, "community", attributes.communities());
    list(text, "extended-community", attributes.extendedCommunities());
    list(text, "large-community", attributes.largeCommunities());
    return text.toString();
  }

  private static void list(StringBuilder text, String name, List<?> values) {
    if (!values.isEmpty()) {
      text.append(' ').append(name).append(' ');
      text.append(values.stream().map(String::valueOf).collect(Collectors.joining(",")));
    }
  }

  /** The NLRI, then the {@link #path}. */
  @Override
  public String toString() {
    return nlri + " " + path();
  }
}
