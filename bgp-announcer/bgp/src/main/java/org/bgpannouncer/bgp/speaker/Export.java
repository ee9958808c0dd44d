package org.bgpannouncer.bgp.speaker;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.bgpannouncer.bgp.AddressFamily;
import org.bgpannouncer.bgp.BgpRole;
import org.bgpannouncer.bgp.PathAttribute;
import org.bgpannouncer.bgp.session.Negotiated;
import org.bgpannouncer.bgp.wire.UpdatePacker;
import org.bgpannouncer.route.ExtendedCommunity;
import org.bgpannouncer.route.IpAddress;
import org.bgpannouncer.route.NextHop;
import org.bgpannouncer.route.Nlri;
import org.bgpannouncer.route.PathAttributes;
import org.bgpannouncer.route.Prefix;
import org.bgpannouncer.route.Route;
import org.jspecify.annotations.Nullable;

/**
 * Turns wished routes into what one neighbor is told of them on one session (RFC 4271 section 5.1,
 * RFC 9234 section 5). Not thread-safe.
 */
final class Export {
  /** RFC 4271 section 5.1.5 leaves the value to us; what every other implementation takes. */
  static final long DEFAULT_LOCAL_PREFERENCE = 100;

  /** The identifier of our only path to a prefix, where paths have one (RFC 7911 section 3). */
  static final long PATH_ID = 1;

  /** Routes share their attributes; a site that has more kinds than this pays for it. */
  private static final int MAX_KNOWN = 1_000;

  private final Neighbor neighbor;
  private final Negotiated negotiated;
  private final IpAddress local;
  private final Map<Shape, Kind> known = new HashMap<>();
  private @Nullable Kind last;

  private record Shape(NextHop nextHop, PathAttributes attributes, boolean ipv4) {
    /** Whether it is this route's, and made of the very same objects. */
    @SuppressWarnings("ReferenceEquality") // to compare what is in them is what this is to save
    boolean isOf(Route route) {
      return nextHop == route.nextHop()
          && attributes == route.attributes()
          && ipv4 == route.prefix().isIpv4();
    }
  }

  /** What routes of one shape are told with, and whether a message can hold that. */
  private record Kind(Shape shape, List<PathAttribute> attributes, boolean fits) {}

  /**
   * @param local our address on the session's connection: what {@code next-hop self} is
   */
  Export(Neighbor neighbor, Negotiated negotiated, IpAddress local) {
    this.neighbor = neighbor;
    this.negotiated = negotiated;
    this.local = local;
  }

  /** Whether the session carries the family of {@code prefix}. */
  boolean carries(Prefix prefix) {
    return negotiated.families().contains(AddressFamily.of(prefix));
  }

  /** Why the neighbor cannot be told of {@code route}, if so. */
  Optional<String> refusal(Route route) {
    Prefix prefix = route.prefix();
    if (!neighbor.export().allows(prefix)) {
      return refused("prefix: " + prefix, "one that the export policy allows; RFC 8212");
    }
    if (!carries(prefix)) {
      return refused("family: " + AddressFamily.of(prefix), "one that is agreed");
    }
    Optional<IpAddress> nextHop = nextHop(route.nextHop(), prefix.isIpv4());
    if (nextHop.isEmpty()) {
      return refused("next-hop: self", "an address of ours of the prefix's family");
    }
    boolean isSameFamily = nextHop.get().isIpv4() == prefix.isIpv4();
    if (!isSameFamily && !(prefix.isIpv4() && negotiated.extendedNextHop())) {
      return refused(
          "next-hop: " + nextHop.get(), "the prefix's family, or RFC 8950 agreed for IPv4");
    }
    return !kind(route).fits()
        ? refused("attributes: longer than a message", "fewer communities")
        : Optional.empty();
  }

  private Optional<String> refused(String value, String rule) {
    return Optional.of(value + " (expected with " + neighbor.name() + ": " + rule + ")");
  }

  /** What is said of these routes, those with equal attributes together. */
  Map<List<PathAttribute>, List<Nlri>> told(List<Route> routes) {
    Map<List<PathAttribute>, List<Nlri>> told = new LinkedHashMap<>();
    List<PathAttribute> last = List.of();
    List<Nlri> group = List.of();
    for (Route route : routes) {
      List<PathAttribute> attributes = kind(route).attributes();
      // Neighbouring routes mostly share theirs, and hashing a list is dear.
      if (attributes != last) {
        last = attributes;
        group = told.computeIfAbsent(attributes, unseen -> new ArrayList<>());
      }
      group.add(nlri(route.nlri()));
    }
    return told;
  }

