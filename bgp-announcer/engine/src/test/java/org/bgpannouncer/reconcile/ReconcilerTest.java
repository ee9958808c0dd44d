package org.bgpannouncer.reconcile;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.bgpannouncer.route.NextHop;
import org.bgpannouncer.route.Nlri;
import org.bgpannouncer.route.PathAttributes;
import org.bgpannouncer.route.Prefix;
import org.bgpannouncer.route.Rib;
import org.bgpannouncer.route.Route;
import org.bgpannouncer.route.RouteChange;

class ReconcilerTest {
  private static final long SECOND = 1_000_000_000L;
  private static final Prefix A = prefix(0);

  private Reconciler reconciler = new Reconciler();
  private long nowNanos = Long.MAX_VALUE - 5 * SECOND; // wraps around on the way

  private static Prefix prefix(int index) {
    return Prefix.parse("192.0.2." + index + "/32");
  }

  private static Route route(int index, long med) {
    return new Route(prefix(index), NextHop.SELF, PathAttributes.NONE.withMed(med));
  }

  private static RouteChange announce(int index, long med) {
    return new RouteChange.Announce(route(index, med));
  }

  private static RouteChange withdraw(int index) {
    return new RouteChange.Withdraw(prefix(index));
  }

  /** 0: no route; otherwise one with this MED. */
  private static Rib rib(List<Integer> meds) {
    List<Route> routes = new ArrayList<>();
    for (int i = 0; i < meds.size(); i++) {
      if (meds.get(i) > 0) {
        routes.add(route(i, meds.get(i)));
      }
    }
    return Rib.of(routes);
  }

  private static List<RouteChange> changesTo(List<Integer> meds) {
    List<RouteChange> changes = new ArrayList<>();
    for (int i = 0; i < meds.size(); i++) {
      changes.add(meds.get(i) > 0 ? announce(i, meds.get(i)) : withdraw(i));
    }
    return changes;
  }

  @Property
  void changesAppliedToTheAcknowledgedRibGiveTheTarget(
      @ForAll @Size(6) List<@IntRange(max = 3) Integer> held,
      @ForAll @Size(6) List<@IntRange(max = 3) Integer> wished) {
    reconciler = new Reconciler(); // tries share an instance of this class
    reconciler.wish(changesTo(wished), nowNanos);

    List<RouteChange> changes = reconciler.synchronised(rib(held), Set.of(), nowNanos);

    assertThat(rib(held).after(changes)).isEqualTo(rib(wished));
    assertThat(changes.stream().map(RouteChange::prefix)).doesNotHaveDuplicates();
    assertThat(changes.stream().map(change -> change instanceof RouteChange.Announce))
        .as("withdraws first")
        .isSorted();
    changes.forEach(change -> reconciler.acknowledged(change, nowNanos));
    assertThat(reconciler.isSettled()).isTrue();
  }

