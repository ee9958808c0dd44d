package org.bgpannouncer.bgp.wire;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.bgpannouncer.bgp.AddressFamily;
import org.bgpannouncer.bgp.BgpError;
import org.bgpannouncer.bgp.Capability;
import org.bgpannouncer.bgp.KeepaliveMessage;
import org.bgpannouncer.bgp.NotificationMessage;
import org.bgpannouncer.bgp.OpenMessage;
import org.bgpannouncer.bgp.UpdateMessage;
import org.bgpannouncer.route.Community;
import org.bgpannouncer.route.IpAddress;
import org.bgpannouncer.route.LargeCommunity;
import org.bgpannouncer.route.NextHop;
import org.bgpannouncer.route.Prefix;
import org.bgpannouncer.route.Route;
import org.bgpannouncer.route.RouteChange;
import org.junit.jupiter.api.Test;

/** What real speakers sent means what they were told to say. */
class CaptureTest {
  @Test
  void readsTheOpenOfExaBgp() {
    OpenMessage open = (OpenMessage) Wire.decode(Wire.capture("exabgp-4.2.21-open"));
    assertThat(open.as()).isEqualTo(64496);
    assertThat(open.holdTimeSeconds()).isEqualTo(180);
    assertThat(open.routerId()).hasToString("192.0.2.1");
    assertThat(open.families())
        .containsExactly(AddressFamily.IPV4_UNICAST, AddressFamily.IPV6_UNICAST);
    assertThat(open.capabilities()).extracting(Capability::code).containsExactly(1, 1, 65, 6);
  }

  @Test
  void readsTheOpenOfBirdWithAllCapabilitiesInOneParameter() {
    OpenMessage open = (OpenMessage) Wire.decode(Wire.capture("bird-2.0.12-open"));
    assertThat(open.myAs()).isEqualTo(OpenMessage.AS_TRANS);
    assertThat(open.as()).isEqualTo(4_200_000_001L);
    assertThat(open.isFourOctetAs()).isTrue();
    assertThat(open.capabilities())
        .extracting(Capability::code)
        .containsExactly(1, 1, 2, 64, 65, 70, 71);
  }

  @Test
  void readsEveryAttributeOfAnIpv4Route() {
    UpdateMessage update = (UpdateMessage) Wire.decode(Wire.capture("exabgp-4.2.21-update-ipv4"));
    assertThat(update.anomalies()).isEmpty();
    assertThat(update.changes()).hasSize(1);
    Route route = ((RouteChange.Announce) update.changes().get(0)).route();
    assertThat(route.prefix()).hasToString("192.0.2.0/24");
    assertThat(route.nextHop()).isEqualTo(NextHop.of(IpAddress.parse("198.51.100.1")));
    assertThat(route.attributes().med()).hasValue(100);
    assertThat(route.attributes().asPath()).containsExactly(64496L, 64496L, 4_200_000_000L);
    assertThat(route.attributes().communities())
        .containsExactly(new Community(64496, 1), Community.NO_EXPORT);
    assertThat(route.attributes().largeCommunities())
        .containsExactly(new LargeCommunity(64496, 10, 1));
  }

  @Test
  void readsIpv6RoutesOfBothSpeakers() {
    for (String name : List.of("exabgp-4.2.21-update-ipv6", "bird-2.0.12-update-ipv6")) {
      UpdateMessage update = (UpdateMessage) Wire.decode(Wire.capture(name));
      assertThat(update.anomalies()).as(name).isEmpty();
      Route route = ((RouteChange.Announce) update.changes().get(0)).route();
      assertThat(route.prefix()).as(name).hasToString("2001:db8:13::/48");
      assertThat(route.nextHop()).as(name).isEqualTo(NextHop.of(IpAddress.parse("2001:db8::1")));
    }
  }

  @Test
  void readsWithdrawsOfBothFamilies() {
    UpdateMessage ipv4 = (UpdateMessage) Wire.decode(Wire.capture("bird-2.0.12-withdraw-ipv4"));
    assertThat(ipv4.changes())
        .containsExactly(
            new RouteChange.Withdraw(Prefix.parse("192.0.2.0/24")),
            new RouteChange.Withdraw(Prefix.parse("198.51.100.128/25")));
    UpdateMessage ipv6 = (UpdateMessage) Wire.decode(Wire.capture("bird-2.0.12-withdraw-ipv6"));
    assertThat(ipv6.changes())
        .containsExactly(new RouteChange.Withdraw(Prefix.parse("2001:db8:13::/48")));
  }

  @Test
  void recognisesEndOfRib() {
    UpdateMessage ipv6 = (UpdateMessage) Wire.decode(Wire.capture("exabgp-4.2.21-end-of-rib-ipv6"));
    assertThat(ipv6.endOfRib()).contains(AddressFamily.IPV6_UNICAST);
    UpdateMessage ipv4 = (UpdateMessage) Wire.decode(Wire.update("", "", ""));
    assertThat(ipv4.endOfRib()).contains(AddressFamily.IPV4_UNICAST);
    UpdateMessage withdraw = (UpdateMessage) Wire.decode(Wire.capture("bird-2.0.12-withdraw-ipv4"));
    assertThat(withdraw.endOfRib()).isEmpty();
  }

  @Test
  void readsNotificationAndKeepalive() {
    NotificationMessage shutdown =
        (NotificationMessage) Wire.decode(Wire.capture("rfc9003-shutdown"));
    assertThat(shutdown.error()).contains(BgpError.ADMINISTRATIVE_SHUTDOWN);
    assertThat(shutdown).hasToString("NOTIFICATION 6/2 ADMINISTRATIVE_SHUTDOWN \"move\"");
    assertThat(Wire.decode(Wire.capture("rfc4271-keepalive"))).isEqualTo(KeepaliveMessage.INSTANCE);
  }

  @Test
  void writesWhatExaBgpWrites() {
    for (String name : List.of("exabgp-4.2.21-open", "exabgp-4.2.21-update-ipv4")) {
      byte[] octets = Wire.capture(name);
      assertThat(Wire.encode(Wire.decode(octets), Wire.FOUR_OCTET)).as(name).isEqualTo(octets);
    }
  }
}
