package org.bgpannouncer.render;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.bgpannouncer.bgp.AddressFamily;
import org.bgpannouncer.bgp.OpenMessage;
import org.bgpannouncer.bgp.PathAttribute;
import org.bgpannouncer.bgp.PathAttribute.AsPath;
import org.bgpannouncer.bgp.PathAttribute.Segment;
import org.bgpannouncer.bgp.PathAttribute.SegmentType;
import org.bgpannouncer.bgp.UpdateMessage;
import org.bgpannouncer.bgp.session.SessionCapabilities;
import org.bgpannouncer.bgp.session.SessionConfig;
import org.bgpannouncer.route.Community;
import org.bgpannouncer.route.IpAddress;
import org.bgpannouncer.route.LargeCommunity;
import org.bgpannouncer.route.Nlri;
import org.bgpannouncer.route.Prefix;
import org.bgpannouncer.route.Route;
import org.bgpannouncer.testkit.bgp.SimulatedPeer;

/**
 * The neighbors of a site's edge router, played in the namespace that they live in: three
 * announcers, one of which tells of several paths (RFC 7911), a transit provider in each family, a
 * route server. Says what held, or fails.
 */
final class EdgeTrial implements AutoCloseable {
  private static final Duration SOON = Duration.ofSeconds(30);
  private static final Duration A_WHILE = Duration.ofMillis(700);
  private static final long OWN_AS = 64496;
  private static final long TRANSIT_AS = 64511;
  private static final long EXCHANGE_AS = 6695;

  private static final Set<AddressFamily> BOTH =
      Set.of(AddressFamily.IPV4_UNICAST, AddressFamily.IPV6_UNICAST);
  private static final Prefix PHYSICAL = Prefix.parse("198.51.100.0/24");
  private static final Prefix PHYSICAL6 = Prefix.parse("2001:db8:70::/48");
  private static final Prefix INTERNAL = Prefix.parse("10.255.0.13/32");
  private static final Prefix FOREIGN = Prefix.parse("1.1.1.0/24");
  private static final Prefix BOGON = Prefix.parse("172.20.0.0/16");

  /** What is checked in IPv4 and in IPv6 alike. */
  private record Family(
      String name,
      Prefix service,
      IpAddress host,
      IpAddress otherHost,
      IpAddress named,
      List<IpAddress> strange) {
    static final Family IPV4 =
        of(
            "IPv4",
            "192.0.2.0/24",
            "203.0.113.11",
            "203.0.113.12",
            "203.0.113.14",
            "198.51.100.77",
            "203.0.113.77");
    static final Family IPV6 =
        of(
            "IPv6",
            "2001:db8:13::/48",
            "2001:db8:1::11",
            "2001:db8:1::12",
            "2001:db8:1::14",
            "2001:db8:2::77",
            "2001:db8:1::77");

    private static Family of(String name, String service, String... addresses) {
      return new Family(
          name,
          Prefix.parse(service),
          IpAddress.parse(addresses[0]),
          IpAddress.parse(addresses[1]),
          IpAddress.parse(addresses[2]),
          List.of(IpAddress.parse(addresses[3]), IpAddress.parse(addresses[4])));
    }

    @Override
    public String toString() {
      return name;
    }
  }

  private final SimulatedPeer announcer = peer(OWN_AS, "203.0.113.21", "203.0.113.21");
  private final SimulatedPeer second = peer(OWN_AS, "203.0.113.22", "203.0.113.22");
  private final SimulatedPeer several =
      peer(
          SessionConfig.of(OWN_AS, IpAddress.parse("203.0.113.23"))
              .with(SessionCapabilities.USUAL.withAddPath(BOTH, Set.of())),
          "203.0.113.23");
  private final SimulatedPeer transit = peer(TRANSIT_AS, "203.0.113.253", "203.0.113.253");
  private final SimulatedPeer transit6 = peer(TRANSIT_AS, "203.0.113.252", "2001:db8:ff::2");
  private final SimulatedPeer exchange = peer(EXCHANGE_AS, "203.0.113.249", "203.0.113.249");

  private final boolean passesMed;
  private final boolean endsAtTheLimit;

  /**
   * Everybody listens, for the router dials.
   *
   * @param passesMed whether a MED learnt inside the AS leaves it
   * @param endsAtTheLimit whether a session with too many paths ends, and not only takes no more
   */
  private EdgeTrial(boolean passesMed, boolean endsAtTheLimit) throws IOException {
    this.passesMed = passesMed;
    this.endsAtTheLimit = endsAtTheLimit;
  }

