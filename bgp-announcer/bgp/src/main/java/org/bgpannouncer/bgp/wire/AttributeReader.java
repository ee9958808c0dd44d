package org.bgpannouncer.bgp.wire;

import io.netty.buffer.ByteBuf;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.bgpannouncer.bgp.AttributeType;
import org.bgpannouncer.bgp.PathAttribute;
import org.bgpannouncer.route.Community;
import org.bgpannouncer.route.ExtendedCommunity;
import org.bgpannouncer.route.IpAddress;
import org.bgpannouncer.route.LargeCommunity;

/**
 * Reads the values of the path attributes that we know. A malformed value is an {@link
 * IllegalArgumentException}, or a {@link WireException} where it holds prefixes; what to do about
 * it is the caller's row of the table.
 */
final class AttributeReader {
  private AttributeReader() {}

  static PathAttribute read(AttributeType type, int flags, ByteBuf value, WireOptions options) {
    return switch (type) {
      case ORIGIN -> readOrigin(value);
      case AS_PATH -> AsPathCodec.read(value, options.asBytes());
      case NEXT_HOP -> new PathAttribute.NextHopAddress(readAddress(value));
      case MULTI_EXIT_DISC -> new PathAttribute.Med(readNumber(value));
      case LOCAL_PREF -> new PathAttribute.LocalPreference(readNumber(value));
      case ATOMIC_AGGREGATE -> {
        requireLength(value, 0);
        yield new PathAttribute.AtomicAggregate();
      }
      case AGGREGATOR -> readAggregator(value, options.asBytes());
      case COMMUNITIES ->
          new PathAttribute.Communities(
              readAll(
                  value, 4, in -> new Community(in.readUnsignedShort(), in.readUnsignedShort())));
      case ORIGINATOR_ID -> new PathAttribute.OriginatorId(readAddress(value));
      case CLUSTER_LIST -> new PathAttribute.ClusterList(readAll(value, 4, PrefixCodec::readIpv4));
      case MP_REACH_NLRI -> ReachCodec.readReach(flags, value, options);
      case MP_UNREACH_NLRI -> ReachCodec.readUnreach(flags, value, options);
      case EXTENDED_COMMUNITIES ->
          new PathAttribute.ExtendedCommunities(
              readAll(value, 8, in -> new ExtendedCommunity(in.readLong())));
      case AS4_PATH -> readAs4Path(value);
      case AS4_AGGREGATOR -> new PathAttribute.As4Aggregator(readAggregator(value, 4));
      case LARGE_COMMUNITIES ->
          new PathAttribute.LargeCommunities(readAll(value, 12, AttributeReader::readLarge));
      case ONLY_TO_CUSTOMER -> new PathAttribute.OnlyToCustomer(readNumber(value));
    };
  }

  private static PathAttribute readOrigin(ByteBuf value) {
    requireLength(value, 1);
    int origin = value.readUnsignedByte();
    return PathAttribute.Origin.of(origin).orElseThrow(() -> refused("origin", origin, "0 to 2"));
  }

  // RFC 6793 section 6: a multiple of two, and room for at least one number.
  private static PathAttribute readAs4Path(ByteBuf value) {
    int length = value.readableBytes();
    require(length >= 6 && length % 2 == 0, "length", length, "an even number from 6 on");
    return new PathAttribute.As4Path(AsPathCodec.read(value, 4));
  }

  private static PathAttribute.Aggregator readAggregator(ByteBuf value, int asBytes) {
    requireLength(value, asBytes + 4);
    long as = asBytes == 4 ? value.readUnsignedInt() : value.readUnsignedShort();
    return new PathAttribute.Aggregator(as, PrefixCodec.readIpv4(value));
  }

  private static LargeCommunity readLarge(ByteBuf in) {
    return new LargeCommunity(in.readUnsignedInt(), in.readUnsignedInt(), in.readUnsignedInt());
  }

  private static long readNumber(ByteBuf value) {
    requireLength(value, 4);
    return value.readUnsignedInt();
  }

  private static IpAddress readAddress(ByteBuf value) {
    requireLength(value, 4);
    return PrefixCodec.readIpv4(value);
  }

  /** At least one of what takes {@code unit} octets. */
  private static <T> List<T> readAll(ByteBuf value, int unit, Function<ByteBuf, T> readOne) {
    int length = value.readableBytes();
    require(length > 0 && length % unit == 0, "length", length, "a multiple of " + unit);
    ArrayList<T> all = new ArrayList<>(length / unit);
    while (value.isReadable()) {
      all.add(readOne.apply(value));
    }
    return all;
  }

  /** An attribute that is carried along unread. */
  static PathAttribute other(int code, int flags, ByteBuf value) {
    return new PathAttribute.Other(
        flags, code, NotificationCodec.octets(value, value.readableBytes()));
  }

  private static void requireLength(ByteBuf value, int expected) {
    int length = value.readableBytes();
    require(length == expected, "length", length, String.valueOf(expected));
  }

  static void require(boolean holds, String name, int found, String rule) {
    if (!holds) {
      throw refused(name, found, rule);
    }
  }

  static IllegalArgumentException refused(String name, int found, String rule) {
    return new IllegalArgumentException(name + ": " + found + " (expected: " + rule + ")");
  }
}
