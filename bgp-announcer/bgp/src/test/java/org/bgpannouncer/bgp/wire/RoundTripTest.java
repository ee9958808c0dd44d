package org.bgpannouncer.bgp.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.EncoderException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.OptionalLong;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.bgpannouncer.bgp.AddressFamily;
import org.bgpannouncer.bgp.BgpError;
import org.bgpannouncer.bgp.BgpMessage;
import org.bgpannouncer.bgp.Capability;
import org.bgpannouncer.bgp.KeepaliveMessage;
import org.bgpannouncer.bgp.NotificationMessage;
import org.bgpannouncer.bgp.Octets;
import org.bgpannouncer.bgp.OpenMessage;
import org.bgpannouncer.bgp.PathAttribute;
import org.bgpannouncer.bgp.PathAttribute.AsPath;
import org.bgpannouncer.bgp.PathAttribute.Segment;
import org.bgpannouncer.bgp.PathAttribute.SegmentType;
import org.bgpannouncer.bgp.RouteRefreshMessage;
import org.bgpannouncer.bgp.UpdateMessage;
import org.bgpannouncer.route.Community;
import org.bgpannouncer.route.ExtendedCommunity;
import org.bgpannouncer.route.IpAddress;
import org.bgpannouncer.route.LargeCommunity;
import org.bgpannouncer.route.Nlri;
import org.bgpannouncer.route.Prefix;
import org.junit.jupiter.api.Test;

/** Decoding what was encoded gives the same value, whatever the value. */
class RoundTripTest {
  private static final long MAX_UINT32 = 0xffff_ffffL;
  private static final WireOptions EVERYTHING =
      Wire.FOUR_OCTET
          .withExtendedMessages(true)
          .withExtendedNextHop(true)
          .withEnhancedRouteRefresh(true);

  @Property
  void decodeOfEncodeIsTheSame(@ForAll("messages") BgpMessage message) {
    assertThat(decodeOfEncode(message, EVERYTHING)).isEqualTo(message);
  }

  @Property
  void decodeOfEncodeIsTheSameWithPathIdentifiers(@ForAll("pathUpdates") UpdateMessage update) {
    assertThat(decodeOfEncode(update, EVERYTHING.withAddPath(Sample.BOTH, Sample.BOTH)))
        .isEqualTo(update);
  }

  @Property
  void decodeOfEncodeIsTheSameThroughTwoOctets(@ForAll("updates") UpdateMessage update) {
    assertThat(decodeOfEncode(update, EVERYTHING.withFourOctetAs(false))).isEqualTo(update);
  }

  private static BgpMessage decodeOfEncode(BgpMessage message, WireOptions options) {
    EmbeddedChannel channel = Wire.decoder(options);
    channel.writeInbound(Unpooled.wrappedBuffer(Wire.encode(message, options)));
    BgpMessage read = channel.readInbound();
    assertThat(channel.finish()).isFalse();
    return read;
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
    assertThat(Wire.encode(update, EVERYTHING)).hasSize(4423);
  }

  @Test
  void neverWritesALongOpen() {
    List<Capability> capabilities =
        Collections.nCopies(40, new Capability.Other(200, Octets.of(new byte[100])));
    OpenMessage open = new OpenMessage(64496, 90, IpAddress.parse("192.0.2.1"), capabilities);
    assertThatThrownBy(() -> Wire.encode(open, EVERYTHING))
        .isInstanceOf(EncoderException.class)
        .hasRootCauseMessage("length: 4232 (expected: <= 4096)");
  }

  @Test
  void cutsTheDataOfANotificationSoThatTheCodesArrive() {
    NotificationMessage notification =
        NotificationMessage.of(BgpError.INVALID_ROUTE_REFRESH_LENGTH, Octets.of(new byte[65535]));
    assertThat(Wire.encode(notification, Wire.FOUR_OCTET)).hasSize(4096);
    assertThat(Wire.encode(notification, EVERYTHING)).hasSize(65535);
  }

  @Test
  void refusesToWriteWhatIsNotAgreed() {
    UpdateMessage path =
        new UpdateMessage(List.of(Sample.path("192.0.2.0/24", 1)), List.of(), List.of());
    assertThatThrownBy(() -> Wire.encode(path, Wire.FOUR_OCTET))
        .hasRootCauseMessage(
            "prefix: 192.0.2.0/24 path-id 1 (expected: no path identifier, none is agreed)");
    PathAttribute reach =
        new PathAttribute.MpReach(
            AddressFamily.IPV4_UNICAST, List.of(IpAddress.parse("2001:db8::1")), List.of());
    UpdateMessage over = new UpdateMessage(List.of(), List.of(reach), List.of());
    assertThatThrownBy(() -> Wire.encode(over, Wire.FOUR_OCTET))
        .hasRootCauseMessage("next-hop: 2001:db8::1 (expected: IPv4, no other is agreed)");
  }

