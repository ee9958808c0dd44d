package org.bgpannouncer.bgp;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.bgpannouncer.route.Community;
import org.bgpannouncer.route.ExtendedCommunity;
import org.bgpannouncer.route.IpAddress;
import org.bgpannouncer.route.LargeCommunity;
import org.bgpannouncer.route.Nlri;

/** A path attribute as it stands in an UPDATE (RFC 4271 section 4.3). */
public sealed interface PathAttribute {
  /** The attribute type code, 0 to 255. */
  default int code() {
    return AttributeType.of(this).orElseThrow().code();
  }

  /** ORIGIN (RFC 4271 section 5.1.1). */
  enum Origin implements PathAttribute {
    /** Interior to the originating AS. */
    IGP(0),
    /** Learned through EGP. */
    EGP(1),
    /** Learned by other means. */
    INCOMPLETE(2);

    private final int value;

    Origin(int value) {
      this.value = value;
    }

    /** The origin with this value on the wire. */
    public static Optional<Origin> of(int value) {
      return Arrays.stream(values()).filter(origin -> origin.value == value).findFirst();
    }

    /** The value on the wire. */
    public int value() {
      return value;
    }
  }

  /**
   * AS_PATH (RFC 4271 section 5.1.2).
   *
   * @param segments nearest first; none for a route of the sender's own AS
   */
  record AsPath(List<Segment> segments) implements PathAttribute {
    /** Copies the segments. */
    public AsPath {
      segments = List.copyOf(segments);
    }

    /** The path that is one sequence of these numbers; empty when there is none. */
    public static AsPath sequence(List<Long> numbers) {
      return new AsPath(
          numbers.isEmpty() ? List.of() : List.of(new Segment(SegmentType.AS_SEQUENCE, numbers)));
    }

    /** All numbers in the order they stand, those of sets included. */
    public List<Long> numbers() {
      return segments.stream().flatMap(segment -> segment.numbers().stream()).toList();
    }
  }

  /**
   * A path segment.
   *
   * @param type how the numbers belong together
   * @param numbers 1 to 255 AS numbers, none of them 0 (RFC 7607)
   */
  record Segment(SegmentType type, List<Long> numbers) {
    /** Rejects an empty segment (RFC 7606 section 7.2), AS 0, and what the fields cannot hold. */
    public Segment {
      numbers = List.copyOf(numbers);
      Ranges.require("segment length", numbers.size(), 1, 255);
      numbers.forEach(as -> Ranges.require("as-path", as, 1, Ranges.MAX_UINT32));
    }
  }

  /** Path segment types. */
  enum SegmentType {
    /** Unordered (RFC 4271 section 4.3). */
    AS_SET(1),
    /** Ordered (RFC 4271 section 4.3). */
    AS_SEQUENCE(2),
    /** Ordered, within a confederation (RFC 5065 section 3). */
    AS_CONFED_SEQUENCE(3),
    /** Unordered, within a confederation (RFC 5065 section 3). */
    AS_CONFED_SET(4);

    private final int value;

    SegmentType(int value) {
      this.value = value;
    }

    /** The type with this value on the wire. */
    public static Optional<SegmentType> of(int value) {
      return Arrays.stream(values()).filter(type -> type.value == value).findFirst();
    }

    /** The value on the wire. */
    public int value() {
      return value;
    }
  }

  /**
   * NEXT_HOP (RFC 4271 section 5.1.3), for the IPv4 routes of the UPDATE.
   *
   * @param address IPv4
   */
  record NextHopAddress(IpAddress address) implements PathAttribute {
    /** Rejects IPv6. */
    public NextHopAddress {
      requireIpv4("next-hop", address);
    }
  }

  /**
   * MULTI_EXIT_DISC (RFC 4271 section 5.1.4).
   *
   * @param value 0 to 4294967295
   */
  record Med(long value) implements PathAttribute {
    /** Rejects numbers beyond 32 bits. */
    public Med {
      Ranges.require("med", value, 0, Ranges.MAX_UINT32);
    }
  }

