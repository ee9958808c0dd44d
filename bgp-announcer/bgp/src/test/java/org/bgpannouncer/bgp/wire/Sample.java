package org.bgpannouncer.bgp.wire;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.bgpannouncer.bgp.AddressFamily;
import org.bgpannouncer.bgp.BgpError;
import org.bgpannouncer.bgp.BgpMessage;
import org.bgpannouncer.bgp.BgpRole;
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

/**
 * A message of everything that the codec writes, with the form it is written in.
 *
 * @param name for people
 */
record Sample(String name, BgpMessage message, WireOptions options) {
  static final Set<AddressFamily> BOTH =
      Set.of(AddressFamily.IPV4_UNICAST, AddressFamily.IPV6_UNICAST);

  /** RFC 9072. */
  static final String LONG_OPEN = "open with extended parameters";

  /** RFC 8654. */
  static final String LONG_UPDATE = "extended message";

  /** RFC 9687. */
  static final String SEND_HOLD = "send hold";

  static final WireOptions FOUR_OCTET = WireOptions.INITIAL.withFourOctetAs(true);
  static final WireOptions ADD_PATH = FOUR_OCTET.withAddPath(BOTH, BOTH);

  private static final IpAddress ROUTER = IpAddress.parse("192.0.2.254");
  private static final IpAddress IPV6_ROUTER = IpAddress.parse("2001:db8::1");
  private static final IpAddress LINK_LOCAL = IpAddress.parse("fe80::1");
  private static final OpenMessage PLAIN_OPEN =
      OpenMessage.of(4_200_000_000L, Duration.ofSeconds(90), ROUTER, List.of());

  static final OpenMessage OPEN =
      OpenMessage.of(
              4_200_000_000L,
              Duration.ofSeconds(90),
              ROUTER,
              BOTH.stream().sorted((a, b) -> Integer.compare(a.afi(), b.afi())).toList())
          .with(
              List.of(
                  new Capability.RouteRefresh(),
                  Capability.ExtendedNextHop.IPV4_OVER_IPV6,
                  new Capability.ExtendedMessage(),
                  Capability.Role.of(BgpRole.CUSTOMER),
                  new Capability.GracefulRestart(
                      true,
                      true,
                      120,
                      List.of(
                          new Capability.GracefulRestart.Forwarding(
                              AddressFamily.IPV4_UNICAST, true))),
                  new Capability.AddPath(
                      List.of(
                          new Capability.AddPath.PathFamily(
                              AddressFamily.IPV4_UNICAST, Capability.AddPath.Direction.BOTH),
                          new Capability.AddPath.PathFamily(
                              AddressFamily.IPV6_UNICAST, Capability.AddPath.Direction.SEND))),
                  new Capability.EnhancedRouteRefresh()));

  static final UpdateMessage EVERY_ATTRIBUTE =
      new UpdateMessage(
          List.of(),
          List.of(
              PathAttribute.Origin.INCOMPLETE,
              new AsPath(
                  List.of(
                      new Segment(SegmentType.AS_SEQUENCE, List.of(64496L, 4_200_000_000L)),
                      new Segment(SegmentType.AS_SET, List.of(64497L, 64498L)))),
              new PathAttribute.NextHopAddress(IpAddress.parse("198.51.100.1")),
              new PathAttribute.Med(100),
              new PathAttribute.LocalPreference(200),
              new PathAttribute.AtomicAggregate(),
              new PathAttribute.Aggregator(4_200_000_000L, ROUTER),
              new PathAttribute.Communities(List.of(Community.NO_EXPORT, new Community(64496, 7))),
              new PathAttribute.OriginatorId(ROUTER),
              new PathAttribute.ClusterList(List.of(ROUTER, IpAddress.parse("192.0.2.1"))),
              new PathAttribute.ExtendedCommunities(
                  List.of(
                      ExtendedCommunity.routeTarget(64496, 100),
                      ExtendedCommunity.routeOrigin(4_200_000_000L, 7),
                      ExtendedCommunity.parse("rt:192.0.2.1:5"))),
              new PathAttribute.LargeCommunities(List.of(new LargeCommunity(64496, 10, 1))),
              new PathAttribute.OnlyToCustomer(64496)),
          List.of(nlri("192.0.2.0/24"), nlri("203.0.113.13/32")));

