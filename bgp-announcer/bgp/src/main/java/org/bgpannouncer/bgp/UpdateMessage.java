package org.bgpannouncer.bgp;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.bgpannouncer.route.Community;
import org.bgpannouncer.route.IpAddress;
import org.bgpannouncer.route.LargeCommunity;
import org.bgpannouncer.route.NextHop;
import org.bgpannouncer.route.PathAttributes;
import org.bgpannouncer.route.Prefix;
import org.bgpannouncer.route.Route;
import org.bgpannouncer.route.RouteChange;

/**
 * UPDATE (RFC 4271 section 4.3) as it stands on the wire; {@link #changes} says what it means.
 *
 * @param withdrawn the IPv4 prefixes of the Withdrawn Routes field
 * @param attributes in the order they stand, at most one of each code
 * @param nlri the IPv4 prefixes of the Network Layer Reachability Information field
 * @param anomalies what was wrong with it and has been dealt with; nothing of it is on the wire
 */
public record UpdateMessage(
    List<Prefix> withdrawn,
    List<PathAttribute> attributes,
    List<Prefix> nlri,
    List<Anomaly> anomalies)
    implements BgpMessage {
  /** Copies the lists, and rejects IPv6 outside the multiprotocol attributes and repetitions. */
  public UpdateMessage {
    withdrawn = requireIpv4(withdrawn);
    attributes = List.copyOf(attributes);
    nlri = requireIpv4(nlri);
    anomalies = List.copyOf(anomalies);
    Set<Integer> codes = new HashSet<>();
    for (PathAttribute attribute : attributes) {
      if (!codes.add(attribute.code())) {
        throw new IllegalArgumentException(
            "attribute: " + attribute.code() + " (expected: each code once)");
      }
    }
  }

  /** An UPDATE with nothing wrong about it. */
  public UpdateMessage(List<Prefix> withdrawn, List<PathAttribute> attributes, List<Prefix> nlri) {
    this(withdrawn, attributes, nlri, List.of());
  }

  /** The End-of-RIB marker of {@code family} (RFC 4724 section 2). */
  public static UpdateMessage endOfRib(AddressFamily family) {
    List<PathAttribute> attributes =
        family.equals(AddressFamily.IPV4_UNICAST)
            ? List.of()
            : List.of(new PathAttribute.MpUnreach(family, List.of()));
    return new UpdateMessage(List.of(), attributes, List.of());
  }

  private static List<Prefix> requireIpv4(List<Prefix> prefixes) {
    for (Prefix prefix : prefixes) {
      if (!prefix.isIpv4()) {
        throw new IllegalArgumentException("prefix: " + prefix + " (expected: IPv4)");
      }
    }
    return List.copyOf(prefixes);
  }

  /** The family whose initial update this ends (RFC 4724 section 2), if it is such a marker. */
  public Optional<AddressFamily> endOfRib() {
    if (!withdrawn.isEmpty() || !nlri.isEmpty() || !anomalies.isEmpty()) {
      return Optional.empty();
    }
    if (attributes.isEmpty()) {
      return Optional.of(AddressFamily.IPV4_UNICAST);
    }
    return attributes.size() == 1
            && attributes.get(0) instanceof PathAttribute.MpUnreach unreach
            && unreach.prefixes().isEmpty()
        ? Optional.of(unreach.family())
        : Optional.empty();
  }

  /**
   * What the receiver's Adj-RIB-In goes through: withdraws first, then announces. A prefix that is
   * in both is announced (RFC 4271 section 4.3).
   */
  public List<RouteChange> changes() {
    List<Route> routes = routes();
    Set<Prefix> announced = new HashSet<>();
    routes.forEach(route -> announced.add(route.prefix()));
    ArrayList<RouteChange> changes = new ArrayList<>();
    for (Prefix prefix : allWithdrawn()) {
      if (!announced.contains(prefix)) {
        changes.add(new RouteChange.Withdraw(prefix));
      }
    }
    routes.forEach(route -> changes.add(new RouteChange.Announce(route)));
    return changes;
  }

  private List<Prefix> allWithdrawn() {
    ArrayList<Prefix> all = new ArrayList<>(withdrawn);
    attribute(PathAttribute.MpUnreach.class).ifPresent(unreach -> all.addAll(unreach.prefixes()));
    return all;
  }

  private List<Route> routes() {
    PathAttributes shared = pathAttributes();
    ArrayList<Route> routes = new ArrayList<>();
    attribute(PathAttribute.NextHopAddress.class)
        .ifPresent(nextHop -> addRoutes(routes, nlri, nextHop.address(), shared));
    attribute(PathAttribute.MpReach.class)
        .ifPresent(reach -> addRoutes(routes, reach.prefixes(), reach.nextHops().get(0), shared));
    return routes;
  }

  private static void addRoutes(
      List<Route> routes, List<Prefix> prefixes, IpAddress nextHop, PathAttributes attributes) {
    for (Prefix prefix : prefixes) {
      routes.add(new Route(prefix, NextHop.of(nextHop), attributes));
    }
  }

  /** The attributes as routes carry them; the AS path is the whole path, sets flattened. */
  public PathAttributes pathAttributes() {
    OptionalLong med =
        attribute(PathAttribute.Med.class)
            .map(found -> OptionalLong.of(found.value()))
            .orElse(OptionalLong.empty());
    OptionalLong localPreference =
        attribute(PathAttribute.LocalPreference.class)
            .map(found -> OptionalLong.of(found.value()))
            .orElse(OptionalLong.empty());
    List<Long> asPath =
        attribute(PathAttribute.AsPath.class).map(PathAttribute.AsPath::numbers).orElse(List.of());
    List<Community> communities =
        attribute(PathAttribute.Communities.class)
            .map(PathAttribute.Communities::values)
            .orElse(List.of());
    List<LargeCommunity> largeCommunities =
        attribute(PathAttribute.LargeCommunities.class)
            .map(PathAttribute.LargeCommunities::values)
            .orElse(List.of());
    return new PathAttributes(med, localPreference, asPath, communities, largeCommunities);
  }

  /** The attribute of this kind. */
  public <A extends PathAttribute> Optional<A> attribute(Class<A> kind) {
    return attributes.stream().filter(kind::isInstance).map(kind::cast).findFirst();
  }

  @Override
  public MessageType type() {
    return MessageType.UPDATE;
  }
}
