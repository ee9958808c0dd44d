package org.bgpannouncer.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** What FRR prints of itself. */
final class FrrConfigTest {
  private static final String GROUPED =
      """
      frr version 8.4.4
      frr defaults traditional
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
    FrrConfig config = FrrConfig.parse(GROUPED);
    assertThat(config.requiresPolicy()).isTrue();
    assertThat(config.external(64496))
        .containsExactly(
            new FrrConfig.Session("192.0.2.1", "ipv4 unicast", true, true),
            new FrrConfig.Session("192.0.2.5", "ipv4 unicast", false, false),
            new FrrConfig.Session("2001:db8::1", "ipv6 unicast", true, true));
  }

  @Test
  void datacentersAskForNoPolicyAndHoldForNineSeconds() {
    String text = GROUPED.replace("traditional", "datacenter").replace(" timers bgp 3 9\n", "");
    assertThat(FrrConfig.parse(text).requiresPolicy()).isFalse();
    assertThat(FrrConfig.parse(text).holdTime("192.0.2.5")).contains(9);
    assertThat(
            FrrConfig.parse(
                    text.replace(
                        "router bgp 64496\n", "router bgp 64496\n bgp ebgp-requires-policy\n"))
                .requiresPolicy())
        .isTrue();
  }

  @Test
  void holdTimes() {
    assertThat(FrrConfig.parse(GROUPED).holdTime("192.0.2.5")).contains(9);
    String own =
        GROUPED.replace(
            " neighbor 192.0.2.9 ", " neighbor 192.0.2.5 timers 10 30\n neighbor 192.0.2.9 ");
    assertThat(FrrConfig.parse(own).holdTime("192.0.2.5")).contains(30);
    String group =
        GROUPED.replace(
            " neighbor 192.0.2.9 ", " neighbor TRANSIT timers 5 15\n neighbor 192.0.2.9 ");
    assertThat(FrrConfig.parse(group).holdTime("192.0.2.1")).contains(15);
    String none = GROUPED.replace(" timers bgp 3 9\n", "");
    assertThat(FrrConfig.parse(none).holdTime("192.0.2.5")).contains(180);
    assertThat(FrrConfig.parse(none).holdTime("192.0.2.77")).isEmpty();
  }
}
