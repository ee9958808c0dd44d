package org.bgpannouncer.bgp.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.EncoderException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.bgpannouncer.bgp.AddressFamily;
import org.bgpannouncer.bgp.BgpMessage;
import org.bgpannouncer.bgp.Capability;
import org.bgpannouncer.bgp.KeepaliveMessage;
import org.bgpannouncer.bgp.Nlri;
import org.bgpannouncer.bgp.NotificationMessage;
import org.bgpannouncer.bgp.Octets;
import org.bgpannouncer.bgp.OpenMessage;
import org.bgpannouncer.bgp.PathAttribute;
import org.bgpannouncer.bgp.PathAttribute.AsPath;
import org.bgpannouncer.bgp.PathAttribute.Segment;
import org.bgpannouncer.bgp.PathAttribute.SegmentType;
import org.bgpannouncer.bgp.UpdateMessage;
import org.bgpannouncer.route.Community;
import org.bgpannouncer.route.IpAddress;
import org.bgpannouncer.route.LargeCommunity;
import org.bgpannouncer.route.Prefix;
import org.junit.jupiter.api.Test;

/** Decoding what was encoded gives the same value, whatever the value. */
class RoundTripTest {
  private static final long MAX_UINT32 = 0xffff_ffffL;

  @Property
  void decodeOfEncodeIsTheSame(@ForAll("messages") BgpMessage message) {
    EmbeddedChannel channel = Wire.decoder(Wire.FOUR_OCTET);
    channel.writeInbound(Unpooled.wrappedBuffer(Wire.encode(message, Wire.FOUR_OCTET)));
    assertThat(channel.<BgpMessage>readInbound()).isEqualTo(message);
    assertThat(channel.finish()).isFalse();
  }

  @Property(tries = 200)
  void aLargeNumberSurvivesATwoOctetPeer(@ForAll("asNumbers") long as) {
    UpdateMessage update =
        new UpdateMessage(List.of(), List.of(AsPath.sequence(List.of(as))), List.of());
    EmbeddedChannel channel = Wire.decoder(WireOptions.INITIAL);
    channel.writeInbound(Unpooled.wrappedBuffer(Wire.encode(update, WireOptions.INITIAL)));
    UpdateMessage read = channel.readInbound();
    assertThat(read.pathAttributes().asPath()).containsExactly(as);
  }

  @Test
  void refusesToWriteAMessageThatIsTooLong() {
    List<Nlri> prefixes = Collections.nCopies(1100, Nlri.of(Prefix.parse("192.0.2.0/24")));
    UpdateMessage update = new UpdateMessage(prefixes, List.of(), List.of());
    assertThatThrownBy(() -> Wire.encode(update, Wire.FOUR_OCTET))
        .isInstanceOf(EncoderException.class)
        .hasRootCauseMessage("length: 4423 (expected: <= 4096)");
  }

  @Provide
  Arbitrary<BgpMessage> messages() {
    return Arbitraries.oneOf(
        opens().map(open -> open),
        updates().map(update -> update),
        notifications().map(notification -> notification),
        Arbitraries.just(KeepaliveMessage.INSTANCE));
  }

  @Provide
  Arbitrary<Long> asNumbers() {
    return Arbitraries.longs().between(1, MAX_UINT32);
  }

  private static Arbitrary<NotificationMessage> notifications() {
    return Combinators.combine(octet(), octet(), octets(64)).as(NotificationMessage::new);
  }

  private static Arbitrary<OpenMessage> opens() {
    Arbitrary<Capability> capability =
        Arbitraries.oneOf(
            Combinators.combine(Arbitraries.integers().between(0, 65535), octet())
                .as((afi, safi) -> new Capability.Multiprotocol(new AddressFamily(afi, safi))),
            uint32().map(Capability.FourOctetAs::new),
            Combinators.combine(Arbitraries.integers().between(128, 255), octets(16))
                .as(Capability.Other::new));
    return Combinators.combine(
            Arbitraries.integers().between(0, 65535),
            Arbitraries.integers().between(0, 65535),
            address(4),
            capability.list().ofMaxSize(10))
        .as(OpenMessage::new);
  }

