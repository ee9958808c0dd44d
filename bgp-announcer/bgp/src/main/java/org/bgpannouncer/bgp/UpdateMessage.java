package org.bgpannouncer.bgp;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.bgpannouncer.route.Community;
import org.bgpannouncer.route.ExtendedCommunity;
import org.bgpannouncer.route.IpAddress;
import org.bgpannouncer.route.LargeCommunity;
import org.bgpannouncer.route.NextHop;
import org.bgpannouncer.route.Nlri;
import org.bgpannouncer.route.PathAttributes;
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
    List<Nlri> withdrawn, List<PathAttribute> attributes, List<Nlri> nlri, List<Anomaly> anomalies)
    implements BgpMessage {
  /** Copies the lists, and rejects IPv6 outside the multiprotocol attributes and repetitions. */
  public UpdateMessage {
    withdrawn = requireIpv4(withdrawn);
    attributes = List.copyOf(attributes);
    nlri = requireIpv4(nlri);
    anomalies = List.copyOf(anomalies);
    BitSet codes = new BitSet();
    for (PathAttribute attribute : attributes) {
      int code = attribute.code();
      if (codes.get(code)) {
        throw new IllegalArgumentException("attribute: " + code + " (expected: each code once)");
      }
      codes.set(code);
    }
  }

  /** An UPDATE with nothing wrong about it. */
  public UpdateMessage(List<Nlri> withdrawn, List<PathAttribute> attributes, List<Nlri> nlri) {
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

  private static List<Nlri> requireIpv4(List<Nlri> nlri) {
    for (Nlri each : nlri) {
      if (!each.prefix().isIpv4()) {
        throw new IllegalArgumentException("prefix: " + each + " (expected: IPv4)");
      }
    }
    return List.copyOf(nlri);
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
            && unreach.nlri().isEmpty()
        ? Optional.of(unreach.family())
        : Optional.empty();
  }

  /**
   * What the receiver's Adj-RIB-In goes through: withdraws first, then announces. A path that is in
   * both is announced (RFC 4271 section 4.3, RFC 7911 section 2).
   */
  public List<RouteChange> changes() {
    List<Route> announced = announced();
    List<Nlri> withdrawals = allWithdrawn();
    Set<Nlri> kept = new HashSet<>();
    // Most UPDATEs do one of the two, and then no set of a thousand prefixes is needed.
    if (!withdrawals.isEmpty()) {
      announced.forEach(route -> kept.add(route.nlri()));
    }
    ArrayList<RouteChange> changes = new ArrayList<>();
    for (Nlri gone : withdrawals) {
      if (!kept.contains(gone)) {
        changes.add(new RouteChange.Withdraw(gone));
      }
    }
    announced.forEach(route -> changes.add(new RouteChange.Announce(route)));
    return changes;
  }

  private List<Nlri> allWithdrawn() {
    Optional<PathAttribute.MpUnreach> unreach = attribute(PathAttribute.MpUnreach.class);
    if (unreach.isEmpty()) {
      return withdrawn;
    }
    ArrayList<Nlri> all = new ArrayList<>(withdrawn);
    all.addAll(unreach.get().nlri());
    return all;
  }

  private List<Route> announced() {
    Optional<PathAttribute.NextHopAddress> nextHop = attribute(PathAttribute.NextHopAddress.class);
    Optional<PathAttribute.MpReach> reach = attribute(PathAttribute.MpReach.class);
    if (nextHop.isEmpty() && reach.isEmpty()) {
      return List.of();
    }
    PathAttributes shared = pathAttributes();
    ArrayList<Route> announced = new ArrayList<>();
    nextHop.ifPresent(found -> add(announced, nlri, found.address(), shared));
    reach.ifPresent(found -> add(announced, found.nlri(), found.nextHops().get(0), shared));
    return announced;
  }

  private static void add(
      List<Route> announced, List<Nlri> nlri, IpAddress address, PathAttributes attributes) {
    NextHop nextHop = NextHop.of(address);
    for (Nlri each : nlri) {
      announced.add(new Route(each, nextHop, attributes));
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
    List<ExtendedCommunity> extendedCommunities =
        attribute(PathAttribute.ExtendedCommunities.class)
            .map(PathAttribute.ExtendedCommunities::values)
            .orElse(List.of());
    List<LargeCommunity> largeCommunities =
        attribute(PathAttribute.LargeCommunities.class)
            .map(PathAttribute.LargeCommunities::values)
            .orElse(List.of());
    return new PathAttributes(
        med, localPreference, asPath, communities, extendedCommunities, largeCommunities);
  }

  /** The attribute of this kind. */
  public <A extends PathAttribute> Optional<A> attribute(Class<A> kind) {
    for (PathAttribute attribute : attributes) {
      if (kind.isInstance(attribute)) {
        return Optional.of(kind.cast(attribute));
      }
    }
    return Optional.empty();
  }

  @Override
  public MessageType type() {
    return MessageType.UPDATE;
  }

  @Override
  public String toString() {
    return MessageText.of(this);
  }
}