  /**
   * Whatever is wished, lost, refused or answered in whatever order: when the faults stop, wish and
   * truth agree.
   */
  @Property(tries = 500)
  void convergesUnderRandomEvents(@ForAll @Size(max = 80) List<@IntRange(max = 59) Integer> dice) {
    reconciler = new Reconciler(); // tries share an instance of this class
    Rib wish = Rib.EMPTY;
    Rib truth = rib(List.of(1, 0, 2));
    Map<Nlri, RouteChange> under = new HashMap<>();
    note(under, reconciler.synchronised(truth, Set.of(), nowNanos));
    for (int die : dice) {
      nowNanos += die * SECOND / 7;
      int index = die % 3;
      RouteChange current = under.get(prefix(index));
      switch (die / 10) {
        case 0, 1 -> {
          RouteChange change = die % 4 == 0 ? withdraw(index) : announce(index, 1 + die % 4);
          wish = wish.after(change);
          note(under, reconciler.wish(List.of(change), nowNanos));
        }
        case 2 -> {
          if (current != null) { // carried out and acknowledged
            truth = truth.after(current);
            under.remove(current.prefix());
            note(under, reconciler.acknowledged(current, nowNanos));
          }
        }
        case 3 -> {
          // Refused; carried out all the same or not. Without one under way it is the speaker's own
          // repetition after a flap, which may have brought back anything.
          RouteChange refused = current != null ? current : wished(wish, index);
          truth = die % 2 == 0 ? truth.after(refused) : truth;
          if (current == null && die % 4 == 1) {
            truth =
                truth.after(
                    truth.route(prefix(index)).isEmpty() ? announce(index, 1) : withdraw(index));
          }
          under.remove(prefix(index));
          reconciler.rejected(refused, "error", nowNanos);
        }
        case 4 -> note(under, reconciler.due(nowNanos));
        default -> {
          reconciler.lost();
          under.clear();
          truth = die % 2 == 0 ? Rib.EMPTY : truth;
          note(under, reconciler.synchronised(truth, Set.of(), nowNanos));
        }
      }
    }
    for (int i = 0; i < 100; i++) {
      for (RouteChange change : List.copyOf(under.values())) {
        truth = truth.after(change);
        under.remove(change.nlri());
        note(under, reconciler.acknowledged(change, nowNanos));
      }
      nowNanos += SECOND;
      note(under, reconciler.due(nowNanos));
    }
    assertThat(truth).isEqualTo(wish);
    assertThat(reconciler.isSettled()).isTrue();
    assertThat(reconciler.nextDeadlineNanos()).isEmpty();
  }

  private static RouteChange wished(Rib wish, int index) {
    return wish.route(prefix(index))
        .<RouteChange>map(RouteChange.Announce::new)
        .orElseGet(() -> withdraw(index));
  }

  private static void note(Map<Nlri, RouteChange> under, List<RouteChange> changes) {
    changes.forEach(change -> under.put(change.nlri(), change));
  }

  @Example
  void sendsNothingBeforeTheTruthIsKnown() {
    assertThat(reconciler.wish(List.of(announce(0, 1)), nowNanos)).isEmpty();
    assertThat(reconciler.nextDeadlineNanos()).isEmpty();
    assertThat(reconciler.isSettled()).isFalse();
  }

  @Example
  void neverTakesARouteForSettledThatIsNotKnownInEveryDetail() {
    reconciler.wish(List.of(announce(0, 7)), nowNanos);
    assertThat(
            reconciler.synchronised(
                rib(List.of(7, 8)), Set.of(Nlri.of(A), Nlri.of(prefix(1))), nowNanos))
        .containsExactly(withdraw(1), announce(0, 7));
    assertThat(reconciler.isSettled()).isFalse();
  }

  @Example
  void withdrawsWhatIsNobodys() {
    assertThat(reconciler.synchronised(rib(List.of(7)), Set.of(), nowNanos))
        .containsExactly(withdraw(0));
  }

  @Example
  void retriesARefusedWithdrawAfter100MillisDoublingToASecond() {
    reconciler.synchronised(rib(List.of(7)), Set.of(), nowNanos);
    long expected = SECOND / 10;
    for (int i = 0; i < 8; i++) {
      reconciler.rejected(withdraw(0), "error", nowNanos);
      assertThat(reconciler.nextDeadlineNanos()).hasValue(nowNanos + expected);
      nowNanos += expected - 1;
      assertThat(reconciler.due(nowNanos)).isEmpty();
      nowNanos += 1;
      assertThat(reconciler.due(nowNanos)).containsExactly(withdraw(0));
      expected = Math.min(SECOND, expected * 2);
    }
    assertThat(reconciler.retries()).isEqualTo(8);
  }

  @Example
  void retriesTheSpeakersOwnRepetitionOfAWithdrawWhenThatIsRefused() {
    reconciler.synchronised(Rib.EMPTY, Set.of(), nowNanos);
    assertThat(reconciler.states(nowNanos)).isEmpty();
    reconciler.rejected(withdraw(0), "error", nowNanos);
    assertThat(reconciler.isSettled()).isFalse();
    nowNanos += SECOND / 10;
    assertThat(reconciler.due(nowNanos)).containsExactly(withdraw(0));
    reconciler.acknowledged(withdraw(0), nowNanos);
    assertThat(reconciler.states(nowNanos)).isEmpty();
  }

