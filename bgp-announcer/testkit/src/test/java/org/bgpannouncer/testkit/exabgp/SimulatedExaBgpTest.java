package org.bgpannouncer.testkit.exabgp;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;
import org.bgpannouncer.bgp.AddressFamily;
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
import org.bgpannouncer.route.RouteChange;
import org.bgpannouncer.testkit.bgp.HeardChange;
import org.bgpannouncer.testkit.bgp.SimulatedPeer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What is written to the simulated ExaBGP is heard by a BGP peer; its answers have a contract. */
@Timeout(60)
class SimulatedExaBgpTest {
  private static final Duration SOON = Duration.ofSeconds(10);
  private static final long AS = SimulatedPeer.DEFAULT_AS;
  private static final Prefix PREFIX = Prefix.parse("192.0.2.0/24");
  private static final Prefix IPV6 = Prefix.parse("2001:db8::/32");

  private final SimulatedPeer router = SimulatedPeer.start();
  private final SimulatedExaBgp exabgp = new SimulatedExaBgp(SimulatedExaBgp.Version.V4_2);

  @AfterEach
  void close() {
    exabgp.close();
    router.close();
  }

  @Test
  void everyAttributeReachesAnInternalRouter() throws IOException {
    connect(AS);
    write(
        "announce route 192.0.2.0/24 next-hop 198.51.100.1 med 200 local-preference 50"
            + " as-path [ 65000 65000 ] community [ 65000:1 65000:2 ]"
            + " extended-community [ 0x0002fde800000003 ] large-community [ 65000:1:2 ]");
    assertThat(announced(PREFIX))
        .isEqualTo(
            new Route(
                PREFIX,
                NextHop.of(IpAddress.parse("198.51.100.1")),
                new PathAttributes(
                    OptionalLong.of(200),
                    OptionalLong.of(50),
                    List.of(65000L, 65000L),
                    List.of(new Community(65000, 1), new Community(65000, 2)),
                    List.of(ExtendedCommunity.routeTarget(65000, 3)),
                    List.of(new LargeCommunity(65000, 1, 2)))));
  }

  @Test
  void anInternalRouterHears100AndNoPathWhenNoneIsSaid() throws IOException {
    connect(AS);
    write("announce route 192.0.2.0/24 next-hop self");
    Route route = announced(PREFIX);
    assertThat(route.nextHop()).isEqualTo(NextHop.of(IpAddress.parse("127.0.0.2")));
    assertThat(route.attributes().localPreference()).hasValue(100);
    assertThat(route.attributes().asPath()).isEmpty();
  }

  @Test
  void anExternalRouterHearsOurAsAndNoLocalPreference() throws IOException {
    connect(65001);
    write("announce route 192.0.2.0/24 next-hop 198.51.100.1 local-preference 50");
    Route route = announced(PREFIX);
    assertThat(route.attributes().localPreference()).isEmpty();
    assertThat(route.attributes().asPath()).containsExactly(65001L);
  }

  @Test
  void bothFamiliesAreWithdrawn() throws IOException {
    connect(AS);
    write("announce attributes next-hop 198.51.100.1 med 1 nlri 192.0.2.0/24 203.0.113.0/24");
    write("announce route 2001:db8::/32 next-hop 2001:db8::1");
    assertThat(announced(IPV6).nextHop()).hasToString("2001:db8::1");
    announced(PREFIX);
    announced(Prefix.parse("203.0.113.0/24"));
    write("withdraw route 192.0.2.0/24");
    write("withdraw route 2001:db8::/32");
    assertThat(router.awaitWithdrawn(IPV6, SOON).cause()).isEqualTo(HeardChange.Cause.UPDATE);
    assertThat(router.adjRibIn().routes())
        .containsOnlyKeys(Nlri.of(Prefix.parse("203.0.113.0/24")));
  }

