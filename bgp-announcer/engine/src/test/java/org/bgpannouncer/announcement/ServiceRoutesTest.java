package org.bgpannouncer.announcement;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.bgpannouncer.announcement.ServiceConfig.NextHopChoice;
import org.bgpannouncer.decision.ServiceState;
import org.bgpannouncer.probe.Aspect;
import org.bgpannouncer.route.Community;
import org.bgpannouncer.route.IpAddress;
import org.bgpannouncer.route.Nlri;
import org.bgpannouncer.route.PathAttributes;
import org.bgpannouncer.route.Prefix;
import org.bgpannouncer.route.Route;
import org.junit.jupiter.api.Test;

class ServiceRoutesTest {
  private static final Prefix FOUR = Prefix.parse("192.0.2.0/24");
  private static final Prefix SIX = Prefix.parse("2001:db8:13::/48");
  private static final Map<String, IpAddress> ADDRESSES =
      Map.of(
          "a", IpAddress.parse("203.0.113.11"),
          "b", IpAddress.parse("203.0.113.12"),
          "six", IpAddress.parse("2001:db8::1:203:11"));

  @Test
  void wishesAPathForEachFitHostOfAPrefixsFamilyInConfiguredOrder() {
    ServiceRoutes routes = next(ServiceState.UP, List.of("b", "a", "six"), FOUR, SIX);
    assertThat(routes.routes())
        .extracting(Route::nlri, route -> route.nextHop().toString())
        .containsExactly(
            tuple(Nlri.of(FOUR, 0xcb00_710cL), "203.0.113.12"),
            tuple(Nlri.of(FOUR, 0xcb00_710bL), "203.0.113.11"),
            tuple(Nlri.of(SIX, 0x0203_0011L), "2001:db8::1:203:11"));
    assertThat(routes.refused()).isEmpty();
    assertThat(routes.nextHopHost()).isEmpty();
  }

  @Test
  void everyPathHasTheAttributesOfTheStateAndTheScope() {
    ServiceRoutes routes = next(ServiceState.DEGRADED, List.of("a", "b"), FOUR);
    assertThat(routes.routes())
        .hasSize(2)
        .allSatisfy(
            route -> {
              assertThat(route.attributes().med()).hasValue(200);
              assertThat(route.attributes().communities()).containsExactly(Community.NO_EXPORT);
            });
  }

  @Test
  void refusesAPrefixWithoutAFitHostOfItsFamily() {
    ServiceRoutes routes = next(ServiceState.UP, List.of("a"), FOUR, SIX);
    assertThat(routes.routes()).extracting(Route::prefix).containsExactly(FOUR);
    assertThat(routes.refused())
        .containsExactly("2001:db8:13::/48: no fit host of its family to point to");
    assertThat(next(ServiceState.UP, List.of(), FOUR).refused())
        .containsExactly("192.0.2.0/24: no fit host to point to");
  }

  @Test
  void namesEveryPathThatMayBeAnnounced() {
    assertThat(service(FOUR, SIX).paths(ADDRESSES))
        .containsExactly(
            Nlri.of(FOUR, 0xcb00_710bL), Nlri.of(FOUR, 0xcb00_710cL), Nlri.of(SIX, 0x0203_0011L));
  }

  private static ServiceRoutes next(ServiceState state, List<String> fit, Prefix... prefixes) {
    return ServiceRoutes.NONE.next(
        service(prefixes), state, fit, ADDRESSES, prefix -> Scope.INTERNAL, 64496);
  }

  private static ServiceConfig service(Prefix... prefixes) {
    return new ServiceConfig(
        "web",
        Optional.empty(),
        Optional.empty(),
        List.of(prefixes),
        new NextHopChoice.HealthyHosts(),
        1,
        List.of("a", "b", "six"),
        EnumSet.of(Aspect.P2P),
        PathAttributes.NONE);
  }
}