  /**
   * LOCAL_PREF (RFC 4271 section 5.1.5).
   *
   * @param value 0 to 4294967295
   */
  record LocalPreference(long value) implements PathAttribute {
    /** Rejects numbers beyond 32 bits. */
    public LocalPreference {
      Ranges.require("local-preference", value, 0, Ranges.MAX_UINT32);
    }
  }

  /** ATOMIC_AGGREGATE (RFC 4271 section 5.1.6). */
  record AtomicAggregate() implements PathAttribute {}

  /**
   * AGGREGATOR (RFC 4271 section 5.1.7): who made one route of several.
   *
   * @param as 1 to 4294967295 (RFC 7607)
   * @param speaker its BGP Identifier, printed as an IPv4 address
   */
  record Aggregator(long as, IpAddress speaker) implements PathAttribute {
    /** Rejects AS 0 and an IPv6 address. */
    public Aggregator {
      Ranges.require("aggregator", as, 1, Ranges.MAX_UINT32);
      requireIpv4("aggregator", speaker);
    }
  }

  /**
   * COMMUNITIES (RFC 1997).
   *
   * @param values in the order they stand
   */
  record Communities(List<Community> values) implements PathAttribute {
    /** Rejects none at all (RFC 7606 section 7.8). */
    public Communities {
      values = List.copyOf(values);
      Ranges.require("communities", values.size(), 1, Ranges.MAX_UINT16 / 4);
    }
  }

  /**
   * ORIGINATOR_ID (RFC 4456 section 8): who brought the route into the AS.
   *
   * @param routerId its BGP Identifier, printed as an IPv4 address
   */
  record OriginatorId(IpAddress routerId) implements PathAttribute {
    /** Rejects IPv6. */
    public OriginatorId {
      requireIpv4("originator-id", routerId);
    }
  }

  /**
   * CLUSTER_LIST (RFC 4456 section 8): the route reflectors it came through.
   *
   * @param clusterIds at least one, nearest first, printed as IPv4 addresses
   */
  record ClusterList(List<IpAddress> clusterIds) implements PathAttribute {
    /** Rejects none at all (RFC 7606 section 7.10) and IPv6. */
    public ClusterList {
      clusterIds = List.copyOf(clusterIds);
      Ranges.require("cluster-list", clusterIds.size(), 1, Ranges.MAX_UINT16 / 4);
      clusterIds.forEach(id -> requireIpv4("cluster-list", id));
    }
  }

  /**
   * EXTENDED COMMUNITIES (RFC 4360 section 2).
   *
   * @param values in the order they stand
   */
  record ExtendedCommunities(List<ExtendedCommunity> values) implements PathAttribute {
    /** Rejects none at all (RFC 7606 section 7.14). */
    public ExtendedCommunities {
      values = List.copyOf(values);
      Ranges.require("extended communities", values.size(), 1, Ranges.MAX_UINT16 / 8);
    }
  }

  /**
   * AS4_PATH (RFC 6793 section 3): the AS_PATH of a route that went through a speaker of two-octet
   * AS numbers. Whoever reads or writes a message merges it into the AS_PATH, or makes it from
   * that; none is seen outside but one put in by hand.
   *
   * @param path at least one segment
   */
  record As4Path(AsPath path) implements PathAttribute {
    /** Rejects an empty one (RFC 6793 section 6). */
    public As4Path {
      Ranges.require("segments", path.segments().size(), 1, Ranges.MAX_UINT16 / 6);
    }
  }

  /**
   * AS4_AGGREGATOR (RFC 6793 section 3), which is to AGGREGATOR what {@link As4Path} is to AS_PATH.
   *
   * @param aggregator with its number of four octets
   */
  record As4Aggregator(Aggregator aggregator) implements PathAttribute {}

