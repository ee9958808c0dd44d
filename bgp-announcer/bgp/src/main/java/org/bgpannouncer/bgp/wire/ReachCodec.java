package org.bgpannouncer.bgp.wire;

import io.netty.buffer.ByteBuf;
import java.util.ArrayList;
import org.bgpannouncer.bgp.AddressFamily;
import org.bgpannouncer.bgp.AttributeType;
import org.bgpannouncer.bgp.PathAttribute;
import org.bgpannouncer.bgp.PathAttribute.MpReach;
import org.bgpannouncer.bgp.PathAttribute.MpUnreach;
import org.bgpannouncer.route.IpAddress;

/** The two attributes that carry routes (RFC 4760 sections 3 and 4). */
final class ReachCodec {
  private ReachCodec() {}

  // RFC 4760 section 3: AFI 2, SAFI 1, length of next hop 1, next hop, reserved 1, NLRI.
  static PathAttribute readReach(int flags, ByteBuf value, WireOptions options) {
    AttributeReader.require(
        value.readableBytes() >= 5, "length", value.readableBytes(), "5 or more");
    AddressFamily family = new AddressFamily(value.getUnsignedShort(0), value.getUnsignedByte(2));
    if (!family.isSupported()) {
      return AttributeReader.other(AttributeType.MP_REACH_NLRI.code(), flags, value);
    }
    value.skipBytes(3);
    int length = value.readUnsignedByte();
    AttributeReader.require(length < value.readableBytes(), "next hop length", length, "present");
    requireNextHopLength(family, length, options);
    ArrayList<IpAddress> nextHops = new ArrayList<>();
    if (length == 4) {
      nextHops.add(PrefixCodec.readIpv4(value));
    } else {
      for (int read = 0; read < length; read += 16) {
        nextHops.add(PrefixCodec.readIpv6(value));
      }
    }
    value.skipBytes(1);
    boolean addPath = options.addPathReceive().contains(family);
    return new MpReach(family, nextHops, PrefixCodec.read(value, family, addPath));
  }

  // RFC 2545 section 3: 16 or 32 octets for IPv6, and for IPv4 too where RFC 8950 is agreed.
  private static void requireNextHopLength(AddressFamily family, int length, WireOptions options) {
    boolean ipv4 = family.equals(AddressFamily.IPV4_UNICAST);
    boolean isIpv6 = length == 16 || length == 32;
    String rule = !ipv4 ? "16 or 32" : options.extendedNextHop() ? "4, 16 or 32" : "4";
    AttributeReader.require(
        ipv4 ? length == 4 || (isIpv6 && options.extendedNextHop()) : isIpv6,
        "next hop length",
        length,
        rule);
  }

  // RFC 4760 section 4: AFI 2, SAFI 1, withdrawn routes.
  static PathAttribute readUnreach(int flags, ByteBuf value, WireOptions options) {
    AttributeReader.require(
        value.readableBytes() >= 3, "length", value.readableBytes(), "3 or more");
    AddressFamily family = new AddressFamily(value.getUnsignedShort(0), value.getUnsignedByte(2));
    if (!family.isSupported()) {
      return AttributeReader.other(AttributeType.MP_UNREACH_NLRI.code(), flags, value);
    }
    value.skipBytes(3);
    boolean addPath = options.addPathReceive().contains(family);
    return new MpUnreach(family, PrefixCodec.read(value, family, addPath));
  }

  static void write(MpReach reach, ByteBuf out, WireOptions options) {
    AddressFamily family = reach.family();
    int nextHopLength = reach.nextHops().size() * (reach.nextHops().get(0).isIpv4() ? 4 : 16);
    if (nextHopLength != 4
        && family.equals(AddressFamily.IPV4_UNICAST)
        && !options.extendedNextHop()) {
      throw new IllegalArgumentException(
          "next-hop: " + reach.nextHops().get(0) + " (expected: IPv4, no other is agreed)");
    }
    out.writeShort(family.afi()).writeByte(family.safi()).writeByte(nextHopLength);
    reach.nextHops().forEach(nextHop -> PrefixCodec.writeAddress(nextHop, out));
    // Reserved (RFC 4760 section 3).
    out.writeByte(0);
    PrefixCodec.write(reach.nlri(), out, options.addPathSend().contains(family));
  }

  static void write(MpUnreach unreach, ByteBuf out, WireOptions options) {
    AddressFamily family = unreach.family();
    out.writeShort(family.afi()).writeByte(family.safi());
    PrefixCodec.write(unreach.nlri(), out, options.addPathSend().contains(family));
  }
}
