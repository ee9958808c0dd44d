package org.bgpannouncer.bgp.wire;

import io.netty.buffer.ByteBuf;
import java.util.ArrayList;
import java.util.List;
import org.bgpannouncer.bgp.AddressFamily;
import org.bgpannouncer.bgp.AttributeType;
import org.bgpannouncer.bgp.OpenMessage;
import org.bgpannouncer.bgp.PathAttribute;
import org.bgpannouncer.bgp.PathAttribute.Segment;
import org.bgpannouncer.bgp.PathAttribute.SegmentType;
import org.bgpannouncer.route.Community;
import org.bgpannouncer.route.IpAddress;
import org.bgpannouncer.route.LargeCommunity;
import org.bgpannouncer.route.Prefix;

/**
 * The values of the path attributes that we read. A malformed value is an {@link
 * IllegalArgumentException}, or a {@link WireException} where it holds prefixes; what to do about
 * it is the caller's row of the table.
 */
final class AttributeValues {
  private AttributeValues() {}

  static PathAttribute read(AttributeType type, int flags, ByteBuf value, WireOptions options) {
    return switch (type) {
      case ORIGIN -> readOrigin(value);
      case AS_PATH -> readAsPath(value, options.asBytes());
      case NEXT_HOP -> {
        requireLength(value, 4);
        yield new PathAttribute.NextHopAddress(readAddress(value, 4));
      }
      case MULTI_EXIT_DISC -> {
        requireLength(value, 4);
        yield new PathAttribute.Med(value.readUnsignedInt());
      }
      case LOCAL_PREF -> {
        requireLength(value, 4);
        yield new PathAttribute.LocalPreference(value.readUnsignedInt());
      }
      case ATOMIC_AGGREGATE -> {
        requireLength(value, 0);
        yield new PathAttribute.AtomicAggregate();
      }
      case COMMUNITIES -> readCommunities(value);
      case LARGE_COMMUNITIES -> readLargeCommunities(value);
      case MP_REACH_NLRI -> readReach(flags, value);
      case MP_UNREACH_NLRI -> readUnreach(flags, value);
    };
  }

  private static PathAttribute readOrigin(ByteBuf value) {
    requireLength(value, 1);
    int origin = value.readUnsignedByte();
    return PathAttribute.Origin.of(origin).orElseThrow(() -> refused("origin", origin, "0 to 2"));
  }

  private static PathAttribute readAsPath(ByteBuf value, int asBytes) {
    ArrayList<Segment> segments = new ArrayList<>();
    while (value.isReadable()) {
      require(value.readableBytes() >= 2, "segment header", value.readableBytes(), "2 octets");
      int code = value.readUnsignedByte();
      SegmentType type =
          SegmentType.of(code).orElseThrow(() -> refused("segment type", code, "1 to 4"));
      int count = value.readUnsignedByte();
      require(
          count * asBytes <= value.readableBytes(),
          "segment length",
          count,
          "at most " + value.readableBytes() / asBytes);
      ArrayList<Long> numbers = new ArrayList<>(count);
      for (int i = 0; i < count; i++) {
        numbers.add(asBytes == 4 ? value.readUnsignedInt() : (long) value.readUnsignedShort());
      }
      segments.add(new Segment(type, numbers));
    }
    return new PathAttribute.AsPath(segments);
  }

  private static PathAttribute readCommunities(ByteBuf value) {
    requireMultiple(value, 4);
    ArrayList<Community> communities = new ArrayList<>();
    while (value.isReadable()) {
      communities.add(new Community(value.readUnsignedShort(), value.readUnsignedShort()));
    }
    return new PathAttribute.Communities(communities);
  }

  private static PathAttribute readLargeCommunities(ByteBuf value) {
    requireMultiple(value, 12);
    ArrayList<LargeCommunity> communities = new ArrayList<>();
    while (value.isReadable()) {
      communities.add(
          new LargeCommunity(
              value.readUnsignedInt(), value.readUnsignedInt(), value.readUnsignedInt()));
    }
    return new PathAttribute.LargeCommunities(communities);
  }

  // RFC 4760 section 3: AFI 2, SAFI 1, length of next hop 1, next hop, reserved 1, NLRI.
  private static PathAttribute readReach(int flags, ByteBuf value) {
    require(value.readableBytes() >= 5, "length", value.readableBytes(), "5 or more");
    AddressFamily family = new AddressFamily(value.getUnsignedShort(0), value.getUnsignedByte(2));
    if (!family.isSupported()) {
      return other(AttributeType.MP_REACH_NLRI, flags, value);
    }
    value.skipBytes(3);
    int bytes = bits(family) / 8;
    int nextHopLength = value.readUnsignedByte();
    require(nextHopLength < value.readableBytes(), "next hop length", nextHopLength, "present");
    // RFC 2545 section 3: 16 or 32 octets for IPv6; 4 for IPv4, as long as RFC 8950 is not
    // negotiated.
    boolean isLength = nextHopLength == bytes || (bytes == 16 && nextHopLength == 32);
    require(isLength, "next hop length", nextHopLength, bytes == 16 ? "16 or 32" : "4");
    ArrayList<IpAddress> nextHops = new ArrayList<>();
    for (int read = 0; read < nextHopLength; read += bytes) {
      nextHops.add(readAddress(value, bytes));
    }
    value.skipBytes(1);
    List<Prefix> prefixes = PrefixCodec.read(value, bits(family));
    return new PathAttribute.MpReach(family, nextHops, prefixes);
  }

