package org.bgpannouncer.bgp.wire;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.bgpannouncer.bgp.AddressFamily;
import org.bgpannouncer.bgp.MessageType;
import org.bgpannouncer.bgp.PathAttribute;
import org.bgpannouncer.bgp.PathAttribute.MpReach;
import org.bgpannouncer.bgp.PathAttribute.MpUnreach;
import org.bgpannouncer.bgp.PathAttribute.NextHopAddress;
import org.bgpannouncer.bgp.UpdateMessage;
import org.bgpannouncer.route.Nlri;

/**
 * Puts many routes into as few UPDATEs as the message size allows, withdraws before announces. An
 * UPDATE does one thing only: it withdraws or announces, in its own fields or in one multiprotocol
 * attribute, which then stands first (RFC 7606 section 5.1).
 */
public final class UpdatePacker {
  /** RFC 4271 section 4.3: the header, and two length fields of two octets each. */
  private static final int FIXED_LENGTH = Header.LENGTH + 4;

  /** RFC 4760 section 4: flags, type, length of two octets; AFI 2, SAFI 1. */
  private static final int UNREACH_LENGTH = 4 + 3;

  private final WireOptions options;
  private final int maxLength;
  private final List<UpdateMessage> updates = new ArrayList<>();
  private final ByteBuf scratch = Unpooled.buffer(256);

  private UpdatePacker(WireOptions options) {
    this.options = options;
    this.maxLength = MessageType.UPDATE.maxLength(options.extendedMessages());
  }

  /**
   * The UPDATEs that withdraw {@code withdrawn} and announce {@code announced}.
   *
   * <p>A list of attributes says how its prefixes are announced: those of the family of its {@link
   * MpReach}, a template without prefixes, with that next hop and in that attribute; other IPv4
   * ones with its {@link NextHopAddress}. One list may have both, and each message gets its own.
   *
   * @throws IllegalArgumentException when a prefix has no next hop of its family, or the attributes
   *     leave no room for a prefix
   */
  public static List<UpdateMessage> pack(
      Collection<Nlri> withdrawn,
      Map<List<PathAttribute>, List<Nlri>> announced,
      WireOptions options) {
    UpdatePacker packer = new UpdatePacker(options);
    packer.withdraw(withdrawn);
    announced.forEach(packer::announce);
    return packer.updates;
  }

  private void withdraw(Collection<Nlri> withdrawn) {
    List<Nlri> ipv4 = new ArrayList<>();
    List<Nlri> ipv6 = new ArrayList<>();
    withdrawn.forEach(nlri -> (nlri.prefix().isIpv4() ? ipv4 : ipv6).add(nlri));
    cut(ipv4, AddressFamily.IPV4_UNICAST, 0, part -> add(part, List.of(), List.of()));
    cut(
        ipv6,
        AddressFamily.IPV6_UNICAST,
        UNREACH_LENGTH,
        part ->
            add(List.of(), List.of(new MpUnreach(AddressFamily.IPV6_UNICAST, part)), List.of()));
  }

  private void announce(List<PathAttribute> attributes, List<Nlri> announced) {
    Optional<MpReach> template = find(attributes, MpReach.class);
    boolean hasNextHop = find(attributes, NextHopAddress.class).isPresent();
    if (template.isEmpty()) {
      announceInField(attributes, announced);
    } else if (!hasNextHop) {
      announceInAttribute(template.get(), attributes, announced);
    } else {
      boolean ipv4 = template.get().family().equals(AddressFamily.IPV4_UNICAST);
      List<Nlri> inAttribute = new ArrayList<>();
      List<Nlri> inField = new ArrayList<>();
      for (Nlri nlri : announced) {
        (nlri.prefix().isIpv4() == ipv4 ? inAttribute : inField).add(nlri);
      }
      announceInAttribute(template.get(), attributes, inAttribute);
      announceInField(attributes, inField);
    }
  }

  private static <A extends PathAttribute> Optional<A> find(
      List<PathAttribute> attributes, Class<A> kind) {
    return attributes.stream().filter(kind::isInstance).map(kind::cast).findFirst();
  }

  private void announceInField(List<PathAttribute> attributes, List<Nlri> nlri) {
    if (nlri.isEmpty()) {
      return;
    }
    if (find(attributes, NextHopAddress.class).isEmpty()) {
      throw new IllegalArgumentException(
          "prefix: " + nlri.get(0) + " (expected: a next hop of its family)");
    }
    List<PathAttribute> own = attributes.stream().filter(a -> !(a instanceof MpReach)).toList();
    cut(nlri, AddressFamily.IPV4_UNICAST, length(own), part -> add(List.of(), own, part));
  }

  private void announceInAttribute(
      MpReach template, List<PathAttribute> attributes, List<Nlri> nlri) {
    // RFC 4760 section 3: without routes in the NLRI field there is no NEXT_HOP.
    List<PathAttribute> rest =
        attributes.stream()
            .filter(a -> !(a instanceof MpReach || a instanceof NextHopAddress))
            .toList();
    // The template's length has one octet, that of the attribute with its prefixes may have two.
    int length = length(with(template.with(List.of()), rest)) + 1;
    cut(
        nlri,
        template.family(),
        length,
        part -> add(List.of(), with(template.with(part), rest), List.of()));
  }

  private static List<PathAttribute> with(PathAttribute first, List<PathAttribute> rest) {
    ArrayList<PathAttribute> all = new ArrayList<>(rest.size() + 1);
    all.add(first);
    all.addAll(rest);
    return all;
  }

  private int length(List<PathAttribute> attributes) {
    scratch.clear();
    AttributeWriter.writeAll(attributes, scratch, options);
    return scratch.readableBytes();
  }

  private void add(List<Nlri> withdrawn, List<PathAttribute> attributes, List<Nlri> nlri) {
    updates.add(new UpdateMessage(withdrawn, attributes, nlri));
  }

  /** Hands on {@code nlri} in parts that fit behind {@code taken} octets of attributes. */
  private void cut(List<Nlri> nlri, AddressFamily family, int taken, Consumer<List<Nlri>> each) {
    boolean addPath = options.addPathSend().contains(family);
    int room = maxLength - FIXED_LENGTH - taken;
    int start = 0;
    int left = room;
    for (int i = 0; i < nlri.size(); i++) {
      int length = PrefixCodec.length(nlri.get(i), addPath);
      if (length > room) {
        throw new IllegalArgumentException(
            "attributes: " + taken + " octets (expected: room for " + nlri.get(i) + ")");
      }
      if (length > left) {
        each.accept(nlri.subList(start, i));
        start = i;
        left = room;
      }
      left -= length;
    }
    if (start < nlri.size()) {
      each.accept(nlri.subList(start, nlri.size()));
    }
  }
}
