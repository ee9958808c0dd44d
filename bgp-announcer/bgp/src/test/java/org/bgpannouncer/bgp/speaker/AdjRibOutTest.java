package org.bgpannouncer.bgp.speaker;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.bgpannouncer.bgp.AddressFamily;
import org.bgpannouncer.route.NextHop;
import org.bgpannouncer.route.Nlri;
import org.bgpannouncer.route.PathAttributes;
import org.bgpannouncer.route.Prefix;
import org.bgpannouncer.route.Route;
import org.junit.jupiter.api.Test;

class AdjRibOutTest {
  private static final Prefix ONE = Prefix.parse("192.0.2.0/24");
  private static final Prefix OTHER = Prefix.parse("198.51.100.0/24");
  private static final Prefix IPV6 = Prefix.parse("2001:db8::/32");

  private final AdjRibOut out = new AdjRibOut(Set.of());

  @Test
  void withdrawsGoBeforeAnnouncesThatWaitLonger() {
    out.announce(route(ONE, 1));
    out.left(out.next(10));
    out.announce(route(OTHER, 1));
    out.withdraw(Nlri.of(ONE));
    assertThat(out.next(10).withdrawn()).containsExactly(Nlri.of(ONE));
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
    out.withdraw(Nlri.of(ONE));
    assertThat(out.isSaid()).isTrue();
    assertThat(out.isOutstanding(Nlri.of(ONE))).isFalse();
  }

  @Test
  void whatStandsIsNotSaidAgain() {
    out.announce(route(ONE, 1));
    out.left(out.next(10));
    out.announce(route(ONE, 1));
    assertThat(out.isSaid()).isTrue();
    out.withdraw(Nlri.of(ONE));
    out.announce(route(ONE, 1));
    assertThat(out.isSaid()).isTrue();
  }

  @Test
  void anAnnounceBehindItsOwnWithdrawIsSaid() {
    out.announce(route(ONE, 1));
    out.left(out.next(10));
    out.withdraw(Nlri.of(ONE));
    AdjRibOut.Batch withdraw = out.next(10);
    out.announce(route(ONE, 1));
    AdjRibOut.Batch announce = out.next(10);
    assertThat(out.left(withdraw)).isEmpty();
    assertThat(out.isOutstanding(Nlri.of(ONE))).isTrue();
    assertThat(out.left(announce)).containsExactly(Nlri.of(ONE));
  }

  @Test
  void aPrefixThatFlapsWhileNothingCanBeSaidIsSaidOnce() {
    out.announce(route(ONE, 1));
    out.left(out.next(10));
    for (int i = 0; i < 1_000; i++) {
      assertThat(out.withdraw(Nlri.of(ONE))).isTrue();
      assertThat(out.announce(route(ONE, 2))).isTrue();
    }
    assertThat(out.next(10).announced()).containsExactly(route(ONE, 2));
    assertThat(out.isSaid()).isTrue();
    assertThat(out.next(10).announced()).isEmpty();
  }

  @Test
  void whatTheNeighborKnowsOrNeverKnewIsNotOutstanding() {
    assertThat(out.withdraw(Nlri.of(ONE))).isFalse();
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
    out.withdraw(Nlri.of(OTHER));
    out.refresh(true);
    out.announce(route(ONE, 1));
    assertThat(out.next(10).withdrawn()).containsExactly(Nlri.of(OTHER));
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
    assertThat(out.next(10).withdrawn()).containsExactly(Nlri.of(ONE));
    assertThat(out.isSaid()).isTrue();
  }

  @Test
  void aNeighborThatTellsPathsApartIsToldOfEach() {
    AdjRibOut paths = new AdjRibOut(Set.of(AddressFamily.IPV4_UNICAST));
    paths.announce(path(1, 100));
    paths.announce(path(2, 100));
    assertThat(paths.next(10).announced()).containsExactly(path(1, 100), path(2, 100));
    assertThat(paths.withdraw(Nlri.of(ONE, 1))).isTrue();
    assertThat(paths.next(10).withdrawn()).containsExactly(Nlri.of(ONE, 1));
    assertThat(paths.isSaid()).isTrue();
    assertThat(paths.isAdvertised(path(2, 100))).isTrue();
  }

  @Test
  void anyOtherIsToldOfTheFirstAndOfTheNextInItsPlace() {
    out.announce(path(2, 100));
    out.announce(path(3, 100));
    out.announce(path(1, 100));
    AdjRibOut.Batch first = out.next(10);
    assertThat(first.announced()).containsExactly(path(1, 100));
    assertThat(out.left(first)).containsExactly(Nlri.of(ONE));
    assertThat(List.of(path(1, 100), path(2, 100), path(3, 100))).allMatch(out::isAdvertised);

    assertThat(out.withdraw(Nlri.of(ONE, 1))).isTrue();
    AdjRibOut.Batch second = out.next(10);
    assertThat(second.withdrawn()).isEmpty();
    assertThat(second.announced()).containsExactly(path(2, 100));
    out.left(second);
    assertThat(out.withdraw(Nlri.of(ONE, 3))).isFalse();
    assertThat(out.isSaid()).isTrue();

    out.withdraw(Nlri.of(ONE, 2));
    assertThat(out.next(10).withdrawn()).containsExactly(Nlri.of(ONE));
  }

