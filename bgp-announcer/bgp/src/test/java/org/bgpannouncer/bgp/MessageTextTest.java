package org.bgpannouncer.bgp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.bgpannouncer.bgp.AttributeType.ErrorAction;
import org.bgpannouncer.bgp.PathAttribute.AsPath;
import org.bgpannouncer.bgp.PathAttribute.Segment;
import org.bgpannouncer.bgp.PathAttribute.SegmentType;
import org.bgpannouncer.route.Community;
import org.bgpannouncer.route.ExtendedCommunity;
import org.bgpannouncer.route.IpAddress;
import org.bgpannouncer.route.LargeCommunity;
import org.bgpannouncer.route.Nlri;
import org.bgpannouncer.route.Prefix;
import org.bgpannouncer.route.RouteChange;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A message as a line of a log, and as JSON has it. */
class MessageTextTest {
  private static final IpAddress ROUTER = IpAddress.parse("192.0.2.1");
  private static final UpdateMessage ROUTE =
      new UpdateMessage(
          List.of(),
          List.of(
              PathAttribute.Origin.IGP,
              AsPath.sequence(List.of(64496L)),
              new PathAttribute.NextHopAddress(ROUTER),
              new PathAttribute.Communities(List.of(Community.NO_EXPORT))),
          List.of(nlri("192.0.2.0/24")));

  @Test
  void anUpdateIsALineOfALog() {
    assertThat(ROUTE)
        .hasToString(
            "UPDATE announce 192.0.2.0/24 next-hop 192.0.2.1 as-path 64496 communities no-export");
    assertThat(UpdateMessage.endOfRib(AddressFamily.IPV6_UNICAST))
        .hasToString("UPDATE end-of-rib ipv6 unicast");
    assertThat(
            new UpdateMessage(
                List.of(nlri("198.51.100.0/24"), Nlri.of(Prefix.parse("203.0.113.0/24"), 7)),
                List.of(
                    new PathAttribute.MpUnreach(
                        AddressFamily.IPV6_UNICAST, List.of(nlri("2001:db8::/32")))),
                List.of(),
                List.of(new Anomaly(1, ErrorAction.TREAT_AS_WITHDRAW, "ORIGIN origin: 3"))))
        .hasToString(
            "UPDATE withdraw 198.51.100.0/24 203.0.113.0/24 path-id 7 withdraw 2001:db8::/32"
                + " (treat-as-withdraw: ORIGIN origin: 3)");
  }

  @Test
  void everyAttributeHasItsWords() {
    UpdateMessage update =
        new UpdateMessage(
            List.of(),
            List.of(
                new PathAttribute.MpReach(
                    AddressFamily.IPV6_UNICAST,
                    List.of(IpAddress.parse("2001:db8::1"), IpAddress.parse("fe80::1")),
                    List.of(nlri("2001:db8:13::/48"))),
                PathAttribute.Origin.INCOMPLETE,
                new AsPath(
                    List.of(
                        new Segment(SegmentType.AS_CONFED_SEQUENCE, List.of(65001L, 65002L)),
                        new Segment(SegmentType.AS_SEQUENCE, List.of(64496L, 64497L)),
                        new Segment(SegmentType.AS_SET, List.of(64498L, 64499L)),
                        new Segment(SegmentType.AS_CONFED_SET, List.of(65003L, 65004L)))),
                new PathAttribute.Med(100),
                new PathAttribute.LocalPreference(200),
                new PathAttribute.AtomicAggregate(),
                new PathAttribute.Aggregator(64496, ROUTER),
                new PathAttribute.OriginatorId(ROUTER),
                new PathAttribute.ClusterList(List.of(ROUTER)),
                new PathAttribute.ExtendedCommunities(
                    List.of(ExtendedCommunity.routeTarget(64496, 1))),
                new PathAttribute.LargeCommunities(List.of(new LargeCommunity(64496, 1, 2))),
                new PathAttribute.OnlyToCustomer(64496),
                new PathAttribute.Other(0xc0, 99, Octets.parse("cafe"))),
            List.of());
    assertThat(update)
        .hasToString(
            "UPDATE announce 2001:db8:13::/48 next-hop 2001:db8::1 fe80::1 origin incomplete"
                + " as-path (65001 65002) 64496 64497 {64498,64499} [65003,65004] med 100"
                + " local-preference 200 atomic-aggregate aggregator 64496:192.0.2.1"
                + " originator-id 192.0.2.1 cluster-list 192.0.2.1"
                + " extended-communities rt:64496:1 large-communities 64496:1:2"
                + " only-to-customer 64496 attribute 99 flags 0xc0 value cafe");
    assertThat(update.toMap().get("attributes"))
        .isEqualTo(
            Map.ofEntries(
                Map.entry("origin", "incomplete"),
                Map.entry(
                    "asPath",
                    List.of(
                        Map.of("confedSequence", List.of(65001L, 65002L)),
                        64496L,
                        64497L,
                        Map.of("set", List.of(64498L, 64499L)),
                        Map.of("confedSet", List.of(65003L, 65004L)))),
                Map.entry("med", 100L),
                Map.entry("localPreference", 200L),
                Map.entry("atomicAggregate", true),
                Map.entry("aggregator", "64496:192.0.2.1"),
                Map.entry("originatorId", "192.0.2.1"),
                Map.entry("clusterList", List.of("192.0.2.1")),
                Map.entry("extendedCommunities", List.of("rt:64496:1")),
                Map.entry("largeCommunities", List.of("64496:1:2")),
                Map.entry("onlyToCustomer", 64496L),
                Map.entry("unread", List.of(Map.of("code", 99, "flags", 0xc0, "value", "cafe")))));
  }