  /** Runs it; the parent looks at the router's kernel whenever a line ends with "?". */
  public static void main(String[] arguments) throws IOException {
    boolean passesMed = !arguments[0].equals(Target.GOBGP.toString());
    boolean endsAtTheLimit = !arguments[0].startsWith(Target.BIRD.toString());
    try (EdgeTrial trial = new EdgeTrial(passesMed, endsAtTheLimit)) {
      if (arguments.length > 1) {
        Family family = arguments[1].equals("4") ? Family.IPV4 : Family.IPV6;
        trial.flows(family, Integer.parseInt(arguments[2]));
      } else {
        trial.run();
      }
    }
    System.exit(0);
  }

  private void run() throws IOException {
    for (SimulatedPeer peer : List.of(announcer, second, several, transit, transit6, exchange)) {
      peer.awaitSession(SOON);
    }
    for (SimulatedPeer peer : List.of(announcer, second, several, transit, transit6, exchange)) {
      int wanted = List.of(announcer, second, several).contains(peer) ? 9 : 30;
      assertThat(peer.messages(OpenMessage.class).get(0).message().holdTimeSeconds())
          .isEqualTo(wanted);
    }
    said("the router hears of a lost announcer within 9 s, and of another neighbor within 30");
    ask("sessions are up");
    transit.awaitAnnounced(PHYSICAL, SOON);
    exchange.awaitAnnounced(PHYSICAL, SOON);
    transit6.awaitAnnounced(PHYSICAL6, SOON);
    assertThat(transit.messages(UpdateMessage.class))
        .filteredOn(heard -> heard.message().nlri().contains(Nlri.of(PHYSICAL)))
        .allMatch(heard -> heard.message().attributes().contains(PathAttribute.Origin.IGP));
    said("the physical ranges are announced while no announcer says anything");
    for (Family family : List.of(Family.IPV4, Family.IPV6)) {
      theServiceGoesThrough(family);
      onePathForEachHost(family);
    }
    whatIsNotOursIsRefused();
    whatOthersSayOfOursIsRefused();
    leaving();
    if (endsAtTheLimit) {
      tooMuch();
    }
  }

  /** Three hosts, of which one dies and comes back. */
  private void flows(Family family, int dead) throws IOException {
    several.awaitSession(SOON);
    for (int host = 1; host <= 3; host++) {
      announceHost(family, host);
    }
    ask("three hosts");
    several.send(withdraw(Nlri.of(family.service, dead)));
    ask("two hosts");
    announceHost(family, dead);
    ask("three hosts again");
  }

  private void announceHost(Family family, int host) {
    String network = family.service.isIpv4() ? "203.0.113." : "2001:db8:1::";
    IpAddress address = IpAddress.parse(network + "1" + host);
    several.send(announce(Nlri.of(family.service, host), address, 100, List.of()));
  }

  private void theServiceGoesThrough(Family family) throws IOException {
    SimulatedPeer provider = family.service.isIpv4() ? transit : transit6;
    announcer.send(announce(family.service, family.host, 100, List.of()));
    second.send(announce(family.service, family.otherHost, 100, List.of()));
    provider.awaitAnnounced(
        family.service, "our AS and MED 100", route -> isLike(route, List.of(OWN_AS), 100), SOON);
    said(family + ": the service goes to the provider");
    ask(family + " has both hosts as next hops");

    List<Long> prepended = List.of(OWN_AS, OWN_AS);
    announcer.send(announce(family.service, family.host, 200, prepended));
    second.send(announce(family.service, family.otherHost, 200, prepended));
    provider.awaitAnnounced(
        family.service,
        "our AS three times and MED 200",
        route -> isLike(route, List.of(OWN_AS, OWN_AS, OWN_AS), 200),
        SOON);
    said(family + ": DEGRADED, which carries our own AS, is no loop");
    if (family.service.isIpv4()) {
      exchange.awaitAnnounced(
          family.service,
          "6695:0:64502 and five AS numbers",
          route ->
              route.attributes().largeCommunities().contains(new LargeCommunity(6695, 0, 64502))
                  && route.attributes().asPath().size() == 5,
          SOON);
      said("the exchange's community and two prepends are on it");
    }

    announcer.send(
        announce(family.service, family.host, 100, List.of(), Community.GRACEFUL_SHUTDOWN));
    second.send(announce(family.service, family.otherHost, 100, List.of(OWN_AS)));
    provider.awaitAnnounced(
        family.service,
        "our AS twice",
        route -> route.attributes().asPath().equals(List.of(OWN_AS, OWN_AS)),
        SOON);
    said(family + ": an announcer that says that it leaves is the last choice");

    announcer.send(withdraw(family.service));
    provider.assertStaysAnnounced(family.service, A_WHILE);
    second.send(withdraw(family.service));
    provider.awaitWithdrawn(family.service, SOON);
    said(family + ": it is withdrawn with the last announcer's, and not before");

    announcer.send(announce(family.service, family.strange.get(0), 100, List.of()));
    second.send(announce(family.service, family.strange.get(1), 100, List.of()));
    provider.assertNotAnnounced(family.service, A_WHILE);
    second.send(withdraw(family.service));
    said(family + ": a next hop outside of the site is refused, and one that is no host's");
    announcer.send(announce(family.service, family.named, 100, List.of()));
    provider.awaitAnnounced(family.service, SOON);
    announcer.send(withdraw(family.service));
    provider.awaitWithdrawn(family.service, SOON);
    said(family + ": a next hop that the service names is taken");
  }

