package org.bgpannouncer.bgp.wire;

import io.netty.buffer.ByteBuf;
import java.util.List;
import org.bgpannouncer.bgp.AttributeType;
import org.bgpannouncer.bgp.PathAttribute;

/** Writes path attributes (RFC 4271 section 4.3). */
final class AttributeWriter {
  private AttributeWriter() {}

  static void writeAll(List<PathAttribute> attributes, ByteBuf out, WireOptions options) {
    List<PathAttribute> all = options.fourOctetAs() ? attributes : As4.split(attributes);
    for (PathAttribute attribute : all) {
      writeOne(attribute, out, options);
    }
  }

  private static void writeOne(PathAttribute attribute, ByteBuf out, WireOptions options) {
    int start = out.writerIndex();
    out.writeByte(flags(attribute)).writeByte(attribute.code()).writeByte(0);
    int valueStart = out.writerIndex();
    writeValue(attribute, out, options);
    int length = out.writerIndex() - valueStart;
    if (length <= 255) {
      out.setByte(valueStart - 1, length);
    } else {
      // Rare enough to be moved: the length takes a second octet.
      byte[] value = new byte[length];
      out.getBytes(valueStart, value);
      out.setByte(start, out.getByte(start) | AttributeType.Flags.EXTENDED_LENGTH);
      out.writerIndex(valueStart - 1);
      out.writeShort(length).writeBytes(value);
    }
  }

  private static int flags(PathAttribute attribute) {
    return attribute instanceof PathAttribute.Other other
        ? other.flags()
        : AttributeType.of(attribute).orElseThrow().flags();
  }

  private static void writeValue(PathAttribute attribute, ByteBuf out, WireOptions options) {
    if (attribute instanceof PathAttribute.Origin origin) {
      out.writeByte(origin.value());
    } else if (attribute instanceof PathAttribute.AsPath path) {
      AsPathCodec.write(path, out, options.asBytes());
    } else if (attribute instanceof PathAttribute.NextHopAddress nextHop) {
      PrefixCodec.writeAddress(nextHop.address(), out);
    } else if (attribute instanceof PathAttribute.Med med) {
      out.writeInt((int) med.value());
    } else if (attribute instanceof PathAttribute.LocalPreference preference) {
      out.writeInt((int) preference.value());
    } else if (attribute instanceof PathAttribute.Aggregator aggregator) {
      writeAggregator(aggregator, out, options.asBytes());
    } else if (attribute instanceof PathAttribute.OriginatorId originator) {
      PrefixCodec.writeAddress(originator.routerId(), out);
    } else if (attribute instanceof PathAttribute.ClusterList clusters) {
      clusters.clusterIds().forEach(id -> PrefixCodec.writeAddress(id, out));
    } else if (attribute instanceof PathAttribute.MpReach reach) {
      ReachCodec.write(reach, out, options);
    } else if (attribute instanceof PathAttribute.MpUnreach unreach) {
      ReachCodec.write(unreach, out, options);
    } else if (attribute instanceof PathAttribute.As4Path four) {
      AsPathCodec.write(four.path(), out, 4);
    } else if (attribute instanceof PathAttribute.As4Aggregator four) {
      writeAggregator(four.aggregator(), out, 4);
    } else if (attribute instanceof PathAttribute.OnlyToCustomer only) {
      out.writeInt((int) only.as());
    } else if (attribute instanceof PathAttribute.Other other) {
      out.writeBytes(other.value().toBytes());
    } else {
      writeCommunities(attribute, out);
    }
  }

  private static void writeCommunities(PathAttribute attribute, ByteBuf out) {
    if (attribute instanceof PathAttribute.Communities communities) {
      communities.values().forEach(c -> out.writeShort(c.high()).writeShort(c.low()));
    } else if (attribute instanceof PathAttribute.ExtendedCommunities communities) {
      communities.values().forEach(c -> out.writeLong(c.octets()));
    } else if (attribute instanceof PathAttribute.LargeCommunities communities) {
      communities
          .values()
          .forEach(
              c ->
                  out.writeInt((int) c.global())
                      .writeInt((int) c.local1())
                      .writeInt((int) c.local2()));
    }
  }

  private static void writeAggregator(
      PathAttribute.Aggregator aggregator, ByteBuf out, int asBytes) {
    AsPathCodec.writeAs(aggregator.as(), out, asBytes);
    PrefixCodec.writeAddress(aggregator.speaker(), out);
  }
}
