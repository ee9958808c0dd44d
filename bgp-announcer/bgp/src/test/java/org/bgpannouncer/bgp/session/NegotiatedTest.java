package org.bgpannouncer.bgp.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.bgpannouncer.bgp.AddressFamily.IPV4_UNICAST;
import static org.bgpannouncer.bgp.AddressFamily.IPV6_UNICAST;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.bgpannouncer.bgp.BgpError;
import org.bgpannouncer.bgp.BgpRole;
import org.bgpannouncer.bgp.Capability;
import org.bgpannouncer.bgp.NotificationMessage;
import org.bgpannouncer.bgp.Octets;
import org.bgpannouncer.bgp.OpenMessage;
import org.bgpannouncer.route.IpAddress;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What two OPENs agree on, and what they fail over. */
class NegotiatedTest {
  private static final Capability.GracefulRestart RESTART =
      new Capability.GracefulRestart(
          false, true, 120, List.of(new Capability.GracefulRestart.Forwarding(IPV4_UNICAST, true)));
  private static final SessionCapabilities ALL =
      SessionCapabilities.USUAL
          .withAddPath(Set.of(IPV4_UNICAST, IPV6_UNICAST), Set.of(IPV4_UNICAST))
          .withExtendedNextHop(true)
          .withGracefulRestart(RESTART)
          .withRole(BgpRole.CUSTOMER, false);

  @Test
  void anOpenSaysEverythingThatIsOffered() {
    OpenMessage open = config(65000, 65001, ALL).open();
    assertThat(open.capabilities())
        .contains(
            new Capability.Multiprotocol(IPV4_UNICAST),
            new Capability.Multiprotocol(IPV6_UNICAST),
            new Capability.FourOctetAs(65000),
            new Capability.RouteRefresh(),
            new Capability.EnhancedRouteRefresh(),
            new Capability.ExtendedMessage(),
            Capability.ExtendedNextHop.IPV4_OVER_IPV6,
            Capability.Role.of(BgpRole.CUSTOMER),
            RESTART)
        .hasSize(10);
    assertThat(open.capability(Capability.AddPath.class).orElseThrow().families())
        .containsExactly(
            new Capability.AddPath.PathFamily(IPV4_UNICAST, Capability.AddPath.Direction.BOTH),
            new Capability.AddPath.PathFamily(IPV6_UNICAST, Capability.AddPath.Direction.SEND));
  }

  @Test
  void twoThatOfferTheSameAgreeOnAllOfIt() {
    Negotiated agreed = agree(ALL, ALL.withRole(BgpRole.PROVIDER, false));
    assertThat(agreed.families()).containsExactlyInAnyOrder(IPV4_UNICAST, IPV6_UNICAST);
    assertThat(agreed.routeRefresh()).isTrue();
    assertThat(agreed.enhancedRouteRefresh()).isTrue();
    assertThat(agreed.extendedMessages()).isTrue();
    assertThat(agreed.extendedNextHop()).isTrue();
    assertThat(agreed.gracefulRestart()).contains(RESTART);
    assertThat(agreed.hardReset()).isTrue();
    assertThat(agreed.peerRole()).contains(BgpRole.PROVIDER);
    assertThat(agreed.isExternal()).isTrue();
    // They receive of IPv4 alone.
    assertThat(agreed.addPathSend()).containsExactly(IPV4_UNICAST);
    assertThat(agreed.addPathReceive()).containsExactly(IPV4_UNICAST);
    assertThat(agreed.writeOptions().addPathSend()).containsExactly(IPV4_UNICAST);
  }

  @Test
  void whatOneSideDoesNotOfferIsNotAgreed() {
    for (Negotiated agreed :
        List.of(agree(ALL, SessionCapabilities.NONE), agree(SessionCapabilities.NONE, ALL))) {
      assertThat(agreed.routeRefresh()).isFalse();
      assertThat(agreed.enhancedRouteRefresh()).isFalse();
      assertThat(agreed.extendedMessages()).isFalse();
      assertThat(agreed.extendedNextHop()).isFalse();
      assertThat(agreed.gracefulRestart()).isEqualTo(Optional.empty());
      assertThat(agreed.hardReset()).isFalse();
      assertThat(agreed.addPathSend()).isEmpty();
      assertThat(agreed.addPathReceive()).isEmpty();
    }
  }