  @Test
  void aLineShowsSomePrefixesAndCountsTheOthers() {
    List<Nlri> many =
        IntStream.range(0, 1000)
            .mapToObj(i -> nlri("10." + i / 256 + "." + i % 256 + ".0/24"))
            .toList();
    UpdateMessage update = new UpdateMessage(many, List.of(), List.of());
    assertThat(update.toString()).endsWith(" 10.0.15.0/24 and 984 more").hasSizeLessThan(300);
    assertThat((List<?>) update.toMap().get("withdraw")).hasSize(1000);
  }

  @Test
  void anOpenNamesItsCapabilities() {
    OpenMessage open =
        new OpenMessage(
            64496,
            90,
            ROUTER,
            List.of(
                new Capability.Multiprotocol(AddressFamily.IPV4_UNICAST),
                Capability.ExtendedNextHop.IPV4_OVER_IPV6,
                Capability.Role.of(BgpRole.RS_CLIENT),
                new Capability.GracefulRestart(
                    false,
                    true,
                    120,
                    List.of(
                        new Capability.GracefulRestart.Forwarding(
                            AddressFamily.IPV4_UNICAST, false))),
                new Capability.AddPath(
                    List.of(
                        new Capability.AddPath.PathFamily(
                            AddressFamily.IPV4_UNICAST, Capability.AddPath.Direction.SEND))),
                new Capability.Other(71, Octets.parse("0a"))));
    assertThat(open)
        .hasToString(
            "OPEN as 64496 hold-time 90 router-id 192.0.2.1 capabilities ipv4 unicast,"
                + " extended-next-hop (ipv4 unicast via afi 2), role rs-client,"
                + " graceful-restart 120 notification (ipv4 unicast),"
                + " add-path (ipv4 unicast send), capability 71 0a");
    assertThat(open.toMap().keySet())
        .containsExactly("type", "version", "as", "holdTime", "routerId", "capabilities");
    assertThat((List<?>) open.toMap().get("capabilities"))
        .asString()
        .isEqualTo(
            "[{code=1, name=multiprotocol, family=ipv4 unicast},"
                + " {code=5, name=extended-next-hop, encodings=[{family=ipv4 unicast,"
                + " nextHopAfi=2}]}, {code=9, name=role, role=rs-client},"
                + " {code=64, name=graceful-restart, restarted=false, notification=true,"
                + " restartTime=120, families=[{family=ipv4 unicast, preserved=false}]},"
                + " {code=69, name=add-path, families=[{family=ipv4 unicast, direction=send}]},"
                + " {code=71, value=0a}]");
  }

  @Test
  void anUpdateIsAMapOfPrefixesAndAttributes() {
    assertThat(ROUTE.toMap())
        .hasToString(
            "{type=update, withdraw=[], announce=[{prefix=192.0.2.0/24, nextHop=192.0.2.1}],"
                + " attributes={origin=igp, asPath=[64496], communities=[no-export]},"
                + " anomalies=[]}");
    assertThat(KeepaliveMessage.INSTANCE.toMap()).isEqualTo(Map.of("type", "keepalive"));
    assertThat(RouteRefreshMessage.begin(AddressFamily.IPV4_UNICAST).toMap())
        .hasToString("{type=route-refresh, subtype=begin, family=ipv4 unicast}");
  }

  @Test
  void aNotificationTellsItsReason() {
    NotificationMessage shutdown =
        NotificationMessage.of(BgpError.ADMINISTRATIVE_SHUTDOWN, "back at 06:00");
    assertThat(shutdown.communication()).contains("back at 06:00");
    assertThat(shutdown).hasToString("NOTIFICATION 6/2 ADMINISTRATIVE_SHUTDOWN \"back at 06:00\"");
    NotificationMessage reset = NotificationMessage.hardReset(shutdown);
    assertThat(reset.reason()).contains(shutdown);
    assertThat(reset)
        .hasToString(
            "NOTIFICATION 6/9 HARD_RESET of 6/2 ADMINISTRATIVE_SHUTDOWN \"back at 06:00\"");
    assertThat(reset.toMap())
        .hasToString(
            "{type=notification, code=6, subcode=9, error=hard-reset,"
                + " data=06020d6261636b2061742030363a3030, reason={code=6, subcode=2,"
                + " error=administrative-shutdown, communication=back at 06:00,"
                + " data=0d6261636b2061742030363a3030}}");
  }