  private void onePathForEachHost(Family family) throws IOException {
    SimulatedPeer provider = family.service.isIpv4() ? transit : transit6;
    // The one that stays first: until its next hop is known to the kernel, OpenBGPD does not count
    // it.
    several.send(announce(Nlri.of(family.service, 2), family.otherHost, 100, List.of()));
    provider.awaitAnnounced(family.service, SOON);
    several.send(announce(Nlri.of(family.service, 1), family.host, 100, List.of()));
    ask(family + " has both hosts as next hops");
    several.send(withdraw(Nlri.of(family.service, 1)));
    provider.assertStaysAnnounced(family.service, A_WHILE);
    ask(family + " has the other host alone");
    several.send(withdraw(Nlri.of(family.service, 2)));
    provider.awaitWithdrawn(family.service, SOON);
    said(family + ": one announcer has a path for each host, and takes back one of them");
  }

  private boolean isLike(Route route, List<Long> path, long med) {
    return route.attributes().asPath().equals(path)
        && route.attributes().med().orElse(0) == (passesMed ? med : 0);
  }

  private void whatIsNotOursIsRefused() throws IOException {
    announcer.send(announce(FOREIGN, Family.IPV4.host, 100, List.of()));
    announcer.send(announce(INTERNAL, Family.IPV4.host, 100, List.of(), Community.NO_EXPORT));
    // Whatever the community says: it is not in the list.
    second.send(announce(INTERNAL, Family.IPV4.host, 100, List.of()));
    transit.assertNotAnnounced(FOREIGN, A_WHILE);
    transit.assertNotAnnounced(INTERNAL, A_WHILE);
    exchange.assertNotAnnounced(INTERNAL, A_WHILE);
    ask("the internal prefix has its host");
    announcer.send(withdraw(FOREIGN));
    announcer.send(withdraw(INTERNAL));
    second.send(withdraw(INTERNAL));
    said(
        "an announcer brings the service prefixes and no others, and the internal one stays inside");
  }

  private void whatOthersSayOfOursIsRefused() throws IOException {
    List<Long> path = List.of(TRANSIT_AS, 64510L);
    IpAddress provider = IpAddress.parse("203.0.113.253");
    transit.send(announce(Family.IPV4.service, provider, 0, path));
    transit.send(announce(BOGON, provider, 0, path));
    transit.send(announce(FOREIGN, provider, 0, path));
    transit.send(announce(Prefix.parse("1.1.2.0/25"), provider, 0, path));
    // Of each range of reserved AS numbers.
    List<Long> reserved = List.of(64512L, 65535L, 23456L, 4_200_000_000L);
    for (int i = 0; i < reserved.size(); i++) {
      Prefix prefix = Prefix.parse("1.1." + (3 + i) + ".0/24");
      transit.send(announce(prefix, provider, 0, List.of(TRANSIT_AS, reserved.get(i), 64510L)));
    }
    transit.send(announce(Prefix.parse("1.1.7.0/24"), provider, 0, path));
    transit.send(announce(Prefix.parse("0.0.0.0/0"), provider, 0, List.of(TRANSIT_AS)));
    List<Long> leaked = List.of(TRANSIT_AS, 65000L);
    transit6.send(announce(Prefix.parse("::/0"), IpAddress.parse("2001:db8:ff::2"), 0, leaked));
    // One of use, a special one that is announced, and those that nobody may announce.
    for (String prefix :
        List.of(
            "2400:cb00::/32",
            "2001:4:112::/48",
            "2001::/32",
            "2001:10::/28",
            "2001:4:113::/48",
            "2002::/16",
            "3ffe:1::/32",
            "5f00::/16",
            "3fff::/32")) {
      transit6.send(announce(Prefix.parse(prefix), IpAddress.parse("2001:db8:ff::2"), 0, path));
    }
    ask("the foreign prefixes and the default are there, and nothing else");
    exchange.assertNotAnnounced(Family.IPV4.service, A_WHILE);
    exchange.assertNotAnnounced(FOREIGN, A_WHILE);
    assertThat(announcer.adjRibIn().routes()).isEmpty();
    assertThat(exchange.adjRibIn().routes()).containsOnlyKeys(Nlri.of(PHYSICAL));
    said("nothing is passed on that is not ours, and nothing of ours is taken from others");
  }

