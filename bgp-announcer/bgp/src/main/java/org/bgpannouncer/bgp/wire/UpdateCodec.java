package org.bgpannouncer.bgp.wire;

import io.netty.buffer.ByteBuf;
import java.util.ArrayList;
import java.util.List;
import org.bgpannouncer.bgp.AddressFamily;
import org.bgpannouncer.bgp.Anomaly;
import org.bgpannouncer.bgp.AttributeType;
import org.bgpannouncer.bgp.BgpError;
import org.bgpannouncer.bgp.PathAttribute;
import org.bgpannouncer.bgp.UpdateMessage;
import org.bgpannouncer.route.Prefix;

/** UPDATE (RFC 4271 section 4.3), with the error handling of RFC 7606. */
final class UpdateCodec {
  private static final int IPV4_BITS = 32;

  private UpdateCodec() {}

  static UpdateMessage read(ByteBuf body, WireOptions options) {
    int withdrawnLength = body.readUnsignedShort();
    if (withdrawnLength + 2 > body.readableBytes()) {
      throw malformedList("withdrawn routes length", withdrawnLength, body.readableBytes() - 2);
    }
    List<Prefix> withdrawn = PrefixCodec.read(body.readSlice(withdrawnLength), IPV4_BITS);
    int attributesLength = body.readUnsignedShort();
    if (attributesLength > body.readableBytes()) {
      throw malformedList("total path attribute length", attributesLength, body.readableBytes());
    }
    ByteBuf attributesField = body.readSlice(attributesLength);
    List<Prefix> nlri = PrefixCodec.read(body, IPV4_BITS);

    AttributesReader reader = new AttributesReader(options);
    reader.readAll(attributesField);
    reader.requireMandatory(!nlri.isEmpty());
    reader.requireRoutes(!nlri.isEmpty());
    UpdateMessage update =
        new UpdateMessage(withdrawn, reader.attributes(), nlri, reader.anomalies());
    return reader.isTreatAsWithdraw() ? treatAsWithdraw(update) : update;
  }

  private static WireException malformedList(String name, int found, int available) {
    return new WireException(
        BgpError.MALFORMED_ATTRIBUTE_LIST,
        name + ": " + found + " (expected: at most " + Math.max(0, available) + ")");
  }

  /**
   * The UPDATE that withdraws every route of {@code update} (RFC 7606 section 2); what it withdrew
   * already stays withdrawn.
   */
  private static UpdateMessage treatAsWithdraw(UpdateMessage update) {
    ArrayList<Prefix> ipv4 = new ArrayList<>(update.withdrawn());
    ipv4.addAll(update.nlri());
    ArrayList<Prefix> ipv6 = new ArrayList<>();
    update
        .attribute(PathAttribute.MpUnreach.class)
        .ifPresent(unreach -> unreach.prefixes().forEach(p -> (p.isIpv4() ? ipv4 : ipv6).add(p)));
    update
        .attribute(PathAttribute.MpReach.class)
        .ifPresent(reach -> reach.prefixes().forEach(p -> (p.isIpv4() ? ipv4 : ipv6).add(p)));
    List<PathAttribute> attributes =
        ipv6.isEmpty()
            ? List.of()
            : List.of(new PathAttribute.MpUnreach(AddressFamily.IPV6_UNICAST, ipv6));
    List<Anomaly> anomalies = update.anomalies();
    return new UpdateMessage(ipv4, attributes, List.of(), anomalies);
  }

  static void write(UpdateMessage message, ByteBuf out, WireOptions options) {
    int withdrawnIndex = out.writerIndex();
    out.writeShort(0);
    PrefixCodec.write(message.withdrawn(), out);
    setLength(out, withdrawnIndex);
    int attributesIndex = out.writerIndex();
    out.writeShort(0);
    for (PathAttribute attribute : message.attributes()) {
      writeAttribute(attribute, out, options);
    }
    setLength(out, attributesIndex);
    PrefixCodec.write(message.nlri(), out);
  }

  private static void setLength(ByteBuf out, int index) {
    out.setShort(index, out.writerIndex() - index - 2);
  }

  private static void writeAttribute(PathAttribute attribute, ByteBuf out, WireOptions options) {
    ByteBuf value = out.alloc().buffer();
    try {
      AttributeValues.write(attribute, value, options);
      int length = value.readableBytes();
      int flags = flags(attribute);
      if (length > 255) {
        out.writeByte(flags | AttributeType.Flags.EXTENDED_LENGTH)
            .writeByte(attribute.code())
            .writeShort(length);
      } else {
        out.writeByte(flags).writeByte(attribute.code()).writeByte(length);
      }
      out.writeBytes(value);
    } finally {
      value.release();
    }
  }

  private static int flags(PathAttribute attribute) {
    return attribute instanceof PathAttribute.Other other
        ? other.flags()
        : AttributeType.of(attribute.code()).orElseThrow().flags();
  }
}
