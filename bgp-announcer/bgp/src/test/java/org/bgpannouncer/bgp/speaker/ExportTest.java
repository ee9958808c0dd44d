package org.bgpannouncer.bgp.speaker;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.IntStream;
import org.bgpannouncer.bgp.AddressFamily;
import org.bgpannouncer.bgp.BgpRole;
import org.bgpannouncer.bgp.PathAttribute;
import org.bgpannouncer.bgp.PathAttribute.AsPath;
import org.bgpannouncer.bgp.PathAttribute.LocalPreference;
import org.bgpannouncer.bgp.PathAttribute.MpReach;
import org.bgpannouncer.bgp.PathAttribute.NextHopAddress;
import org.bgpannouncer.bgp.PathAttribute.OnlyToCustomer;
import org.bgpannouncer.bgp.session.Negotiated;
import org.bgpannouncer.bgp.session.PeerConfig;
import org.bgpannouncer.bgp.session.SessionCapabilities;
import org.bgpannouncer.bgp.session.SessionConfig;
import org.bgpannouncer.route.Community;
import org.bgpannouncer.route.ExtendedCommunity;
import org.bgpannouncer.route.IpAddress;
import org.bgpannouncer.route.LargeCommunity;
import org.bgpannouncer.route.NextHop;
import org.bgpannouncer.route.Nlri;
import org.bgpannouncer.route.PathAttributes;
import org.bgpannouncer.route.Prefix;
import org.bgpannouncer.route.Route;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ExportTest {
  private static final long OURS = 64496;
  private static final long THEIRS = 65000;
  private static final Prefix IPV4 = Prefix.parse("192.0.2.0/24");
  private static final Prefix IPV6 = Prefix.parse("2001:db8::/32");
  private static final IpAddress LOCAL = IpAddress.parse("203.0.113.21");
  private static final IpAddress LOCAL_IPV6 = IpAddress.parse("2001:db8:ffff::21");

  @Test
  void anExternalNeighborSeesOurAsNearestAndNoLocalPreference() {
    PathAttributes wished =
        new PathAttributes(
            OptionalLong.of(100),
            OptionalLong.of(300),
            List.of(OURS, OURS),
            List.of(),
            List.of(),
            List.of());
    List<PathAttribute> told = told(external(), LOCAL, route(IPV4, NextHop.SELF, wished));
    assertThat(told)
        .containsExactly(
            PathAttribute.Origin.IGP,
            AsPath.sequence(List.of(OURS, OURS, OURS)),
            new NextHopAddress(LOCAL),
            new PathAttribute.Med(100));
  }

  @Test
  void anInternalNeighborSeesThePrependsAloneAndALocalPreferenceAlways() {
    List<PathAttribute> told = told(internal(), LOCAL, route(IPV4, NextHop.SELF));
    assertThat(told)
        .containsExactly(
            PathAttribute.Origin.IGP,
            AsPath.sequence(List.of()),
            new NextHopAddress(LOCAL),
            new LocalPreference(100));
    PathAttributes wished =
        new PathAttributes(
            OptionalLong.empty(),
            OptionalLong.of(300),
            List.of(OURS),
            List.of(),
            List.of(),
            List.of());
    assertThat(told(internal(), LOCAL, route(IPV4, NextHop.SELF, wished)))
        .contains(AsPath.sequence(List.of(OURS)), new LocalPreference(300));
  }

  @Test
  void anIpv6RouteTravelsInMpReachWhichStandsFirst() {
    List<PathAttribute> told = told(external(), LOCAL_IPV6, route(IPV6, NextHop.SELF));
    assertThat(told.get(0))
        .isEqualTo(new MpReach(AddressFamily.IPV6_UNICAST, List.of(LOCAL_IPV6), List.of()));
    assertThat(told).noneMatch(NextHopAddress.class::isInstance);
  }

  @Test
  void allKindsOfCommunitiesAreTold() {
    PathAttributes wished =
        PathAttributes.NONE.withCommunities(
            List.of(Community.parse("64496:1")),
            List.of(ExtendedCommunity.parse("rt:64496:3")),
            List.of(LargeCommunity.parse("64496:1:2")));
    assertThat(told(external(), LOCAL, route(IPV4, NextHop.SELF, wished)))
        .contains(
            new PathAttribute.Communities(List.of(Community.parse("64496:1"))),
            new PathAttribute.ExtendedCommunities(List.of(ExtendedCommunity.parse("rt:64496:3"))),
            new PathAttribute.LargeCommunities(List.of(LargeCommunity.parse("64496:1:2"))));
  }

  @Test
  void anExtendedCommunityThatIsNotTransitiveStaysWithinTheAs() {
    ExtendedCommunity inner = ExtendedCommunity.parse("0x4300000000000001");
    PathAttributes wished =
        PathAttributes.NONE.withCommunities(List.of(), List.of(inner), List.of());
    assertThat(told(external(), LOCAL, route(IPV4, NextHop.SELF, wished)))
        .noneMatch(PathAttribute.ExtendedCommunities.class::isInstance);
    assertThat(told(internal(), LOCAL, route(IPV4, NextHop.SELF, wished)))
        .contains(new PathAttribute.ExtendedCommunities(List.of(inner)));
  }

  @ParameterizedTest
  @CsvSource({"PROVIDER, true", "PEER, true", "RS, true", "CUSTOMER, false", "RS_CLIENT, false"})
  void whoSellsOrPeersMarksItsRoutesForCustomersOnly(BgpRole role, boolean marks) {
    Neighbor neighbor = neighbor(THEIRS, SessionCapabilities.USUAL.withRole(role, false));
    List<PathAttribute> told =
        new Export(neighbor, external(), LOCAL)
            .told(List.of(route(IPV4, NextHop.SELF)))
            .keySet()
            .iterator()
            .next();
    assertThat(told.contains(new OnlyToCustomer(OURS))).isEqualTo(marks);
  }

  @Test
  void nextHopSelfIsTheConfiguredAddressWhereThereIsOne() {
    Neighbor neighbor =
        new Neighbor(
            "n",
            neighbor(THEIRS, SessionCapabilities.USUAL).peer(),
            policy(),
            Optional.of(IpAddress.parse("203.0.113.99")),
            Optional.of(LOCAL_IPV6),
            false);
    Export export = new Export(neighbor, external(), LOCAL);
    assertThat(export.told(List.of(route(IPV4, NextHop.SELF))).keySet().iterator().next())
        .contains(new NextHopAddress(IpAddress.parse("203.0.113.99")));
    assertThat(export.refusal(route(IPV6, NextHop.SELF))).isEmpty();
  }

  @Test
  void routesWithEqualAttributesAreToldTogether() {
    Route one = route(Prefix.parse("192.0.2.0/25"), NextHop.SELF);
    Route other = route(Prefix.parse("192.0.2.128/25"), NextHop.SELF);
    Route alone = route(IPV4, NextHop.SELF, PathAttributes.NONE.withMed(7));
    Map<List<PathAttribute>, List<Nlri>> told =
        new Export(neighbor(THEIRS, SessionCapabilities.USUAL), external(), LOCAL)
            .told(List.of(one, alone, other));
    assertThat(told.values())
        .containsExactly(
            List.of(Nlri.of(one.prefix()), Nlri.of(other.prefix())), List.of(Nlri.of(IPV4)));
  }

  @Test
  void aPathHasAnIdentifierWhereThatIsAgreed() {
    Negotiated agreed = negotiated(THEIRS, Set.of(AddressFamily.IPV4_UNICAST), false);
    Export export = new Export(neighbor(THEIRS, SessionCapabilities.USUAL), agreed, LOCAL);
    assertThat(export.nlri(Nlri.of(IPV4))).isEqualTo(Nlri.of(IPV4, Export.PATH_ID));
    assertThat(export.nlri(Nlri.of(IPV4, 7))).isEqualTo(Nlri.of(IPV4, 7));
    assertThat(export.nlri(Nlri.of(IPV6, 7))).isEqualTo(Nlri.of(IPV6));
    assertThat(export.nlri(Nlri.of(IPV6))).isEqualTo(Nlri.of(IPV6));
  }

  @Test
  void whatIsOutsideThePolicyIsRefused() {
    assertThat(refusal(external(), LOCAL, route(Prefix.parse("198.51.100.0/24"), NextHop.SELF)))
        .contains(
            "prefix: 198.51.100.0/24 (expected with n: one that the export policy allows; RFC 8212)");
  }

  @Test
  void aFamilyThatIsNotAgreedIsRefused() {
    Negotiated ipv4Only =
        new Negotiated(
            OURS,
            THEIRS,
            LOCAL,
            Duration.ofSeconds(9),
            true,
            Set.of(AddressFamily.IPV4_UNICAST),
            true,
            true,
            true,
            Set.of(),
            Set.of(),
            false,
            Optional.empty(),
            false,
            Optional.empty());
    assertThat(refusal(ipv4Only, LOCAL, route(IPV6, NextHop.of(LOCAL_IPV6))))
        .contains("family: ipv6 unicast (expected with n: one that is agreed)");
  }

  @Test
  void aNextHopOfTheOtherFamilyNeedsRfc8950() {
    Route route = route(IPV4, NextHop.of(LOCAL_IPV6));
    assertThat(refusal(external(), LOCAL, route))
        .contains(
            "next-hop: 2001:db8:ffff::21 (expected with n: the prefix's family, or RFC 8950 agreed"
                + " for IPv4)");
    Negotiated agreed = negotiated(THEIRS, Set.of(), true);
    assertThat(refusal(agreed, LOCAL, route)).isEmpty();
    assertThat(told(agreed, LOCAL, route).get(0))
        .isEqualTo(new MpReach(AddressFamily.IPV4_UNICAST, List.of(LOCAL_IPV6), List.of()));
    assertThat(refusal(agreed, LOCAL, route(IPV6, NextHop.of(LOCAL))))
        .isPresent(); // RFC 8950 is about IPv4 routes
  }

  @Test
  void attributesThatNoMessageCanHoldAreRefused() {
    List<LargeCommunity> many =
        IntStream.range(0, 6_000).mapToObj(i -> new LargeCommunity(OURS, 1, i)).toList();
    PathAttributes wished = PathAttributes.NONE.withCommunities(List.of(), List.of(), many);
    assertThat(refusal(external(), LOCAL, route(IPV4, NextHop.SELF, wished)))
        .contains("attributes: longer than a message (expected with n: fewer communities)");
  }

  @Test
  void nextHopSelfNeedsAnAddressOfTheFamily() {
    assertThat(refusal(external(), LOCAL, route(IPV6, NextHop.SELF)))
        .contains("next-hop: self (expected with n: an address of ours of the prefix's family)");
    assertThat(refusal(negotiated(THEIRS, Set.of(), true), LOCAL_IPV6, route(IPV4, NextHop.SELF)))
        .isEmpty();
  }

  private static List<PathAttribute> told(Negotiated negotiated, IpAddress local, Route route) {
    Neighbor neighbor = neighbor(negotiated.peerAs(), SessionCapabilities.USUAL);
    return new Export(neighbor, negotiated, local).told(List.of(route)).keySet().iterator().next();
  }

  private static Optional<String> refusal(Negotiated negotiated, IpAddress local, Route route) {
    Neighbor neighbor = neighbor(negotiated.peerAs(), SessionCapabilities.USUAL);
    return new Export(neighbor, negotiated, local).refusal(route);
  }

  private static Route route(Prefix prefix, NextHop nextHop) {
    return route(prefix, nextHop, PathAttributes.NONE);
  }

  private static Route route(Prefix prefix, NextHop nextHop, PathAttributes attributes) {
    return new Route(prefix, nextHop, attributes);
  }

  private static Negotiated external() {
    return negotiated(THEIRS, Set.of(), false);
  }

  private static Negotiated internal() {
    return negotiated(OURS, Set.of(), false);
  }

  private static Negotiated negotiated(
      long peerAs, Set<AddressFamily> addPath, boolean extendedNextHop) {
    return new Negotiated(
        OURS,
        peerAs,
        LOCAL,
        Duration.ofSeconds(9),
        true,
        Set.of(AddressFamily.IPV4_UNICAST, AddressFamily.IPV6_UNICAST),
        true,
        true,
        true,
        addPath,
        Set.of(),
        extendedNextHop,
        Optional.empty(),
        false,
        Optional.empty());
  }

  private static ExportPolicy policy() {
    return ExportPolicy.of(
        List.of(new ExportPolicy.Entry(IPV4, 25), new ExportPolicy.Entry(IPV6, 32)));
  }

  private static Neighbor neighbor(long peerAs, SessionCapabilities capabilities) {
    SessionConfig session =
        new SessionConfig(
            OURS,
            OptionalLong.of(peerAs),
            LOCAL,
            Duration.ofSeconds(9),
            List.of(AddressFamily.IPV4_UNICAST, AddressFamily.IPV6_UNICAST),
            capabilities);
    PeerConfig peer =
        PeerConfig.of(session, new InetSocketAddress(InetAddress.getLoopbackAddress(), 1790));
    return Neighbor.of("n", peer, policy());
  }
}