  private void leaving() throws IOException {
    announcer.send(announce(Family.IPV4.service, Family.IPV4.host, 100, List.of()));
    transit.awaitAnnounced(Family.IPV4.service, SOON);
    announcer.close();
    transit.awaitWithdrawn(Family.IPV4.service, SOON);
    said("an announcer that is gone takes its routes with it");
  }

  private void tooMuch() throws IOException {
    // Of one family, so that it is beyond the limit of a family and of a session.
    for (int path = 1; path <= 40; path++) {
      several.send(announce(Nlri.of(Family.IPV4.service, path), Family.IPV4.host, 100, List.of()));
    }
    several.awaitEnded(SOON);
    ask("an announcer with too many paths is cut off, and will be let in again");
    said("an announcer that brings more paths than it may is cut off");
  }

  private static UpdateMessage announce(
      Prefix prefix, IpAddress nextHop, long med, List<Long> path, Community... communities) {
    return announce(Nlri.of(prefix), nextHop, med, path, communities);
  }

  private static UpdateMessage announce(
      Nlri nlri, IpAddress nextHop, long med, List<Long> path, Community... communities) {
    boolean ipv4 = nlri.prefix().isIpv4();
    List<PathAttribute> attributes = new ArrayList<>();
    attributes.add(PathAttribute.Origin.IGP);
    attributes.add(
        new AsPath(
            path.isEmpty() ? List.of() : List.of(new Segment(SegmentType.AS_SEQUENCE, path))));
    if (ipv4) {
      attributes.add(new PathAttribute.NextHopAddress(nextHop));
    }
    attributes.add(new PathAttribute.Med(med));
    if (!path.contains(TRANSIT_AS)) {
      attributes.add(new PathAttribute.LocalPreference(100));
    }
    if (communities.length > 0) {
      attributes.add(new PathAttribute.Communities(List.of(communities)));
    }
    if (ipv4) {
      return new UpdateMessage(List.of(), attributes, List.of(nlri));
    }
    attributes.add(
        new PathAttribute.MpReach(AddressFamily.IPV6_UNICAST, List.of(nextHop), List.of(nlri)));
    return new UpdateMessage(List.of(), attributes, List.of());
  }

  private static UpdateMessage withdraw(Prefix prefix) {
    return withdraw(Nlri.of(prefix));
  }

  private static UpdateMessage withdraw(Nlri nlri) {
    if (nlri.prefix().isIpv4()) {
      return new UpdateMessage(List.of(nlri), List.of(), List.of());
    }
    return new UpdateMessage(
        List.of(),
        List.of(new PathAttribute.MpUnreach(AddressFamily.IPV6_UNICAST, List.of(nlri))),
        List.of());
  }

  private static SimulatedPeer peer(long as, String routerId, String address) throws IOException {
    return peer(SessionConfig.of(as, IpAddress.parse(routerId)), address);
  }

  private static SimulatedPeer peer(SessionConfig config, String address) throws IOException {
    return SimulatedPeer.start(
        config, new InetSocketAddress(IpAddress.parse(address).toInetAddress(), 179));
  }

  private static void said(String what) {
    System.out.println("held: " + what);
  }

  /** Lets the parent look, and goes on when it has. */
  private static void ask(String what) throws IOException {
    System.out.println(what + "?");
    if (System.in.read() != '\n') {
      throw new IOException(what + ": the parent has found it otherwise");
    }
  }

  @Override
  public void close() {
    for (SimulatedPeer peer : List.of(announcer, second, several, transit, transit6, exchange)) {
      peer.close();
    }
  }
}
