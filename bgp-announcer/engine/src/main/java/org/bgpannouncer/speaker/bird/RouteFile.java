package org.bgpannouncer.speaker.bird;

import java.util.Collection;
import java.util.Collections;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.bgpannouncer.route.NextHop;
import org.bgpannouncer.route.PathAttributes;
import org.bgpannouncer.route.Prefix;
import org.bgpannouncer.route.Route;
import org.bgpannouncer.route.RouteChange;

/**
 * What BIRD's configuration includes: one static protocol per address family, one line per route.
 * Immutable.
 *
 * <p>A static route takes the words of a filter (BIRD: proto/static/config.Y), so it carries every
 * attribute. Its next hop is recursive where one is given, so that the kernel of an edge router
 * forwards to the host; a route without one leads nowhere on this machine.
 */
final class RouteFile {
  /** Of the static protocol with the IPv4 routes. */
  static final String IPV4_PROTOCOL = "bgp_announcer4";

  /** Of the static protocol with the IPv6 routes. */
  static final String IPV6_PROTOCOL = "bgp_announcer6";

  /** No route. */
  static final RouteFile EMPTY = new RouteFile(new TreeMap<>());

  /** Above BIRD's `direct` (240): only the best route of a prefix is exported. */
  private static final int PREFERENCE = 1000;

  private static final String HEAD =
      """
      # Written by bgp-announcer, and again with each change: what is edited here is lost.
      """;
  private static final Pattern STATEMENT =
      Pattern.compile(
          "\\s*(route (\\S+) (?:unreachable|recursive [0-9a-f.:]+)(?: \\{[^}#\"]*})?;)");

  private final Map<Prefix, String> statements;

  private RouteFile(Map<Prefix, String> statements) {
    this.statements = Collections.unmodifiableMap(statements);
  }

  /** The protocol that carries a prefix. */
  static String protocolOf(Prefix prefix) {
    return prefix.isIpv4() ? IPV4_PROTOCOL : IPV6_PROTOCOL;
  }

  /** Reads what {@link #text} has written; what is not of that form is left out. */
  static RouteFile parse(String text) {
    TreeMap<Prefix, String> statements = new TreeMap<>();
    text.lines()
        .forEach(
            line -> {
              Matcher statement = STATEMENT.matcher(line);
              if (statement.matches()) {
                prefix(statement.group(2))
                    .ifPresent(prefix -> statements.put(prefix, statement.group(1)));
              }
            });
    return new RouteFile(statements);
  }

  private static Optional<Prefix> prefix(String text) {
    try {
      return Optional.of(Prefix.parse(text));
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  /** This file after some changes. */
  RouteFile after(Collection<? extends RouteChange> changes) {
    TreeMap<Prefix, String> next = new TreeMap<>(statements);
    for (RouteChange change : changes) {
      if (change instanceof RouteChange.Announce announce) {
        next.put(change.prefix(), statement(announce.route()));
      } else {
        next.remove(change.prefix());
      }
    }
    return new RouteFile(next);
  }

  /** Its prefixes. */
  Collection<Prefix> prefixes() {
    return statements.keySet();
  }

  boolean isEmpty() {
    return statements.isEmpty();
  }

  /** Whether it has no route of a protocol's. */
  boolean isEmpty(String protocol) {
    return statements.keySet().stream().noneMatch(prefix -> protocolOf(prefix).equals(protocol));
  }

  /** What stands in the file. */
  String text() {
    return HEAD + protocol(IPV4_PROTOCOL, "ipv4") + protocol(IPV6_PROTOCOL, "ipv6");
  }

  private String protocol(String name, String channel) {
    String routes =
        statements.entrySet().stream()
            .filter(entry -> protocolOf(entry.getKey()).equals(name))
            .map(entry -> "  " + entry.getValue() + "\n")
            .collect(Collectors.joining());
    return "protocol static %s {\n  %s { preference %d; };\n%s}\n"
        .formatted(name, channel, PREFERENCE, routes);
  }

  /** Why a route cannot be written, if so. */
  static Optional<String> refusal(Route route) {
    if (route.nextHop() instanceof NextHop.At at
        && at.address().isIpv4() != route.prefix().isIpv4()) {
      return Optional.of(
          "next-hop: %s (expected: an %s address for %s)"
              .formatted(at.address(), route.prefix().isIpv4() ? "IPv4" : "IPv6", route.prefix()));
    }
    return Optional.empty();
  }

  private static String statement(Route route) {
    StringBuilder text = new StringBuilder("route ").append(route.prefix());
    StringBuilder attributes = new StringBuilder();
    if (route.nextHop() instanceof NextHop.At at) {
      text.append(" recursive ").append(at.address());
      attributes.append(" bgp_next_hop = ").append(at.address()).append(';');
    } else {
      text.append(" unreachable");
    }
    append(attributes, route.attributes());
    if (attributes.length() > 0) {
      text.append(" {").append(attributes).append(" }");
    }
    return text.append(';').toString();
  }

  private static void append(StringBuilder text, PathAttributes attributes) {
    attributes.med().ifPresent(med -> text.append(" bgp_med = ").append(med).append(';'));
    attributes
        .localPreference()
        .ifPresent(value -> text.append(" bgp_local_pref = ").append(value).append(';'));
    // The last one prepended is the nearest.
    for (int i = attributes.asPath().size() - 1; i >= 0; i--) {
      text.append(" bgp_path.prepend(").append(attributes.asPath().get(i)).append(");");
    }
    attributes
        .communities()
        .forEach(
            community ->
                text.append(
                    " bgp_community.add((%d,%d));".formatted(community.high(), community.low())));
    attributes
        .extendedCommunities()
        .forEach(
            community ->
                text.append(
                    " bgp_ext_community.add((generic,0x%x,0x%x));"
                        .formatted(community.octets() >>> 32, community.octets() & 0xffff_ffffL)));
    attributes
        .largeCommunities()
        .forEach(
            community ->
                text.append(
                    " bgp_large_community.add((%s));"
                        .formatted(community.toString().replace(':', ','))));
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof RouteFile that && statements.equals(that.statements);
  }

  @Override
  public int hashCode() {
    return statements.hashCode();
  }
}