  @ParameterizedTest
  @CsvSource(
      nullValues = "none",
      value = {
        // code, subcode, data; the shutdown communication
        "6, 2, '', none",
        "6, 2, 00, ''",
        "6, 2, 0161, a",
        "6, 4, 0161, a",
        // Says more than is there, all there is, less than is there.
        "6, 2, 0261, none",
        "6, 2, ff61, none",
        "6, 2, 016162, a",
        // No UTF-8: an overlong form, half a letter, a surrogate.
        "6, 2, 02c0af, none",
        "6, 2, 01c3, none",
        "6, 2, 03eda080, none",
        // Another error has none.
        "6, 3, 0161, none",
        "2, 2, 0161, none",
      })
  void aShutdownCommunicationThatDoesNotHoldTogetherIsNone(
      int code, int subcode, String data, @Nullable String text) {
    NotificationMessage message = new NotificationMessage(code, subcode, Octets.parse(data));
    assertThat(message.communication()).isEqualTo(Optional.ofNullable(text));
    if (text == null && !data.isEmpty()) {
      assertThat(message.toString()).endsWith(" data " + data);
    }
  }

  @Test
  void aHardResetInAHardResetIsOpenedOnce() {
    NotificationMessage nested =
        NotificationMessage.hardReset(
            NotificationMessage.hardReset(NotificationMessage.of(BgpError.CEASE)));
    assertThat(nested).hasToString("NOTIFICATION 6/9 HARD_RESET of 6/9 HARD_RESET data 0600");
    assertThat(new NotificationMessage(6, 9, Octets.parse("06")).reason()).isEmpty();
  }

  @Test
  void whatAnOperatorElsewhereTypedStaysOneLine() {
    NotificationMessage message =
        NotificationMessage.of(
            BgpError.ADMINISTRATIVE_RESET, "a\nb\u001b[2Jc\u202ed\u2028\u0085 \u00e9\u2713");
    assertThat(message)
        .hasToString("NOTIFICATION 6/4 ADMINISTRATIVE_RESET \"a?b?[2Jc?d?? \u00e9\u2713\"");
  }

  @Test
  void refusesACommunicationThatDoesNotFit() {
    String longest = "\u00e9".repeat(127) + "a";
    assertThat(NotificationMessage.of(BgpError.ADMINISTRATIVE_SHUTDOWN, longest).communication())
        .contains(longest);
    assertThatThrownBy(
            () -> NotificationMessage.of(BgpError.ADMINISTRATIVE_SHUTDOWN, longest + "a"))
        .hasMessage("shutdown communication: 256 (expected: 0 to 255)");
    assertThatThrownBy(() -> NotificationMessage.of(BgpError.CEASE, "a"))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void rolesGoTogetherAsTheTableSays() {
    assertThat(List.of(BgpRole.values()))
        .extracting(BgpRole::counterpart)
        .containsExactly(
            BgpRole.CUSTOMER, BgpRole.RS_CLIENT, BgpRole.RS, BgpRole.PROVIDER, BgpRole.PEER);
    assertThat(new Capability.Role(5).role()).isEmpty();
  }

  @Test
  void everyErrorNamesItsSource() {
    assertThat(BgpError.values())
        .allSatisfy(e -> assertThat(e.source()).matches("RFC .* section .*"));
    assertThat(BgpError.of(8, 0)).contains(BgpError.SEND_HOLD_TIMER_EXPIRED);
    assertThat(BgpError.of(2, 11)).contains(BgpError.ROLE_MISMATCH);
    assertThat(BgpError.of(7, 1)).contains(BgpError.INVALID_ROUTE_REFRESH_LENGTH);
  }

  @Test
  void aPathThatIsWithdrawnAndAnnouncedIsAnnounced() {
    Nlri first = Nlri.of(Prefix.parse("192.0.2.0/24"), 1);
    Nlri second = Nlri.of(Prefix.parse("192.0.2.0/24"), 2);
    Nlri gone = Nlri.of(Prefix.parse("203.0.113.0/24"), 1);
    UpdateMessage update =
        new UpdateMessage(List.of(first, second, gone), ROUTE.attributes(), List.of(second));
    assertThat(update.changes()).extracting(RouteChange::nlri).containsExactly(first, gone, second);
  }

  private static Nlri nlri(String prefix) {
    return Nlri.of(Prefix.parse(prefix));
  }
}
