package org.bgpannouncer.bgp.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.bgpannouncer.bgp.AddressFamily;
import org.bgpannouncer.bgp.PathAttribute;
import org.bgpannouncer.bgp.PathAttribute.AsPath;
import org.bgpannouncer.bgp.PathAttribute.MpReach;
import org.bgpannouncer.bgp.PathAttribute.MpUnreach;
import org.bgpannouncer.bgp.PathAttribute.NextHopAddress;
import org.bgpannouncer.bgp.UpdateMessage;
import org.bgpannouncer.route.Community;
import org.bgpannouncer.route.IpAddress;
import org.bgpannouncer.route.Nlri;
import org.bgpannouncer.route.Prefix;
import org.bgpannouncer.route.RouteChange;
import org.junit.jupiter.api.Test;

class UpdatePackerTest {
  private static final WireOptions PLAIN = Wire.FOUR_OCTET.withExtendedNextHop(true);
  private static final PathAttribute IPV4_NEXT_HOP =
      new NextHopAddress(IpAddress.parse("198.51.100.1"));
  private static final List<IpAddress> IPV6_NEXT_HOP = List.of(IpAddress.parse("2001:db8::1"));
  private static final MpReach IPV6_TEMPLATE =
      new MpReach(AddressFamily.IPV6_UNICAST, IPV6_NEXT_HOP, List.of());

  /** What a test of packing wishes. */
  record Wish(
      List<Nlri> withdrawn, Map<List<PathAttribute>, List<Nlri>> announced, WireOptions options) {}

  @Property(tries = 200)
  void losesNothingAndFitsAndSeparates(@ForAll("wishes") Wish wish) {
    List<UpdateMessage> updates = UpdatePacker.pack(wish.withdrawn, wish.announced, wish.options);

    List<RouteChange> changes = new ArrayList<>();
    for (UpdateMessage update : updates) {
      byte[] octets = Wire.encode(update, wish.options);
      assertThat(octets).hasSizeLessThanOrEqualTo(wish.options.extendedMessages() ? 65535 : 4096);
      UpdateMessage read = (UpdateMessage) Wire.decode(octets, wish.options);
      assertThat(read).isEqualTo(update);
      assertThat(filled(read)).isEqualTo(1);
      changes.addAll(read.changes());
    }
    List<Nlri> announced = wish.announced.values().stream().flatMap(List::stream).toList();
    assertThat(changes)
        .extracting(RouteChange::nlri)
        .containsExactlyInAnyOrderElementsOf(both(wish.withdrawn, announced));
    assertThat(changes).extracting(change -> change instanceof RouteChange.Announce).isSorted();
    assertThat(wireAttributes(updates)).isSubsetOf(expectedAttributes(wish));
  }

  /** RFC 7606 section 5.1: the places for prefixes, of which one may be filled. */
  private static int filled(UpdateMessage update) {
    int index =
        IntStream.range(0, update.attributes().size())
            .filter(
                i ->
                    update.attributes().get(i) instanceof MpReach
                        || update.attributes().get(i) instanceof MpUnreach)
            .findFirst()
            .orElse(-1);
    assertThat(index).as("multiprotocol attributes stand first").isLessThanOrEqualTo(0);
    return (update.withdrawn().isEmpty() ? 0 : 1)
        + (update.nlri().isEmpty() ? 0 : 1)
        + (index < 0 ? 0 : 1);
  }

  private static List<List<PathAttribute>> wireAttributes(List<UpdateMessage> updates) {
    return updates.stream().map(update -> shared(update.attributes())).distinct().toList();
  }

  private static List<List<PathAttribute>> expectedAttributes(Wish wish) {
    List<List<PathAttribute>> all = new ArrayList<>(List.of(List.of()));
    wish.announced.keySet().forEach(attributes -> all.add(shared(attributes)));
    return all;
  }

  private static List<PathAttribute> shared(List<PathAttribute> attributes) {
    return attributes.stream()
        .filter(
            a -> !(a instanceof MpReach || a instanceof MpUnreach || a instanceof NextHopAddress))
        .toList();
  }

  @Test
  void aHundredThousandPrefixesTakeAHundredMessages() {
    List<Nlri> prefixes = prefixes(100_000);
    List<UpdateMessage> announced =
        UpdatePacker.pack(List.of(), Map.of(attributes(IPV4_NEXT_HOP), prefixes), PLAIN);
    // 4096 - 23 of the message - 20 of the attributes, 4 a prefix.
    assertThat(announced).hasSize((100_000 + 1012) / 1013);
    assertThat(UpdatePacker.pack(prefixes, Map.of(), PLAIN)).hasSize((100_000 + 1017) / 1018);
    assertThat(UpdatePacker.pack(prefixes, Map.of(), PLAIN.withExtendedMessages(true))).hasSize(7);
    assertThat(announced.stream().mapToInt(update -> update.nlri().size()).sum())
        .isEqualTo(100_000);
  }

  @Test
  void oneListOfAttributesServesBothFamilies() {
    List<Nlri> nlri = List.of(Sample.nlri("192.0.2.0/24"), Sample.nlri("2001:db8:13::/48"));
    List<UpdateMessage> updates =
        UpdatePacker.pack(List.of(), Map.of(attributes(IPV4_NEXT_HOP, IPV6_TEMPLATE), nlri), PLAIN);
    assertThat(updates)
        .extracting(UpdateMessage::toString)
        .containsExactly(
            "UPDATE announce 2001:db8:13::/48 next-hop 2001:db8::1 as-path 64496",
            "UPDATE announce 192.0.2.0/24 next-hop 198.51.100.1 as-path 64496");
  }