  @Example
  void retriesTheSpeakersOwnRepetitionOfASettledRouteWhenThatIsRefused() {
    reconciler.wish(List.of(announce(0, 1)), nowNanos);
    reconciler.synchronised(rib(List.of(1)), Set.of(), nowNanos);
    assertThat(reconciler.isSettled()).isTrue();
    reconciler.rejected(announce(0, 1), "error", nowNanos);
    nowNanos += SECOND / 10;
    assertThat(reconciler.due(nowNanos)).containsExactly(announce(0, 1));
  }

  @Example
  void doesNotCallAWithdrawOverdueThatItHearsOfOnlyNow() {
    nowNanos += 60 * SECOND;
    reconciler.synchronised(Rib.EMPTY, Set.of(), nowNanos);
    reconciler.rejected(withdraw(0), "error", nowNanos);
    assertThat(reconciler.states(nowNanos).get(0).overdue()).isFalse();
    assertThat(reconciler.delays(nowNanos)).isEmpty();
    assertThat(reconciler.nextDelayNanos()).hasValue(nowNanos + 10 * SECOND);
  }

  @Example
  void countsAWithdrawsDelayFromTheWishAlsoWhereTheSpeakerRestartsMeanwhile() {
    reconciler.wish(List.of(announce(0, 1)), nowNanos);
    reconciler.synchronised(rib(List.of(1)), Set.of(), nowNanos);
    reconciler.wish(List.of(withdraw(0)), nowNanos);
    nowNanos += 6 * SECOND;
    reconciler.lost();
    reconciler.synchronised(rib(List.of(1)), Set.of(), nowNanos);
    nowNanos += 4 * SECOND;
    assertThat(reconciler.delays(nowNanos))
        .containsExactly(
            new WithdrawDelay(Nlri.of(prefix(0)), 10 * SECOND, WithdrawDelay.End.NONE, ""));
    reconciler.acknowledged(withdraw(0), nowNanos);
    assertThat(reconciler.delays(nowNanos))
        .containsExactly(
            new WithdrawDelay(Nlri.of(prefix(0)), 10 * SECOND, WithdrawDelay.End.WITHDRAWN, ""));
  }

  @Example
  void retriesARefusedAnnounceAtMostEach30Seconds() {
    reconciler.synchronised(Rib.EMPTY, Set.of(), nowNanos);
    reconciler.wish(List.of(announce(0, 1)), nowNanos);
    for (int i = 0; i < 20; i++) {
      reconciler.rejected(announce(0, 1), "error", nowNanos);
      nowNanos = reconciler.nextDeadlineNanos().orElseThrow();
      reconciler.due(nowNanos);
    }
    reconciler.rejected(announce(0, 1), "error", nowNanos);
    assertThat(reconciler.nextDeadlineNanos()).hasValue(nowNanos + 30 * SECOND);
  }

  @Example
  void sendsAgainWhatIsNotAnsweredWithin10SecondsAndCallsTheWithdrawOverdue() {
    reconciler.synchronised(rib(List.of(7)), Set.of(), nowNanos);
    nowNanos += 10 * SECOND;

    assertThat(reconciler.due(nowNanos)).containsExactly(withdraw(0));
    PathState state = reconciler.states(nowNanos).get(0);
    assertThat(state.overdue()).isTrue();
    assertThat(state.attempts()).isEqualTo(2);
    assertThat(state.rejection()).isEqualTo("no receipt within 10 s");
  }

  @Example
  void doesNotCallAnAnnounceLateWhileNoSessionIsUp() {
    reconciler.synchronised(Rib.EMPTY, Set.of(), nowNanos);
    reconciler.announcesHeld(true);
    reconciler.wish(List.of(announce(0, 1)), nowNanos);
    nowNanos += 60 * SECOND;

    assertThat(reconciler.due(nowNanos)).isEmpty();
    assertThat(reconciler.retries()).isZero();
  }

