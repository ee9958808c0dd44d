package org.bgpannouncer.bgp.speaker;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.bgpannouncer.route.NextHop;
import org.bgpannouncer.route.PathAttributes;
import org.bgpannouncer.route.Prefix;
import org.bgpannouncer.route.Route;
import org.junit.jupiter.api.Test;

class AdjRibOutTest {
  private static final Prefix ONE = Prefix.parse("192.0.2.0/24");
  private static final Prefix OTHER = Prefix.parse("198.51.100.0/24");
  private static final Prefix IPV6 = Prefix.parse("2001:db8::/32");

  private final AdjRibOut out = new AdjRibOut();

  @Test
  void withdrawsGoBeforeAnnouncesThatWaitLonger() {
    out.announce(route(ONE, 1));
    out.left(out.next(10));
    out.announce(route(OTHER, 1));
    out.withdraw(ONE);
    assertThat(out.next(10).withdrawn()).containsExactly(ONE);
    assertThat(out.next(10).announced()).containsExactly(route(OTHER, 1));
    assertThat(out.isSaid()).isTrue();
  }

  @Test
  void theNewestWishReplacesOneThatWaits() {
    out.announce(route(ONE, 1));
    out.announce(route(ONE, 2));
    assertThat(out.next(10).announced()).containsExactly(route(ONE, 2));
  }

  @Test
  void whatWasNeverSaidIsNotWithdrawn() {
    out.announce(route(ONE, 1));
    out.withdraw(ONE);
    assertThat(out.isSaid()).isTrue();
    assertThat(out.isOutstanding(ONE)).isFalse();
  }

  @Test
  void whatStandsIsNotSaidAgain() {
    out.announce(route(ONE, 1));
    out.left(out.next(10));
    out.announce(route(ONE, 1));
    assertThat(out.isSaid()).isTrue();
    out.withdraw(ONE);
    out.announce(route(ONE, 1));
    assertThat(out.isSaid()).isTrue();
  }

  @Test
  void anAnnounceBehindItsOwnWithdrawIsSaid() {
    out.announce(route(ONE, 1));
    out.left(out.next(10));
    out.withdraw(ONE);
    AdjRibOut.Batch withdraw = out.next(10);
    out.announce(route(ONE, 1));
    AdjRibOut.Batch announce = out.next(10);
    assertThat(out.left(withdraw)).isEmpty();
    assertThat(out.isOutstanding(ONE)).isTrue();
    assertThat(out.left(announce)).containsExactly(ONE);
  }

  @Test
  void aPrefixThatFlapsWhileNothingCanBeSaidIsSaidOnce() {
    out.announce(route(ONE, 1));
    out.left(out.next(10));
    for (int i = 0; i < 1_000; i++) {
      assertThat(out.withdraw(ONE)).isTrue();
      assertThat(out.announce(route(ONE, 2))).isTrue();
    }
    assertThat(out.next(10).announced()).containsExactly(route(ONE, 2));
    assertThat(out.isSaid()).isTrue();
    assertThat(out.next(10).announced()).isEmpty();
  }

  @Test
  void whatTheNeighborKnowsOrNeverKnewIsNotOutstanding() {
    assertThat(out.withdraw(ONE)).isFalse();
    assertThat(out.announce(route(ONE, 1))).isTrue();
    AdjRibOut.Batch batch = out.next(10);
    assertThat(out.announce(route(ONE, 1))).isTrue();
    out.left(batch);
    assertThat(out.announce(route(ONE, 1))).isFalse();
  }

  @Test
  void aRefreshSaysAllOfTheFamilyOnceMoreAndNothingElse() {
    out.announce(route(ONE, 1));
    out.announce(route(OTHER, 1));
    out.announce(route(IPV6, 1));
    out.left(out.next(10));
    out.withdraw(OTHER);
    out.refresh(true);
    out.announce(route(ONE, 1));
    assertThat(out.next(10).withdrawn()).containsExactly(OTHER);
    assertThat(out.next(10).announced()).containsExactly(route(ONE, 1));
    assertThat(out.isSaid()).isTrue();
  }

  @Test
  void withdrawingEverythingDropsWhatWaits() {
    out.announce(route(ONE, 1));
    out.left(out.next(10));
    out.announce(route(ONE, 2));
    out.announce(route(OTHER, 1));
    out.withdrawAll();
    assertThat(out.next(10).withdrawn()).containsExactly(ONE);
    assertThat(out.isSaid()).isTrue();
  }

  /**
   * Whatever is wished in whatever order, and however it is cut, the neighbor ends with the wish.
   */
  @Property
  void theNeighborEndsWithTheWish(
      @ForAll @Size(max = 60) List<@IntRange(max = 11) Integer> steps,
      @ForAll @IntRange(min = 1, max = 4) int most) {
    AdjRibOut rib = new AdjRibOut();
    Map<Prefix, Route> wish = new HashMap<>();
    Map<Prefix, Route> held = new HashMap<>();
    List<AdjRibOut.Batch> flying = new ArrayList<>();
    for (int step : steps) {
      Prefix prefix = Prefix.parse("10.0." + step % 3 + ".0/24");
      switch (step / 3) {
        case 0, 1 -> {
          Route route = route(prefix, step / 3);
          wish.put(prefix, route);
          rib.announce(route);
        }
        case 2 -> {
          wish.remove(prefix);
          rib.withdraw(prefix);
        }
        default -> {
          if (step == 11) {
            rib.refresh(true);
          }
          take(rib, most, held, flying);
        }
      }
    }
    while (!rib.isSaid()) {
      take(rib, most, held, flying);
    }
    assertThat(held).isEqualTo(wish);
    flying.forEach(rib::left);
    for (int i = 0; i < 3; i++) {
      assertThat(rib.isOutstanding(Prefix.parse("10.0." + i + ".0/24"))).isFalse();
    }
  }

  private static void take(
      AdjRibOut rib, int most, Map<Prefix, Route> held, List<AdjRibOut.Batch> flying) {
    AdjRibOut.Batch batch = rib.next(most);
    assertThat(batch.withdrawn().size() + batch.announced().size()).isLessThanOrEqualTo(most);
    batch.withdrawn().forEach(held::remove);
    batch.announced().forEach(route -> held.put(route.prefix(), route));
    flying.add(batch);
  }

  private static Route route(Prefix prefix, long med) {
    return new Route(prefix, NextHop.SELF, PathAttributes.NONE.withMed(med));
  }
}