  @Test
  void theNextPathGoesBeforeWhatWaitsLonger() {
    out.announce(path(1, 100));
    out.announce(path(2, 100));
    out.left(out.next(10));
    out.announce(route(OTHER, 1));
    out.withdraw(Nlri.of(ONE, 1));
    assertThat(out.next(1).announced()).containsExactly(path(2, 100));
  }

  @Test
  void aPathBehindTheFirstChangesInSilence() {
    out.announce(path(1, 100));
    out.announce(path(2, 100));
    out.left(out.next(10));
    assertThat(out.announce(path(2, 200))).isFalse();
    assertThat(out.isSaid()).isTrue();
    assertThat(out.isAdvertised(path(2, 100))).isFalse();
    out.withdraw(Nlri.of(ONE, 1));
    assertThat(out.next(10).announced()).containsExactly(path(2, 200));
  }

  /**
   * As below, with three paths to a prefix: a neighbor that takes one has the first, and hears a
   * withdraw only when there is none.
   */
  @Property
  void theNeighborEndsWithTheFirstPath(
      @ForAll @Size(max = 60) List<@IntRange(max = 39) Integer> steps,
      @ForAll @IntRange(min = 1, max = 4) int most) {
    AdjRibOut rib = new AdjRibOut(Set.of());
    TreeMap<Nlri, Route> wish = new TreeMap<>();
    Map<Nlri, Route> held = new HashMap<>();
    List<AdjRibOut.Batch> flying = new ArrayList<>();
    for (int step : steps) {
      Prefix prefix = Prefix.parse("10.0." + step % 3 + ".0/24");
      Nlri path = Nlri.of(prefix, step % 9);
      if (step < 27) {
        Route route = route(path, step / 9 + 1);
        wish.put(path, route);
        rib.announce(route);
      } else if (step < 36) {
        wish.remove(path);
        rib.withdraw(path);
      } else {
        AdjRibOut.Batch batch = take(rib, most, held, flying);
        assertThat(batch.withdrawn())
            .allSatisfy(gone -> assertThat(firstPaths(wish)).doesNotContainKey(gone));
      }
    }
    while (!rib.isSaid()) {
      take(rib, most, held, flying);
    }
    assertThat(held).isEqualTo(firstPaths(wish));
    assertThat(wish.values()).allMatch(rib::isAdvertised);
    flying.forEach(rib::left);
    assertThat(wish.keySet()).noneMatch(rib::isOutstanding);
  }

  private static Map<Nlri, Route> firstPaths(SortedMap<Nlri, Route> wish) {
    Map<Nlri, Route> first = new HashMap<>();
    wish.forEach((nlri, route) -> first.putIfAbsent(Nlri.of(nlri.prefix()), route));
    return first;
  }

  /**
   * Whatever is wished in whatever order, and however it is cut, the neighbor ends with the wish.
   */
  @Property
  void theNeighborEndsWithTheWish(
      @ForAll @Size(max = 60) List<@IntRange(max = 11) Integer> steps,
      @ForAll @IntRange(min = 1, max = 4) int most) {
    AdjRibOut rib = new AdjRibOut(Set.of());
    Map<Nlri, Route> wish = new HashMap<>();
    Map<Nlri, Route> held = new HashMap<>();
    List<AdjRibOut.Batch> flying = new ArrayList<>();
    for (int step : steps) {
      Prefix prefix = Prefix.parse("10.0." + step % 3 + ".0/24");
      switch (step / 3) {
        case 0, 1 -> {
          Route route = route(prefix, step / 3);
          wish.put(route.nlri(), route);
          rib.announce(route);
        }
        case 2 -> {
          wish.remove(Nlri.of(prefix));
          rib.withdraw(Nlri.of(prefix));
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
      assertThat(rib.isOutstanding(Nlri.of(Prefix.parse("10.0." + i + ".0/24")))).isFalse();
    }
  }

  private static AdjRibOut.Batch take(
      AdjRibOut rib, int most, Map<Nlri, Route> held, List<AdjRibOut.Batch> flying) {
    AdjRibOut.Batch batch = rib.next(most);
    assertThat(batch.withdrawn().size() + batch.announced().size()).isLessThanOrEqualTo(most);
    batch.withdrawn().forEach(held::remove);
    batch.announced().forEach(route -> held.put(Nlri.of(route.prefix()), route));
    flying.add(batch);
    return batch;
  }

  private static Route path(long pathId, long med) {
    return route(Nlri.of(ONE, pathId), med);
  }

  private static Route route(Prefix prefix, long med) {
    return route(Nlri.of(prefix), med);
  }

  private static Route route(Nlri nlri, long med) {
    return new Route(nlri, NextHop.SELF, PathAttributes.NONE.withMed(med));
  }
}
