package org.bgpannouncer.bgp.wire;

import io.netty.buffer.ByteBuf;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.bgpannouncer.bgp.AddressFamily;
import org.bgpannouncer.bgp.Anomaly;
import org.bgpannouncer.bgp.BgpError;
import org.bgpannouncer.bgp.PathAttribute;
import org.bgpannouncer.bgp.UpdateMessage;
import org.bgpannouncer.route.Nlri;

/** UPDATE (RFC 4271 section 4.3), with the error handling of RFC 7606. */
final class UpdateCodec {
  private UpdateCodec() {}

  static UpdateMessage read(ByteBuf body, WireOptions options) {
    int withdrawnLength = body.readUnsignedShort();
    if (withdrawnLength + 2 > body.readableBytes()) {
      throw malformedList("withdrawn routes length", withdrawnLength, body.readableBytes() - 2);
    }
    boolean addPath = options.addPathReceive().contains(AddressFamily.IPV4_UNICAST);
    List<Nlri> withdrawn =
        PrefixCodec.read(body.readSlice(withdrawnLength), AddressFamily.IPV4_UNICAST, addPath);
    int attributesLength = body.readUnsignedShort();
    if (attributesLength > body.readableBytes()) {
      throw malformedList("total path attribute length", attributesLength, body.readableBytes());
    }
    ByteBuf attributesField = body.readSlice(attributesLength);
    List<Nlri> nlri = PrefixCodec.read(body, AddressFamily.IPV4_UNICAST, addPath);

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
    ArrayList<Nlri> ipv4 = new ArrayList<>(update.withdrawn());
    ipv4.addAll(update.nlri());
    ArrayList<Nlri> ipv6 = new ArrayList<>();
    Consumer<Nlri> sort = nlri -> (nlri.prefix().isIpv4() ? ipv4 : ipv6).add(nlri);
    update
        .attribute(PathAttribute.MpUnreach.class)
        .ifPresent(unreach -> unreach.nlri().forEach(sort));
    update.attribute(PathAttribute.MpReach.class).ifPresent(reach -> reach.nlri().forEach(sort));
    List<PathAttribute> attributes =
        ipv6.isEmpty()
            ? List.of()
            : List.of(new PathAttribute.MpUnreach(AddressFamily.IPV6_UNICAST, ipv6));
    List<Anomaly> anomalies = update.anomalies();
    return new UpdateMessage(ipv4, attributes, List.of(), anomalies);
  }

  static void write(UpdateMessage message, ByteBuf out, WireOptions options) {
    boolean addPath = options.addPathSend().contains(AddressFamily.IPV4_UNICAST);
    int withdrawnIndex = out.writerIndex();
    out.writeShort(0);
    PrefixCodec.write(message.withdrawn(), out, addPath);
    setLength(out, withdrawnIndex);
    int attributesIndex = out.writerIndex();
    out.writeShort(0);
    AttributeWriter.writeAll(message.attributes(), out, options);
    setLength(out, attributesIndex);
    PrefixCodec.write(message.nlri(), out, addPath);
  }

  private static void setLength(ByteBuf out, int index) {
    out.setShort(index, out.writerIndex() - index - 2);
  }
}