  @Test
  void pathsAreToldApartWhereBothSidesSayThatTheyDo() throws IOException {
    Set<AddressFamily> families = Set.of(AddressFamily.IPV4_UNICAST, AddressFamily.IPV6_UNICAST);
    SessionConfig takesPaths =
        SessionConfig.of(AS, SimulatedPeer.DEFAULT_ROUTER_ID)
            .with(SessionCapabilities.NONE.withAddPath(Set.of(), families));
    try (SimulatedPeer paths = SimulatedPeer.start(takesPaths)) {
      SessionConfig ours =
          config(AS).with(SessionCapabilities.NONE.withAddPath(families, Set.of()));
      exabgp.connect(paths.address(), ours);
      paths.awaitSession(SOON);
      write("announce route 192.0.2.0/24 path-information 0.0.0.7 next-hop 198.51.100.1");
      write("announce route 192.0.2.0/24 path-information 0.0.0.8 next-hop 198.51.100.2");
      write("announce route 2001:db8::/32 next-hop 2001:db8::1");
      paths.awaitAnnounced(IPV6, SOON);
      assertThat(paths.adjRibIn().routes())
          .containsOnlyKeys(Nlri.of(PREFIX, 7), Nlri.of(PREFIX, 8), Nlri.of(IPV6, 0));
      write("withdraw route 192.0.2.0/24 path-information 0.0.0.7");
      write("withdraw route 2001:db8::/32");
      paths.awaitWithdrawn(IPV6, SOON);
      assertThat(paths.adjRibIn().routes()).containsOnlyKeys(Nlri.of(PREFIX, 8));
    }
  }

  @Test
  void elsewhereTheWithdrawOfOnePathWithdrawsThePrefix() throws IOException {
    connect(AS);
    write("announce route 192.0.2.0/24 path-information 0.0.0.7 next-hop 198.51.100.1");
    write("announce route 192.0.2.0/24 path-information 0.0.0.8 next-hop 198.51.100.2");
    announced(PREFIX); // before the session is up on this side too, each path would go by itself
    write("withdraw route 192.0.2.0/24 path-information 0.0.0.7");
    router.awaitWithdrawn(PREFIX, SOON);
    assertThat(exabgp.routesAtRouter()).isEmpty();
  }

  @Test
  void whatWasSaidBeforeTheSessionIsSaidWhenItStands() throws IOException {
    write("announce route 192.0.2.0/24 next-hop 198.51.100.1");
    connect(AS);
    announced(PREFIX);
    assertThat(exabgp.routesAtRouter()).containsExactly("192.0.2.0/24");
  }

  @Test
  void theSessionsUpAndDownAreTold() throws IOException {
    BufferedReader answers =
        new BufferedReader(new InputStreamReader(exabgp.answers(), StandardCharsets.UTF_8));
    connect(AS);
    assertThat(answers.readLine())
        .contains("\"state\": \"up\"")
        .contains("\"peer\": \"127.0.0.1\"");
    router.close();
    assertThat(answers.readLine())
        .contains("\"state\": \"down\", \"reason\": \"closed by the peer\"");
    assertThat(exabgp.routesAtRouter()).isEmpty();
  }

  @Test
  void theEndOfExaBgpEndsTheSession() throws IOException {
    connect(AS);
    write("announce route 192.0.2.0/24 next-hop 198.51.100.1");
    announced(PREFIX);
    exabgp.close();
    assertThat(router.awaitWithdrawn(PREFIX, SOON).cause())
        .isEqualTo(HeardChange.Cause.SESSION_ENDED);
  }

  private void connect(long localAs) throws IOException {
    exabgp.connect(router.address(), config(localAs));
    router.awaitSession(SOON);
  }

  private static SessionConfig config(long localAs) {
    return new SessionConfig(
        localAs,
        OptionalLong.of(AS),
        IpAddress.parse("192.0.2.2"),
        SessionConfig.DEFAULT_HOLD_TIME,
        List.of(AddressFamily.IPV4_UNICAST, AddressFamily.IPV6_UNICAST));
  }

  private Route announced(Prefix prefix) {
    return ((RouteChange.Announce) router.awaitAnnounced(prefix, SOON).change()).route();
  }

  private void write(String line) throws IOException {
    OutputStream commands = exabgp.commands();
    commands.write((line + "\n").getBytes(StandardCharsets.US_ASCII));
  }
}