  /** The path as the session's UPDATEs name it. */
  Nlri nlri(Nlri path) {
    Prefix prefix = path.prefix();
    boolean named = negotiated.addPathSend().contains(AddressFamily.of(prefix));
    if (named == path.pathId().isPresent()) {
      return path;
    }
    return named ? Nlri.of(prefix, PATH_ID) : Nlri.of(prefix);
  }

  private Kind kind(Route route) {
    // Routes that are wished together share these objects, and to hash them is dear.
    Kind before = last;
    if (before != null && before.shape().isOf(route)) {
      return before;
    }
    Shape shape = new Shape(route.nextHop(), route.attributes(), route.prefix().isIpv4());
    Kind kind = known.get(shape);
    if (kind == null) {
      if (known.size() == MAX_KNOWN) {
        known.clear();
      }
      kind = kind(shape, nlri(route.nlri()));
      known.put(shape, kind);
    }
    last = kind;
    return kind;
  }

  private Kind kind(Shape shape, Nlri alone) {
    try {
      List<PathAttribute> attributes = make(shape);
      UpdatePacker.pack(List.of(), Map.of(attributes, List.of(alone)), negotiated.writeOptions());
      return new Kind(shape, attributes, true);
    } catch (IllegalArgumentException e) {
      return new Kind(shape, List.of(), false); // more than an attribute or a message can hold
    }
  }

  private List<PathAttribute> make(Shape shape) {
    PathAttributes wished = shape.attributes();
    IpAddress nextHop = nextHop(shape.nextHop(), shape.ipv4()).orElseThrow();
    boolean inMpReach = !shape.ipv4() || !nextHop.isIpv4();
    List<PathAttribute> made = new ArrayList<>();
    if (inMpReach) {
      AddressFamily family = shape.ipv4() ? AddressFamily.IPV4_UNICAST : AddressFamily.IPV6_UNICAST;
      made.add(new PathAttribute.MpReach(family, List.of(nextHop), List.of()));
    }
    made.add(PathAttribute.Origin.IGP);
    made.add(PathAttribute.AsPath.sequence(path(wished.asPath())));
    if (!inMpReach) {
      made.add(new PathAttribute.NextHopAddress(nextHop));
    }
    wished.med().ifPresent(med -> made.add(new PathAttribute.Med(med)));
    if (isInternal()) {
      long preference = wished.localPreference().orElse(DEFAULT_LOCAL_PREFERENCE);
      made.add(new PathAttribute.LocalPreference(preference));
    }
    if (!wished.communities().isEmpty()) {
      made.add(new PathAttribute.Communities(wished.communities()));
    }
    // RFC 4360 section 6: those that are not transitive end at the border of the AS.
    List<ExtendedCommunity> extended =
        wished.extendedCommunities().stream()
            .filter(community -> isInternal() || community.isTransitive())
            .toList();
    if (!extended.isEmpty()) {
      made.add(new PathAttribute.ExtendedCommunities(extended));
    }
    onlyToCustomer().ifPresent(as -> made.add(new PathAttribute.OnlyToCustomer(as)));
    if (!wished.largeCommunities().isEmpty()) {
      made.add(new PathAttribute.LargeCommunities(wished.largeCommunities()));
    }
    return List.copyOf(made);
  }

  /** RFC 4271 section 5.1.2: an external neighbor sees our AS nearest, an internal one does not. */
  private List<Long> path(List<Long> prepends) {
    if (isInternal()) {
      return prepends;
    }
    List<Long> path = new ArrayList<>(prepends.size() + 1);
    path.add(localAs());
    path.addAll(prepends);
    return path;
  }

  /** RFC 9234 section 5: who is provider, peer or route server marks what it sends. */
  private OptionalLong onlyToCustomer() {
    Optional<BgpRole> role = neighbor.peer().session().capabilities().role();
    boolean marks =
        !isInternal()
            && role.filter(
                    each -> each == BgpRole.PROVIDER || each == BgpRole.PEER || each == BgpRole.RS)
                .isPresent();
    return marks ? OptionalLong.of(localAs()) : OptionalLong.empty();
  }

  private Optional<IpAddress> nextHop(NextHop wished, boolean ipv4) {
    if (wished instanceof NextHop.At at) {
      return Optional.of(at.address());
    }
    Optional<IpAddress> configured = ipv4 ? neighbor.nextHopIpv4() : neighbor.nextHopIpv6();
    if (configured.isPresent()) {
      return configured;
    }
    boolean usable = local.isIpv4() == ipv4 || (ipv4 && negotiated.extendedNextHop());
    return usable ? Optional.of(local) : Optional.empty();
  }

  private boolean isInternal() {
    return !negotiated.isExternal();
  }

  private long localAs() {
    return negotiated.localAs();
  }
}