  // RFC 4760 section 4: AFI 2, SAFI 1, withdrawn routes.
  private static PathAttribute readUnreach(int flags, ByteBuf value) {
    require(value.readableBytes() >= 3, "length", value.readableBytes(), "3 or more");
    AddressFamily family = new AddressFamily(value.getUnsignedShort(0), value.getUnsignedByte(2));
    if (!family.isSupported()) {
      return other(AttributeType.MP_UNREACH_NLRI, flags, value);
    }
    value.skipBytes(3);
    return new PathAttribute.MpUnreach(family, PrefixCodec.read(value, bits(family)));
  }

  private static PathAttribute other(AttributeType type, int flags, ByteBuf value) {
    return new PathAttribute.Other(
        flags, type.code(), NotificationCodec.octets(value, value.readableBytes()));
  }

  private static int bits(AddressFamily family) {
    return family.equals(AddressFamily.IPV4_UNICAST) ? 32 : 128;
  }

  private static IpAddress readAddress(ByteBuf value, int bytes) {
    byte[] address = new byte[bytes];
    value.readBytes(address);
    return IpAddress.of(address);
  }

  private static void requireLength(ByteBuf value, int expected) {
    int length = value.readableBytes();
    require(length == expected, "length", length, String.valueOf(expected));
  }

  private static void requireMultiple(ByteBuf value, int unit) {
    int length = value.readableBytes();
    require(length > 0 && length % unit == 0, "length", length, "a multiple of " + unit);
  }

  private static void require(boolean holds, String name, int found, String rule) {
    if (!holds) {
      throw refused(name, found, rule);
    }
  }

  private static IllegalArgumentException refused(String name, int found, String rule) {
    return new IllegalArgumentException(name + ": " + found + " (expected: " + rule + ")");
  }

  static void write(PathAttribute attribute, ByteBuf out, WireOptions options) {
    if (attribute instanceof PathAttribute.Origin origin) {
      out.writeByte(origin.value());
    } else if (attribute instanceof PathAttribute.AsPath path) {
      writeAsPath(path, out, options.fourOctetAs());
    } else if (attribute instanceof PathAttribute.NextHopAddress nextHop) {
      out.writeBytes(nextHop.address().toBytes());
    } else if (attribute instanceof PathAttribute.Med med) {
      out.writeInt((int) med.value());
    } else if (attribute instanceof PathAttribute.LocalPreference preference) {
      out.writeInt((int) preference.value());
    } else if (attribute instanceof PathAttribute.Communities communities) {
      communities.values().forEach(c -> out.writeShort(c.high()).writeShort(c.low()));
    } else if (attribute instanceof PathAttribute.LargeCommunities communities) {
      communities
          .values()
          .forEach(
              c ->
                  out.writeInt((int) c.global())
                      .writeInt((int) c.local1())
                      .writeInt((int) c.local2()));
    } else if (attribute instanceof PathAttribute.MpReach reach) {
      writeReach(reach, out);
    } else if (attribute instanceof PathAttribute.MpUnreach unreach) {
      out.writeShort(unreach.family().afi()).writeByte(unreach.family().safi());
      PrefixCodec.write(unreach.prefixes(), out);
    } else if (attribute instanceof PathAttribute.Other other) {
      out.writeBytes(other.value().toBytes());
    }
  }

  // With a two-octet peer, larger numbers become AS_TRANS (RFC 6793 section 4.2.2).
  private static void writeAsPath(PathAttribute.AsPath path, ByteBuf out, boolean fourOctetAs) {
    for (Segment segment : path.segments()) {
      out.writeByte(segment.type().value()).writeByte(segment.numbers().size());
      for (long as : segment.numbers()) {
        if (fourOctetAs) {
          out.writeInt((int) as);
        } else {
          out.writeShort(as > 0xffff ? OpenMessage.AS_TRANS : (int) as);
        }
      }
    }
  }

  private static void writeReach(PathAttribute.MpReach reach, ByteBuf out) {
    out.writeShort(reach.family().afi())
        .writeByte(reach.family().safi())
        .writeByte(reach.nextHops().size() * bits(reach.family()) / 8);
    reach.nextHops().forEach(nextHop -> out.writeBytes(nextHop.toBytes()));
    // Reserved (RFC 4760 section 3).
    out.writeByte(0);
    PrefixCodec.write(reach.prefixes(), out);
  }
}
