package org.bgpannouncer.bgp;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.Stream;
import org.bgpannouncer.route.IpAddress;
import org.bgpannouncer.route.Nlri;
import org.bgpannouncer.route.Prefix;
import org.bgpannouncer.route.RouteChange;
import org.junit.jupiter.api.Test;

class AdjRibInTest {
  private static final Prefix FIRST = Prefix.parse("192.0.2.0/24");
  private static final Prefix SECOND = Prefix.parse("198.51.100.0/24");

  private final AdjRibIn adjRibIn = new AdjRibIn();

  @Test
  void holdsWhatWasAnnouncedLastAndNotWithdrawn() {
    adjRibIn.apply(announce(100, FIRST, SECOND));
    adjRibIn.apply(announce(200, FIRST));
    assertThat(adjRibIn.apply(withdraw(SECOND))).containsExactly(new RouteChange.Withdraw(SECOND));
    assertThat(adjRibIn.rib().routes()).containsOnlyKeys(FIRST);
    assertThat(adjRibIn.route(FIRST))
        .hasValueSatisfying(route -> assertThat(route.attributes().med()).hasValue(200));
    assertThat(adjRibIn.route(SECOND)).isEmpty();
  }

  @Test
  void whatRepeatsItselfIsAChangeToo() {
    adjRibIn.apply(announce(100, FIRST));
    assertThat(adjRibIn.apply(announce(100, FIRST))).hasSize(1);
    assertThat(adjRibIn.apply(withdraw(SECOND))).hasSize(1);
  }

  @Test
  void theEndOfTheSessionWithdrawsWhatIsHeldAndNothingElse() {
    adjRibIn.apply(announce(100, FIRST, SECOND));
    adjRibIn.apply(withdraw(SECOND));
    assertThat(adjRibIn.end()).containsExactly(new RouteChange.Withdraw(FIRST));
    assertThat(adjRibIn.rib().routes()).isEmpty();
    assertThat(adjRibIn.end()).isEmpty();
  }

  @Test
  void aPrefixStandsWhileOneOfItsPathsDoes() {
    adjRibIn.apply(announce(100, Nlri.of(FIRST, 7)));
    adjRibIn.apply(announce(200, Nlri.of(FIRST, 8)));
    assertThat(adjRibIn.apply(withdraw(Nlri.of(FIRST, 7))))
        .singleElement()
        .isInstanceOfSatisfying(
            RouteChange.Announce.class,
            next -> assertThat(next.route().attributes().med()).hasValue(200));
    assertThat(adjRibIn.rib().routes()).containsOnlyKeys(FIRST);
    assertThat(adjRibIn.apply(withdraw(Nlri.of(FIRST, 8))))
        .containsExactly(new RouteChange.Withdraw(FIRST));
    adjRibIn.apply(announce(100, Nlri.of(FIRST, 7), Nlri.of(FIRST, 8)));
    assertThat(adjRibIn.end()).containsExactly(new RouteChange.Withdraw(FIRST));
  }

  private static UpdateMessage announce(long med, Prefix... prefixes) {
    return announce(med, Stream.of(prefixes).map(Nlri::of).toArray(Nlri[]::new));
  }

  private static UpdateMessage announce(long med, Nlri... paths) {
    return new UpdateMessage(
        List.of(),
        List.of(
            PathAttribute.Origin.IGP,
            PathAttribute.AsPath.sequence(List.of(64496L)),
            new PathAttribute.NextHopAddress(IpAddress.parse("198.51.100.1")),
            new PathAttribute.Med(med)),
        List.of(paths));
  }

  private static UpdateMessage withdraw(Prefix prefix) {
    return withdraw(Nlri.of(prefix));
  }

  private static UpdateMessage withdraw(Nlri path) {
    return new UpdateMessage(List.of(path), List.of(), List.of());
  }
}