  @Example
  void neverTrustsTheReceiptOfAChangeThatWasReplaced() {
    reconciler.synchronised(Rib.EMPTY, Set.of(), nowNanos);
    reconciler.wish(List.of(announce(0, 1)), nowNanos);
    assertThat(reconciler.wish(List.of(withdraw(0)), nowNanos)).containsExactly(withdraw(0));

    assertThat(reconciler.acknowledged(announce(0, 1), nowNanos)).isEmpty();
    assertThat(reconciler.isSettled()).isFalse();
    reconciler.acknowledged(withdraw(0), nowNanos);
    assertThat(reconciler.isSettled()).isTrue();
  }

  @Example
  void withdrawsARouteWhoseAnnounceWasNotAnsweredAlthoughNothingWasAcknowledged() {
    reconciler.synchronised(Rib.EMPTY, Set.of(), nowNanos);
    reconciler.wish(List.of(announce(0, 1)), nowNanos);
    reconciler.rejected(announce(0, 1), "no answer", nowNanos);

    assertThat(reconciler.wish(List.of(withdraw(0)), nowNanos)).containsExactly(withdraw(0));
  }

  @Example
  void withdrawsAGhostThatTheSpeakerSuddenlyAcknowledges() {
    reconciler.synchronised(Rib.EMPTY, Set.of(), nowNanos);

    assertThat(reconciler.acknowledged(announce(0, 1), nowNanos)).containsExactly(withdraw(0));
  }

  @Example
  void retriesNothingWhileTheSpeakerIsLostButPassesNewWishesOn() {
    reconciler.synchronised(rib(List.of(7)), Set.of(), nowNanos);
    reconciler.lost();
    nowNanos += 60 * SECOND;
    assertThat(reconciler.due(nowNanos)).isEmpty();

    assertThat(reconciler.wish(List.of(announce(0, 2)), nowNanos)).containsExactly(announce(0, 2));
    assertThat(reconciler.nextDeadlineNanos()).isEmpty();
    assertThat(reconciler.states(nowNanos).get(0).nlri()).isEqualTo(Nlri.of(A));
  }

  @Example
  void drivesEachPathToAPrefixByItself() {
    Rib held = Rib.of(List.of(path(1, 1), path(3, 1)));
    RouteChange.Announce first = new RouteChange.Announce(path(1, 1));
    RouteChange.Announce second = new RouteChange.Announce(path(2, 1));
    RouteChange third = new RouteChange.Withdraw(path(3, 1).nlri());
    reconciler.wish(List.of(first, second), nowNanos);
    assertThat(reconciler.synchronised(held, Set.of(), nowNanos)).containsExactly(third, second);
    reconciler.acknowledged(third, nowNanos);
    reconciler.rejected(second, "no answer", nowNanos);
    assertThat(reconciler.states(nowNanos))
        .extracting(PathState::nlri, PathState::settled)
        .containsExactly(tuple(path(1, 1).nlri(), true), tuple(path(2, 1).nlri(), false));
    assertThat(reconciler.wish(List.of(new RouteChange.Withdraw(path(1, 1).nlri())), nowNanos))
        .containsExactly(new RouteChange.Withdraw(path(1, 1).nlri()));
    nowNanos += Backoff.FIRST_NANOS;
    assertThat(reconciler.due(nowNanos)).containsExactly(second);
  }

  private static Route path(long pathId, long med) {
    return new Route(Nlri.of(A, pathId), NextHop.SELF, PathAttributes.NONE.withMed(med));
  }

  @Example
  void forgetsPrefixesThatAreNeitherWishedNorHeld() {
    reconciler.synchronised(Rib.EMPTY, Set.of(), nowNanos);
    for (int i = 0; i < 200; i++) {
      reconciler.wish(List.of(announce(i, 1)), nowNanos);
      reconciler.acknowledged(announce(i, 1), nowNanos);
      reconciler.wish(List.of(withdraw(i)), nowNanos);
      reconciler.acknowledged(withdraw(i), nowNanos);
    }
    assertThat(reconciler.states(nowNanos)).isEmpty();
  }
}
