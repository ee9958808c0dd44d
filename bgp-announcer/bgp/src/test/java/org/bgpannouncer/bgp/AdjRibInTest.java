package org.bgpannouncer.bgp;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.Stream;
import org.bgpannouncer.route.IpAddress;
import org.bgpannouncer.route.Nlri;
import org.bgpannouncer.route.Prefix;
import org.bgpannouncer.route.Route;
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
    assertThat(adjRibIn.rib().routes()).containsOnlyKeys(Nlri.of(FIRST));
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
    Nlri seven = Nlri.of(FIRST, 7);
    Nlri eight = Nlri.of(FIRST, 8);
    adjRibIn.apply(announce(200, eight));
    adjRibIn.apply(announce(100, seven));
    assertThat(adjRibIn.rib().routes()).containsOnlyKeys(seven, eight);
    assertThat(adjRibIn.route(FIRST)).map(Route::nlri).contains(seven);
    assertThat(adjRibIn.apply(withdraw(seven))).containsExactly(new RouteChange.Withdraw(seven));
    assertThat(adjRibIn.route(FIRST))
        .hasValueSatisfying(next -> assertThat(next.attributes().med()).hasValue(200));
    assertThat(adjRibIn.apply(withdraw(eight))).containsExactly(new RouteChange.Withdraw(eight));
    assertThat(adjRibIn.route(FIRST)).isEmpty();
    adjRibIn.apply(announce(100, seven, eight));
    assertThat(adjRibIn.end())
        .containsExactly(new RouteChange.Withdraw(seven), new RouteChange.Withdraw(eight));
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