  /**
   * ONLY_TO_CUSTOMER (RFC 9234 section 5): the route goes down, to customers, from here on.
   *
   * @param as who said so first, 0 to 4294967295
   */
  record OnlyToCustomer(long as) implements PathAttribute {
    /** Rejects numbers beyond 32 bits. */
    public OnlyToCustomer {
      Ranges.require("only-to-customer", as, 0, Ranges.MAX_UINT32);
    }
  }

  /**
   * LARGE_COMMUNITY (RFC 8092).
   *
   * @param values in the order they stand
   */
  record LargeCommunities(List<LargeCommunity> values) implements PathAttribute {
    /** Rejects none at all (RFC 8092 section 5). */
    public LargeCommunities {
      values = List.copyOf(values);
      Ranges.require("large communities", values.size(), 1, Ranges.MAX_UINT16 / 12);
    }
  }

  /**
   * MP_REACH_NLRI (RFC 4760 section 3) of a family that we read.
   *
   * @param family IPv4 or IPv6 unicast
   * @param nextHops one, or two of IPv6: global then link-local (RFC 2545 section 3); IPv4 routes
   *     may have either kind where that is agreed (RFC 8950 section 3)
   * @param nlri prefixes of that family
   */
  record MpReach(AddressFamily family, List<IpAddress> nextHops, List<Nlri> nlri)
      implements PathAttribute {
    /** Rejects what the family does not allow. */
    public MpReach {
      nextHops = List.copyOf(nextHops);
      nlri = List.copyOf(nlri);
      requireFamily(family, nlri);
      boolean ipv4 = !nextHops.isEmpty() && nextHops.get(0).isIpv4();
      Ranges.require("next hops", nextHops.size(), 1, ipv4 ? 1 : 2);
      for (IpAddress nextHop : nextHops) {
        if (nextHop.isIpv4() && (!family.equals(AddressFamily.IPV4_UNICAST) || !ipv4)) {
          throw new IllegalArgumentException("next-hop: " + nextHop + " (expected: IPv6)");
        }
      }
    }

    /** The same next hops with other prefixes. */
    public MpReach with(List<Nlri> others) {
      return new MpReach(family, nextHops, others);
    }
  }

  /**
   * MP_UNREACH_NLRI (RFC 4760 section 4) of a family that we read.
   *
   * @param family IPv4 or IPv6 unicast
   * @param nlri prefixes of that family; none marks End-of-RIB (RFC 4724 section 2)
   */
  record MpUnreach(AddressFamily family, List<Nlri> nlri) implements PathAttribute {
    /** Rejects prefixes of another family. */
    public MpUnreach {
      nlri = List.copyOf(nlri);
      requireFamily(family, nlri);
    }
  }

  /**
   * An attribute that we do not read, or of a family that we do not read.
   *
   * @param flags Optional, Transitive and Partial as they stood; never Extended Length
   * @param code 0 to 255
   * @param value its octets
   */
  record Other(int flags, int code, Octets value) implements PathAttribute {
    /** Rejects what its fields cannot hold. */
    public Other {
      Ranges.require("flags", flags, 0, 255);
      Ranges.require("code", code, 0, 255);
      Ranges.require("length", value.length(), 0, Ranges.MAX_UINT16);
      flags &= ~AttributeType.Flags.EXTENDED_LENGTH;
    }
  }

  private static void requireIpv4(String name, IpAddress address) {
    if (!address.isIpv4()) {
      throw new IllegalArgumentException(name + ": " + address + " (expected: IPv4)");
    }
  }

  private static void requireFamily(AddressFamily family, List<Nlri> nlri) {
    if (!family.isSupported()) {
      throw new IllegalArgumentException(
          "family: " + family + " (expected: ipv4 unicast or ipv6 unicast)");
    }
    boolean ipv4 = family.equals(AddressFamily.IPV4_UNICAST);
    for (Nlri each : nlri) {
      if (each.prefix().isIpv4() != ipv4) {
        throw new IllegalArgumentException("prefix: " + each + " (expected: " + family + ")");
      }
    }
  }
}