  @Test
  void pathsAreSentOnlyToWhoReceivesThem() {
    SessionCapabilities sends =
        SessionCapabilities.NONE.withAddPath(Set.of(IPV4_UNICAST), Set.of());
    SessionCapabilities receives =
        SessionCapabilities.NONE.withAddPath(Set.of(), Set.of(IPV4_UNICAST));
    assertThat(agree(sends, receives).addPathSend()).containsExactly(IPV4_UNICAST);
    assertThat(agree(sends, receives).addPathReceive()).isEmpty();
    assertThat(agree(sends, sends).addPathSend()).isEmpty();
    assertThat(agree(receives, sends).addPathReceive()).containsExactly(IPV4_UNICAST);
  }

  @Test
  void longMessagesAreReadWhereTheyWereOfferedAndWrittenWhereThePeerDid() {
    Negotiated agreed = agree(SessionCapabilities.USUAL, SessionCapabilities.NONE);
    assertThat(agreed.readOptions(SessionCapabilities.USUAL).extendedMessages()).isTrue();
    assertThat(agreed.writeOptions().extendedMessages()).isFalse();
  }

  /** RFC 9234 section 4.2. */
  @ParameterizedTest
  @CsvSource({
    "CUSTOMER, PROVIDER, false, ''",
    "PEER, PEER, true, ''",
    "RS_CLIENT, RS, false, ''",
    "CUSTOMER, CUSTOMER, false, 'role: [customer] (expected: provider)'",
    "PEER, RS, false, 'role: [rs] (expected: peer)'",
    "CUSTOMER, , false, ''",
    "CUSTOMER, , true, 'role: [] (expected: provider)'",
  })
  void rolesHaveToFit(BgpRole ours, BgpRole theirs, boolean isRequired, String refusal) {
    SessionConfig config =
        config(65000, 65001, SessionCapabilities.NONE.withRole(ours, isRequired));
    SessionCapabilities their =
        theirs == null
            ? SessionCapabilities.NONE
            : SessionCapabilities.NONE.withRole(theirs, false);
    Optional<OpenRefusal> refused = OpenRefusal.of(config(65001, 65000, their).open(), config);
    assertThat(refused.map(OpenRefusal::text).orElse("")).isEqualTo(refusal);
    refused.ifPresent(
        why ->
            assertThat(why.notification())
                .isEqualTo(NotificationMessage.of(BgpError.ROLE_MISMATCH)));
  }

  @Test
  void withinAnAsThereAreNoRoles() {
    SessionConfig config =
        config(65000, 65000, SessionCapabilities.NONE.withRole(BgpRole.PEER, true));
    assertThat(config.open().capability(Capability.Role.class)).isEmpty();
    OpenMessage open =
        OpenMessage.of(
            65000, Duration.ofSeconds(90), IpAddress.parse("192.0.2.2"), List.of(IPV4_UNICAST));
    assertThat(OpenRefusal.of(open, config)).isEmpty();
  }

  @Test
  void whoLacksWhatIsRequiredIsToldWhat() {
    SessionConfig config =
        config(
            65000,
            65001,
            SessionCapabilities.NONE.withRequired(
                Set.of(Capability.EXTENDED_MESSAGE, Capability.FOUR_OCTET_AS, Capability.ROLE)));
    OpenRefusal refusal =
        OpenRefusal.of(config(65001, 65000, SessionCapabilities.NONE).open(), config).orElseThrow();
    assertThat(refusal.notification())
        .isEqualTo(
            NotificationMessage.of(BgpError.UNSUPPORTED_CAPABILITY, Octets.parse("06000900")));
    assertThat(refusal.text()).isEqualTo("capabilities: without [6, 9] (expected: with)");
  }

  @Test
  void aRoleThatIsRequiredHasToBeSaid() {
    assertThatThrownBy(
            () ->
                new SessionCapabilities(
                    false,
                    false,
                    false,
                    Set.of(),
                    Set.of(),
                    false,
                    Optional.empty(),
                    Optional.empty(),
                    true,
                    Set.of()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("role: none (expected: one, where it is required)");
  }

  private static Negotiated agree(SessionCapabilities ours, SessionCapabilities theirs) {
    return Negotiated.between(config(65000, 65001, ours), config(65001, 65000, theirs).open());
  }

  private static SessionConfig config(long as, long peerAs, SessionCapabilities capabilities) {
    return new SessionConfig(
        as,
        OptionalLong.of(peerAs),
        IpAddress.parse(as == 65000 ? "192.0.2.1" : "192.0.2.2"),
        Duration.ofSeconds(90),
        List.of(IPV4_UNICAST, IPV6_UNICAST),
        capabilities);
  }
}