  static List<Sample> all() {
    return Stream.of(
            new Sample("open", OPEN, WireOptions.INITIAL),
            new Sample(LONG_OPEN, longOpen(), WireOptions.INITIAL),
            new Sample("keepalive", KeepaliveMessage.INSTANCE, FOUR_OCTET),
            new Sample("every attribute", EVERY_ATTRIBUTE, FOUR_OCTET),
            new Sample("every attribute, two octets", EVERY_ATTRIBUTE, WireOptions.INITIAL),
            new Sample("withdraw", withdraw(nlri("198.51.100.0/25")), FOUR_OCTET),
            new Sample(
                "ipv6", reach(List.of(IPV6_ROUTER, LINK_LOCAL), "2001:db8:13::/48"), FOUR_OCTET),
            new Sample("ipv6 withdraw", unreach("2001:db8:13::/48"), FOUR_OCTET),
            new Sample(
                "ipv4 over ipv6",
                reach(List.of(IPV6_ROUTER), "192.0.2.0/24"),
                FOUR_OCTET.withExtendedNextHop(true)),
            new Sample("paths", paths(), ADD_PATH),
            new Sample("path withdraw", withdraw(path("192.0.2.0/24", 1)), ADD_PATH),
            new Sample(LONG_UPDATE, extended(), FOUR_OCTET.withExtendedMessages(true)),
            new Sample(
                "end of rib", UpdateMessage.endOfRib(AddressFamily.IPV4_UNICAST), FOUR_OCTET),
            new Sample(
                "ipv6 end of rib", UpdateMessage.endOfRib(AddressFamily.IPV6_UNICAST), FOUR_OCTET),
            refresh("refresh", RouteRefreshMessage.request(AddressFamily.IPV4_UNICAST)),
            refresh("refresh begins", RouteRefreshMessage.begin(AddressFamily.IPV6_UNICAST)),
            refresh("refresh ends", RouteRefreshMessage.end(AddressFamily.IPV6_UNICAST)),
            notification(
                "shutdown",
                NotificationMessage.of(
                    BgpError.ADMINISTRATIVE_SHUTDOWN, "maintenance, back at 06:00 \u2713")),
            notification(
                "hard reset",
                NotificationMessage.hardReset(
                    NotificationMessage.of(BgpError.ADMINISTRATIVE_RESET, "reload"))),
            notification("role", NotificationMessage.of(BgpError.ROLE_MISMATCH)),
            notification(SEND_HOLD, NotificationMessage.of(BgpError.SEND_HOLD_TIMER_EXPIRED)))
        .toList();
  }

  private static Sample refresh(String name, RouteRefreshMessage message) {
    return new Sample(name, message, FOUR_OCTET.withEnhancedRouteRefresh(true));
  }

  private static Sample notification(String name, NotificationMessage message) {
    return new Sample(name, message, FOUR_OCTET);
  }

  private static OpenMessage longOpen() {
    List<Capability> capabilities = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      capabilities.add(new Capability.Other(200 + i, Octets.of(new byte[100])));
    }
    return PLAIN_OPEN.with(capabilities);
  }

  private static UpdateMessage withdraw(Nlri nlri) {
    return new UpdateMessage(List.of(nlri), List.of(), List.of());
  }

  private static UpdateMessage unreach(String prefix) {
    Nlri nlri = nlri(prefix);
    return new UpdateMessage(
        List.of(),
        List.of(new PathAttribute.MpUnreach(AddressFamily.of(nlri.prefix()), List.of(nlri))),
        List.of());
  }

  private static UpdateMessage reach(List<IpAddress> nextHops, String prefix) {
    Nlri nlri = nlri(prefix);
    return new UpdateMessage(
        List.of(),
        List.of(
            new PathAttribute.MpReach(AddressFamily.of(nlri.prefix()), nextHops, List.of(nlri)),
            PathAttribute.Origin.IGP,
            AsPath.sequence(List.of(64496L))),
        List.of());
  }

  private static UpdateMessage paths() {
    return new UpdateMessage(
        List.of(),
        List.of(
            PathAttribute.Origin.IGP,
            AsPath.sequence(List.of(64496L)),
            new PathAttribute.NextHopAddress(IpAddress.parse("198.51.100.1"))),
        List.of(path("192.0.2.0/24", 1), path("192.0.2.0/24", 2), path("203.0.113.0/24", 1)));
  }

  private static UpdateMessage extended() {
    return new UpdateMessage(
        List.of(),
        List.of(
            PathAttribute.Origin.IGP,
            AsPath.sequence(List.of(64496L)),
            new PathAttribute.NextHopAddress(IpAddress.parse("198.51.100.1"))),
        IntStream.range(0, 2000)
            .mapToObj(i -> nlri("10." + i / 256 + "." + i % 256 + ".0/24"))
            .toList());
  }

  static Nlri nlri(String prefix) {
    return Nlri.of(Prefix.parse(prefix));
  }

  static Nlri path(String prefix, long id) {
    return Nlri.of(Prefix.parse(prefix), id);
  }

  byte[] encoded() {
    return Wire.encode(message, options);
  }

  @Override
  public String toString() {
    return name;
  }
}
