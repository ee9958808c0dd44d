package org.bgpannouncer.bgp;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.bgpannouncer.route.Community;
import org.bgpannouncer.route.IpAddress;
import org.bgpannouncer.route.LargeCommunity;
import org.bgpannouncer.route.Prefix;

/** A path attribute as it stands in an UPDATE (RFC 4271 section 4.3). */
public sealed interface PathAttribute {
  /** The attribute type code, 0 to 255. */
  default int code() {
    return AttributeType.of(this).code();
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
      if (!address.isIpv4()) {
        throw new IllegalArgumentException("next-hop: " + address + " (expected: IPv4)");
      }
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
   * @param nextHops one; for IPv6 also two, global then link-local (RFC 2545 section 3)
   * @param prefixes of that family
   */
  record MpReach(AddressFamily family, List<IpAddress> nextHops, List<Prefix> prefixes)
      implements PathAttribute {
    /** Rejects what the family does not allow. */
    public MpReach {
      nextHops = List.copyOf(nextHops);
      prefixes = List.copyOf(prefixes);
      boolean ipv4 = family.equals(AddressFamily.IPV4_UNICAST);
      Ranges.require("next hops", nextHops.size(), 1, ipv4 ? 1 : 2);
      requireFamily(family, prefixes);
      for (IpAddress nextHop : nextHops) {
        if (nextHop.isIpv4() != ipv4) {
          throw new IllegalArgumentException(
              "next-hop: " + nextHop + " (expected: " + family + ")");
        }
      }
    }
  }

  /**
   * MP_UNREACH_NLRI (RFC 4760 section 4) of a family that we read.
   *
   * @param family IPv4 or IPv6 unicast
   * @param prefixes of that family; none marks End-of-RIB (RFC 4724 section 2)
   */
  record MpUnreach(AddressFamily family, List<Prefix> prefixes) implements PathAttribute {
    /** Rejects prefixes of another family. */
    public MpUnreach {
      prefixes = List.copyOf(prefixes);
      requireFamily(family, prefixes);
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

  private static void requireFamily(AddressFamily family, List<Prefix> prefixes) {
    if (!family.isSupported()) {
      throw new IllegalArgumentException(
          "family: " + family + " (expected: ipv4 unicast or ipv6 unicast)");
    }
    for (Prefix prefix : prefixes) {
      if (!AddressFamily.of(prefix).equals(family)) {
        throw new IllegalArgumentException("prefix: " + prefix + " (expected: " + family + ")");
      }
    }
  }
}
