package org.bgpannouncer.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.bgpannouncer.route.IpAddress;
import org.junit.jupiter.api.Test;

/** What FRR prints of itself. */
final class FrrConfigTest {
  private static final String GROUPED =
      """
      frr version 8.4.4
      frr defaults traditional
      !
      ip prefix-list unused seq 5 permit any
      ipv6 prefix-list P seq 5 permit any
      route-map IN permit 10
      exit
      route-map OUT permit 10
      exit
      !
      router bgp 64496
       timers bgp 3 9
       neighbor TRANSIT peer-group
       neighbor TRANSIT remote-as 64500
       neighbor 192.0.2.1 peer-group TRANSIT
       neighbor 192.0.2.5 remote-as 64501
       neighbor 192.0.2.9 remote-as internal
       neighbor 2001:db8::1 remote-as 64501
       !
       address-family ipv4 unicast
        neighbor TRANSIT route-map IN in
        neighbor 192.0.2.1 route-map OUT out
        no neighbor 2001:db8::1 activate
       exit-address-family
       !
       address-family ipv6 unicast
        neighbor 2001:db8::1 activate
        neighbor 2001:db8::1 prefix-list P in
        neighbor 2001:db8::1 route-map OUT out
       exit-address-family
      exit
      !
      """;

  @Test
  void policiesOfGroupsAndFamilies() {
    FrrConfig config = only(GROUPED);
    assertThat(config.requiresPolicy()).isTrue();
    assertThat(config.external())
        .containsExactly(
            new FrrConfig.Session("192.0.2.1", "ipv4 unicast", true, true, List.of()),
            new FrrConfig.Session("192.0.2.5", "ipv4 unicast", false, false, List.of()),
            new FrrConfig.Session("2001:db8::1", "ipv6 unicast", true, true, List.of()));
  }

  @Test
  void datacentersAskForNoPolicyAndHoldForNineSeconds() {
    String text = GROUPED.replace("traditional", "datacenter").replace(" timers bgp 3 9\n", "");
    assertThat(only(text).requiresPolicy()).isFalse();
    assertThat(only(text).holdTime(IpAddress.parse("192.0.2.5"))).contains(9);
    assertThat(
            only(text.replace(
                    "router bgp 64496\n", "router bgp 64496\n bgp ebgp-requires-policy\n"))
                .requiresPolicy())
        .isTrue();
  }

  @Test
  void holdTimes() {
    assertThat(only(GROUPED).holdTime(IpAddress.parse("192.0.2.5"))).contains(9);
    String own =
        GROUPED.replace(
            " neighbor 192.0.2.9 ", " neighbor 192.0.2.5 timers 10 30\n neighbor 192.0.2.9 ");
    assertThat(only(own).holdTime(IpAddress.parse("192.0.2.5"))).contains(30);
    String group =
        GROUPED.replace(
            " neighbor 192.0.2.9 ", " neighbor TRANSIT timers 5 15\n neighbor 192.0.2.9 ");
    assertThat(only(group).holdTime(IpAddress.parse("192.0.2.1"))).contains(15);
    String none = GROUPED.replace(" timers bgp 3 9\n", "");
    assertThat(only(none).holdTime(IpAddress.parse("192.0.2.5"))).contains(180);
    assertThat(only(none).holdTime(IpAddress.parse("192.0.2.77"))).isEmpty();
  }

  private static FrrConfig only(String text) {
    List<FrrConfig> all = FrrConfig.parse(text);
    assertThat(all).hasSize(1);
    return all.get(0);
  }

  private static final IpAddress ANNOUNCER = IpAddress.parse("10.1.0.21");

  private static FrrConfig with(String... lines) {
    return only("router bgp 64496\n " + String.join("\n ", lines) + "\nexit\n");
  }

  @Test
  void aHoldTimeIsNotTheTimeToConnect() {
    String[] lines = {
      "neighbor 10.1.0.21 remote-as 64496",
      "neighbor 10.1.0.21 timers 3 9",
      "neighbor 10.1.0.21 timers connect 2"
    };
    assertThat(with(lines).holdTime(ANNOUNCER)).contains(9);
    lines[1] = "neighbor 10.1.0.21 timers 0 0";
    assertThat(with(lines).holdTime(ANNOUNCER)).contains(0);
  }

  @Test
  void whoComesInByARangeHasTheSettingsOfItsGroup() {
    FrrConfig config =
        with(
            "neighbor G peer-group",
            "neighbor G remote-as 64496",
            "neighbor G timers 10 30",
            "bgp listen range 10.1.0.0/24 peer-group G");
    assertThat(config.holdTime(ANNOUNCER)).contains(30);
    assertThat(config.settingsOf(ANNOUNCER)).contains("G");
    assertThat(config.holdTime(IpAddress.parse("10.2.0.21"))).isEmpty();
  }

  @Test
  void whoKeepsRoutes() {
    String neighbor = "neighbor 10.1.0.21 remote-as 64496";
    assertThat(with(neighbor).keepsRoutesOf(ANNOUNCER)).isTrue();
    assertThat(with("bgp graceful-restart-disable", neighbor).keepsRoutesOf(ANNOUNCER)).isFalse();
    assertThat(
            with(neighbor, "neighbor 10.1.0.21 graceful-restart-disable").keepsRoutesOf(ANNOUNCER))
        .isFalse();
    assertThat(
            with("bgp graceful-restart-disable", neighbor, "neighbor 10.1.0.21 graceful-restart")
                .keepsRoutesOf(ANNOUNCER))
        .isTrue();
  }

  @Test
  void sessionsThatNeedAPolicy() {
    assertThat(
            with(
                    "bgp confederation peers 64508",
                    "neighbor 192.0.2.1 remote-as 64500",
                    "neighbor 192.0.2.1 shutdown",
                    "neighbor 192.0.2.8 remote-as 64508")
                .external())
        .as("shut down, of the confederation")
        .isEmpty();
    assertThat(
            with("bgp default ipv6-unicast", "neighbor eth1 interface remote-as external")
                .external())
        .extracting(FrrConfig.Session::toString)
        .containsExactly("neighbor eth1, ipv4 unicast", "neighbor eth1, ipv6 unicast");
    assertThat(
            with(
                    "neighbor 192.0.2.1 remote-as 64500",
                    "address-family ipv4 unicast",
                    " neighbor 192.0.2.1 route-map NOPE in",
                    "exit-address-family")
                .external())
        .containsExactly(
            new FrrConfig.Session(
                "192.0.2.1", "ipv4 unicast", true, false, List.of("route-map NOPE in")));
  }

  @Test
  void eachVrfIsARouterOfItsOwn() {
    String red = "router bgp 64496 vrf red\n no bgp ebgp-requires-policy\nexit\n";
    List<FrrConfig> both = FrrConfig.parse(GROUPED + red);
    assertThat(both).extracting(FrrConfig::requiresPolicy).containsExactly(true, false);
    assertThat(both).extracting(FrrConfig::isDefault).containsExactly(true, false);
    assertThat(both).extracting(FrrConfig::hasNeighbors).containsExactly(true, false);
  }
}
