package org.bgpannouncer.cli;

import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.bgpannouncer.bgp.AddressFamily;
import org.bgpannouncer.bgp.BgpError;
import org.bgpannouncer.bgp.NotificationMessage;
import org.bgpannouncer.bgp.session.Negotiated;
import org.bgpannouncer.cli.PeerLines.Who;
import org.bgpannouncer.route.IpAddress;
import org.bgpannouncer.route.NextHop;
import org.bgpannouncer.route.PathAttributes;
import org.bgpannouncer.route.Prefix;
import org.bgpannouncer.route.Route;
import org.bgpannouncer.route.RouteChange;

/** What {@code peer} prints of the README's site, from its session to its end. */
final class SamplePeering {
  private static final Instant START = Instant.parse("2026-01-02T12:00:00Z");
  private static final Prefix PREFIX = Prefix.parse("192.0.2.0/24");
  private static final Who WHO = new Who(1, address("203.0.113.21", 40111));

  private SamplePeering() {}

  static String print(boolean json) {
    PeerLines lines = new PeerLines(json);
    Route route =
        new Route(
            PREFIX,
            NextHop.of(IpAddress.parse("203.0.113.11")),
            PathAttributes.NONE.withMed(100).withPrepend(64496, 1));
    Negotiated agreed =
        new Negotiated(
            65000,
            64496,
            IpAddress.parse("203.0.113.21"),
            Duration.ofSeconds(90),
            true,
            Set.of(AddressFamily.IPV4_UNICAST, AddressFamily.IPV6_UNICAST),
            false,
            false,
            false,
            Set.of(),
            Set.of(),
            false,
            Optional.empty(),
            false,
            Optional.empty());
    NotificationMessage goodbye = NotificationMessage.of(BgpError.ADMINISTRATIVE_SHUTDOWN);
    return String.join(
            "\n",
            List.of(
                lines.listening(at(0), address("203.0.113.1", 179), 65000),
                lines.established(at(1_107), WHO, agreed),
                lines.changed(at(1_214), WHO, new RouteChange.Announce(route)),
                lines.endOfRib(at(1_214), WHO, AddressFamily.IPV4_UNICAST),
                lines.changed(at(42_381), WHO, new RouteChange.Withdraw(PREFIX)),
                lines.ended(at(51_940), WHO, goodbye.toString())))
        + "\n";
  }

  private static Instant at(long millis) {
    return START.plusMillis(millis);
  }

  private static InetSocketAddress address(String address, int port) {
    return new InetSocketAddress(IpAddress.parse(address).toInetAddress(), port);
  }
}