  private static Arbitrary<UpdateMessage> updates() {
    // What carries routes comes with its mandatory attributes: anything else would be repaired.
    Arbitrary<List<PathAttribute>> optional =
        Combinators.combine(
                uint32().<PathAttribute>map(PathAttribute.Med::new).optional(),
                uint32().<PathAttribute>map(PathAttribute.LocalPreference::new).optional(),
                Arbitraries.<PathAttribute>just(new PathAttribute.AtomicAggregate()).optional(),
                communities().optional(),
                largeCommunities().optional(),
                reach().optional(),
                unreach().optional(),
                others())
            .as(
                (a, b, c, d, e, f, g, h) -> {
                  List<PathAttribute> all = new ArrayList<>();
                  List.of(a, b, c, d, e, f, g).forEach(each -> each.ifPresent(all::add));
                  all.add(h);
                  return all;
                });
    Arbitrary<List<PathAttribute>> mandatory =
        Combinators.combine(Arbitraries.of(PathAttribute.Origin.class), asPaths(), address(4))
            .as(
                (origin, path, nextHop) ->
                    List.of(origin, path, new PathAttribute.NextHopAddress(nextHop)));
    return Combinators.combine(prefixes(4), mandatory, optional, prefixes(4))
        .as(
            (withdrawn, first, more, nlri) -> {
              List<PathAttribute> attributes = new ArrayList<>(more);
              attributes.addAll(first);
              return new UpdateMessage(withdrawn, attributes, nlri);
            });
  }

  private static Arbitrary<PathAttribute> others() {
    return Combinators.combine(
            Arbitraries.of(0x80, 0xc0, 0xe0), Arbitraries.integers().between(100, 255), octets(300))
        .as(PathAttribute.Other::new);
  }

  private static Arbitrary<PathAttribute> communities() {
    Arbitrary<Integer> half = Arbitraries.integers().between(0, 65535);
    return Combinators.combine(half, half)
        .as(Community::new)
        .list()
        .ofMinSize(1)
        .ofMaxSize(80)
        .map(PathAttribute.Communities::new);
  }

  private static Arbitrary<PathAttribute> largeCommunities() {
    return Combinators.combine(uint32(), uint32(), uint32())
        .as(LargeCommunity::new)
        .list()
        .ofMinSize(1)
        .ofMaxSize(30)
        .map(PathAttribute.LargeCommunities::new);
  }

  private static Arbitrary<PathAttribute> reach() {
    return Combinators.combine(address(16).list().ofMinSize(1).ofMaxSize(2), prefixes(16))
        .as(
            (nextHops, prefixes) ->
                new PathAttribute.MpReach(AddressFamily.IPV6_UNICAST, nextHops, prefixes));
  }

  private static Arbitrary<PathAttribute> unreach() {
    return prefixes(16)
        .map(prefixes -> new PathAttribute.MpUnreach(AddressFamily.IPV6_UNICAST, prefixes));
  }

  private static Arbitrary<AsPath> asPaths() {
    return Combinators.combine(
            Arbitraries.of(SegmentType.class),
            Arbitraries.longs().between(1, MAX_UINT32).list().ofMinSize(1).ofMaxSize(20))
        .as(Segment::new)
        .list()
        .ofMaxSize(3)
        .map(AsPath::new);
  }

  private static Arbitrary<List<Nlri>> prefixes(int bytes) {
    return Combinators.combine(address(bytes), Arbitraries.integers().between(0, bytes * 8))
        .as(RoundTripTest::nlri)
        .list()
        .ofMaxSize(20);
  }

  private static Nlri nlri(IpAddress address, int length) {
    byte[] bytes = address.toBytes();
    for (int bit = length; bit < bytes.length * 8; bit++) {
      bytes[bit / 8] &= (byte) ~(0x80 >> (bit % 8));
    }
    return Nlri.of(new Prefix(IpAddress.of(bytes), length));
  }

  private static Arbitrary<IpAddress> address(int bytes) {
    return Arbitraries.bytes().array(byte[].class).ofSize(bytes).map(IpAddress::of);
  }

  private static Arbitrary<Octets> octets(int max) {
    return Arbitraries.bytes().array(byte[].class).ofMaxSize(max).map(Octets::of);
  }

  private static Arbitrary<Integer> octet() {
    return Arbitraries.integers().between(0, 255);
  }

  private static Arbitrary<Long> uint32() {
    return Arbitraries.longs().between(0, MAX_UINT32);
  }
}