  @Test
  void theOnlyPathIsNumber0WhereIdentifiersAreAgreed() {
    UpdateMessage update =
        new UpdateMessage(List.of(Sample.nlri("192.0.2.0/24")), List.of(), List.of());
    assertThat(decodeOfEncode(update, Sample.ADD_PATH))
        .isEqualTo(
            new UpdateMessage(List.of(Sample.path("192.0.2.0/24", 0)), List.of(), List.of()));
  }

  @Provide
  Arbitrary<BgpMessage> messages() {
    return Arbitraries.oneOf(
        opens().map(open -> open),
        updates().map(update -> update),
        notifications().map(notification -> notification),
        Combinators.combine(families(), Arbitraries.integers().between(0, 3))
            .as(RouteRefreshMessage::new),
        Arbitraries.just(KeepaliveMessage.INSTANCE));
  }

  @Provide
  Arbitrary<UpdateMessage> pathUpdates() {
    return updates(Arbitraries.longs().between(0, MAX_UINT32).map(OptionalLong::of));
  }

  @Provide
  Arbitrary<UpdateMessage> updates() {
    return updates(Arbitraries.just(OptionalLong.empty()));
  }

  @Provide
  Arbitrary<Long> asNumbers() {
    return Arbitraries.longs().between(1, MAX_UINT32);
  }

  private static Arbitrary<NotificationMessage> notifications() {
    Arbitrary<NotificationMessage> any =
        Combinators.combine(octet(), octet(), octets(64)).as(NotificationMessage::new);
    Arbitrary<NotificationMessage> shutdown =
        Arbitraries.strings()
            .ofMaxLength(60)
            .map(text -> NotificationMessage.of(BgpError.ADMINISTRATIVE_SHUTDOWN, text));
    return Arbitraries.oneOf(
        any, shutdown, Arbitraries.oneOf(any, shutdown).map(NotificationMessage::hardReset));
  }

  private static Arbitrary<AddressFamily> families() {
    return Combinators.combine(Arbitraries.integers().between(0, 65535), octet())
        .as(AddressFamily::new);
  }

  private static Arbitrary<OpenMessage> opens() {
    // More than 255 octets of them too: the extended form.
    return Combinators.combine(
            Arbitraries.integers().between(0, 65535),
            Arbitraries.integers().between(0, 65535),
            address(4),
            capabilities().list().ofMaxSize(30))
        .as(OpenMessage::new);
  }

  private static Arbitrary<Capability> capabilities() {
    Arbitrary<Capability> nextHops =
        Combinators.combine(families(), Arbitraries.integers().between(0, 65535))
            .as(Capability.ExtendedNextHop.Encoding::new)
            .list()
            .ofMaxSize(5)
            .map(Capability.ExtendedNextHop::new);
    Arbitrary<Capability> restarts =
        Combinators.combine(
                booleans(),
                booleans(),
                Arbitraries.integers().between(0, 4095),
                Combinators.combine(families(), booleans())
                    .as(Capability.GracefulRestart.Forwarding::new)
                    .list()
                    .ofMaxSize(5))
            .as(Capability.GracefulRestart::new);
    Arbitrary<Capability> paths =
        Combinators.combine(families(), Arbitraries.of(Capability.AddPath.Direction.class))
            .as(Capability.AddPath.PathFamily::new)
            .list()
            .ofMaxSize(5)
            .map(Capability.AddPath::new);
    return Arbitraries.oneOf(
        families().map(Capability.Multiprotocol::new),
        Arbitraries.of(
            new Capability.RouteRefresh(),
            new Capability.ExtendedMessage(),
            new Capability.EnhancedRouteRefresh()),
        octet().map(Capability.Role::new),
        uint32().map(Capability.FourOctetAs::new),
        nextHops,
        restarts,
        paths,
        Combinators.combine(Arbitraries.integers().between(128, 255), octets(255))
            .as(Capability.Other::new));
  }

  private static Arbitrary<Boolean> booleans() {
    return Arbitraries.of(true, false);
  }