  @Test
  void nothingWishedIsNothingSent() {
    assertThat(UpdatePacker.pack(List.of(), Map.of(attributes(IPV4_NEXT_HOP), List.of()), PLAIN))
        .isEmpty();
  }

  @Test
  void refusesAPrefixWithoutANextHopOfItsFamily() {
    assertThatThrownBy(
            () ->
                UpdatePacker.pack(
                    List.of(),
                    Map.of(attributes(IPV6_TEMPLATE), List.of(Sample.nlri("192.0.2.0/24"))),
                    PLAIN))
        .hasMessage("prefix: 192.0.2.0/24 (expected: ipv6 unicast)");
    assertThatThrownBy(
            () ->
                UpdatePacker.pack(
                    List.of(),
                    Map.of(attributes(IPV4_NEXT_HOP), List.of(Sample.nlri("2001:db8::/32"))),
                    PLAIN))
        .hasMessage("prefix: 2001:db8::/32 (expected: IPv4)");
    assertThatThrownBy(() -> pack(attributes(), "192.0.2.0/24"))
        .hasMessage("prefix: 192.0.2.0/24 (expected: a next hop of its family)");
  }

  @Test
  void refusesAttributesThatLeaveNoRoom() {
    List<Community> communities = Collections.nCopies(1011, new Community(64496, 1));
    List<PathAttribute> attributes =
        attributes(
            IPV4_NEXT_HOP,
            new PathAttribute.AtomicAggregate(),
            new PathAttribute.Communities(communities));
    assertThat(pack(attributes, "192.0.0.0/8")).hasSize(1);
    assertThatThrownBy(() -> pack(attributes, "203.0.113.128/25"))
        .hasMessage("attributes: 4071 octets (expected: room for 203.0.113.128/25)");
  }

  private static List<UpdateMessage> pack(List<PathAttribute> attributes, String prefix) {
    return UpdatePacker.pack(List.of(), Map.of(attributes, List.of(Sample.nlri(prefix))), PLAIN);
  }

  private static List<PathAttribute> attributes(PathAttribute... more) {
    List<PathAttribute> all = new ArrayList<>();
    all.add(PathAttribute.Origin.IGP);
    all.add(AsPath.sequence(List.of(64496L)));
    all.addAll(List.of(more));
    return List.copyOf(all);
  }

  private static List<Nlri> prefixes(int count) {
    return IntStream.range(0, count)
        .mapToObj(i -> Nlri.of(new Prefix(IpAddress.ofIpv4((10 << 24) + (i << 8)), 24)))
        .toList();
  }

  @Provide
  Arbitrary<Wish> wishes() {
    Arbitrary<WireOptions> options =
        Arbitraries.of(
            PLAIN,
            PLAIN.withFourOctetAs(false),
            PLAIN.withExtendedMessages(true),
            PLAIN.withAddPath(Sample.BOTH, Sample.BOTH));
    return options.flatMap(
        agreed -> {
          boolean paths = !agreed.addPathSend().isEmpty();
          return Combinators.combine(
                  nlri(false, paths),
                  nlri(true, paths),
                  nlri(false, paths),
                  nlri(true, paths),
                  Arbitraries.integers().between(0, 1000))
              .as((gone4, gone6, new4, new6, size) -> wish(agreed, gone4, gone6, new4, new6, size));
        });
  }

  private static Wish wish(
      WireOptions options,
      List<Nlri> gone4,
      List<Nlri> gone6,
      List<Nlri> new4,
      List<Nlri> new6,
      int size) {
    PathAttribute bulk =
        new PathAttribute.Communities(Collections.nCopies(1 + size, new Community(64496, size)));
    PathAttribute path = AsPath.sequence(List.of(64496L, 4_200_000_000L));
    Map<List<PathAttribute>, List<Nlri>> announced = new LinkedHashMap<>();
    announced.put(List.of(PathAttribute.Origin.IGP, path, IPV4_NEXT_HOP, bulk), half(new4, 0));
    announced.put(
        List.of(
            PathAttribute.Origin.EGP,
            path,
            new MpReach(AddressFamily.IPV4_UNICAST, IPV6_NEXT_HOP, List.of())),
        half(new4, 1));
    announced.put(List.of(PathAttribute.Origin.IGP, path, IPV6_TEMPLATE, bulk), new6);
    return new Wish(both(gone4, gone6), announced, options);
  }

  private static List<Nlri> both(List<Nlri> first, List<Nlri> second) {
    List<Nlri> all = new ArrayList<>(first);
    all.addAll(second);
    return all;
  }

  private static List<Nlri> half(List<Nlri> all, int which) {
    int middle = all.size() / 2;
    return which == 0 ? all.subList(0, middle) : all.subList(middle, all.size());
  }

  private static Arbitrary<List<Nlri>> nlri(boolean ipv6, boolean paths) {
    Arbitrary<Integer> lengths = Arbitraries.integers().between(0, ipv6 ? 128 : 32);
    return Combinators.combine(Arbitraries.longs(), Arbitraries.longs(), lengths)
        .as(
            (high, low, length) -> {
              Prefix prefix = prefix(ipv6, high, low, length);
              return paths ? Nlri.of(prefix, low & 0xffff_ffffL) : Nlri.of(prefix);
            })
        .list()
        .uniqueElements()
        .ofMaxSize(600);
  }

  private static Prefix prefix(boolean ipv6, long high, long low, int length) {
    long first = length == 0 ? 0 : high & (-1L << (64 - Math.min(64, length)));
    long second = length <= 64 ? 0 : low & (-1L << (128 - length));
    return new Prefix(
        ipv6 ? IpAddress.ofIpv6(first, second) : IpAddress.ofIpv4((int) (first >>> 32)), length);
  }
}