  private static Arbitrary<UpdateMessage> updates(Arbitrary<OptionalLong> pathIds) {
    // What carries routes comes with its mandatory attributes: anything else would be repaired.
    Arbitrary<List<PathAttribute>> mandatory =
        Combinators.combine(Arbitraries.of(PathAttribute.Origin.class), asPaths(), address(4))
            .as(
                (origin, path, nextHop) ->
                    List.of(origin, path, new PathAttribute.NextHopAddress(nextHop)));
    Arbitrary<List<PathAttribute>> more =
        optional(
            List.of(
                uint32().map(PathAttribute.Med::new),
                uint32().map(PathAttribute.LocalPreference::new),
                Arbitraries.just(new PathAttribute.AtomicAggregate()),
                aggregators(),
                communities(),
                address(4).map(PathAttribute.OriginatorId::new),
                address(4).list().ofMinSize(1).ofMaxSize(5).map(PathAttribute.ClusterList::new),
                extendedCommunities(),
                largeCommunities(),
                uint32().map(PathAttribute.OnlyToCustomer::new),
                Arbitraries.oneOf(reach(pathIds), ipv4Reach(pathIds)),
                unreach(pathIds),
                others()));
    return Combinators.combine(nlri(4, pathIds), mandatory, more, nlri(4, pathIds))
        .as(
            (withdrawn, first, rest, nlri) -> {
              List<PathAttribute> attributes = new ArrayList<>(rest);
              attributes.addAll(first);
              return new UpdateMessage(withdrawn, attributes, nlri);
            });
  }

  private static Arbitrary<List<PathAttribute>> optional(
      List<Arbitrary<? extends PathAttribute>> kinds) {
    Arbitrary<List<PathAttribute>> all = Arbitraries.just(List.of());
    for (Arbitrary<? extends PathAttribute> kind : kinds) {
      all =
          Combinators.combine(all, kind.optional())
              .as(
                  (before, next) -> {
                    List<PathAttribute> list = new ArrayList<>(before);
                    next.ifPresent(list::add);
                    return list;
                  });
    }
    return all;
  }

  private static Arbitrary<PathAttribute> aggregators() {
    return Combinators.combine(Arbitraries.longs().between(1, MAX_UINT32), address(4))
        .as(PathAttribute.Aggregator::new);
  }

  private static Arbitrary<PathAttribute> extendedCommunities() {
    return Arbitraries.longs()
        .map(ExtendedCommunity::new)
        .list()
        .ofMinSize(1)
        .ofMaxSize(40)
        .map(PathAttribute.ExtendedCommunities::new);
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

  private static Arbitrary<PathAttribute> reach(Arbitrary<OptionalLong> pathIds) {
    return Combinators.combine(address(16).list().ofMinSize(1).ofMaxSize(2), nlri(16, pathIds))
        .as(
            (nextHops, nlri) ->
                new PathAttribute.MpReach(AddressFamily.IPV6_UNICAST, nextHops, nlri));
  }

  private static Arbitrary<PathAttribute> ipv4Reach(Arbitrary<OptionalLong> pathIds) {
    Arbitrary<List<IpAddress>> nextHops =
        Arbitraries.oneOf(
            address(4).list().ofSize(1), address(16).list().ofMinSize(1).ofMaxSize(2));
    return Combinators.combine(nextHops, nlri(4, pathIds))
        .as((hops, nlri) -> new PathAttribute.MpReach(AddressFamily.IPV4_UNICAST, hops, nlri));
  }

  private static Arbitrary<PathAttribute> unreach(Arbitrary<OptionalLong> pathIds) {
    return nlri(16, pathIds)
        .map(nlri -> new PathAttribute.MpUnreach(AddressFamily.IPV6_UNICAST, nlri));
  }

  // Of a confederation's segments only those in front survive two octets, as they should.
  private static Arbitrary<AsPath> asPaths() {
    Arbitrary<List<Segment>> within =
        segments(Arbitraries.of(SegmentType.AS_CONFED_SEQUENCE, SegmentType.AS_CONFED_SET), 65535);
    Arbitrary<List<Segment>> beyond =
        segments(Arbitraries.of(SegmentType.AS_SEQUENCE, SegmentType.AS_SET), MAX_UINT32);
    return Combinators.combine(within, beyond)
        .as(
            (first, rest) -> {
              List<Segment> all = new ArrayList<>(first);
              all.addAll(rest);
              return new AsPath(all);
            });
  }

  private static Arbitrary<List<Segment>> segments(Arbitrary<SegmentType> types, long max) {
    return Combinators.combine(
            types, Arbitraries.longs().between(1, max).list().ofMinSize(1).ofMaxSize(20))
        .as(Segment::new)
        .list()
        .ofMaxSize(3);
  }

  private static Arbitrary<List<Nlri>> nlri(int bytes, Arbitrary<OptionalLong> pathIds) {
    return Combinators.combine(
            address(bytes), Arbitraries.integers().between(0, bytes * 8), pathIds)
        .as((address, length, pathId) -> new Nlri(prefix(address, length), pathId))
        .list()
        .ofMaxSize(20);
  }

  private static Prefix prefix(IpAddress address, int length) {
    byte[] bytes = address.toBytes();
    for (int bit = length; bit < bytes.length * 8; bit++) {
      bytes[bit / 8] &= (byte) ~(0x80 >> (bit % 8));
    }
    return new Prefix(IpAddress.of(bytes), length);
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
