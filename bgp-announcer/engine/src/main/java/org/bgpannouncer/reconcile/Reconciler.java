package org.bgpannouncer.reconcile;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.bgpannouncer.route.Nlri;
import org.bgpannouncer.route.Rib;
import org.bgpannouncer.route.Route;
import org.bgpannouncer.route.RouteChange;
import org.jspecify.annotations.Nullable;

/**
 * Drives what the speaker has acknowledged towards the wish, path by path.
 *
 * <p>Every method that may lead to commands returns the changes to send now, withdraws first, at
 * most one per path. Nothing is ever assumed: until the receipt of the very change that was sent
 * last has come, the path is not settled. What was refused, or not answered within {@link
 * #RECEIPT_NANOS}, is sent again.
 *
 * <p>Mutable and confined to one thread, because a load of 10,000 routes brings 10,000 receipts;
 * still pure: no clock, no I/O.
 */
public final class Reconciler {
  /** How long a receipt may take (requirements M27); a withdraw that takes longer is overdue. */
  public static final long RECEIPT_NANOS = TimeUnit.SECONDS.toNanos(10);

  private static final Comparator<RouteChange> WITHDRAWS_FIRST =
      Comparator.<RouteChange, Boolean>comparing(change -> change instanceof RouteChange.Announce)
          .thenComparing(RouteChange::nlri);

  // Stale entries stay in the queue until their time comes and are then dropped: cheaper than
  // finding them. A ticket tells them apart.
  private record Due(long atNanos, Nlri nlri, long ticket) {}

  private static final class Entry {
    final Nlri nlri;
    @Nullable Route wished;
    @Nullable Route acknowledged;
    boolean known;
    @Nullable RouteChange inFlight;
    int attempts;
    long wishedAtNanos;
    String rejection = "";
    long ticket;

    Entry(Nlri nlri, long nowNanos) {
      this.nlri = nlri;
      this.wishedAtNanos = nowNanos;
    }

    boolean settled() {
      return known && inFlight == null && Objects.equals(wished, acknowledged);
    }

    RouteChange change() {
      return wished == null ? new RouteChange.Withdraw(nlri) : new RouteChange.Announce(wished);
    }
  }

  private final Map<Nlri, Entry> entries = new HashMap<>();
  private final OverdueWithdraws withdraws = new OverdueWithdraws();
  private final PriorityQueue<Due> dues =
      new PriorityQueue<>((left, right) -> Long.signum(left.atNanos() - right.atNanos()));
  private long nextTicket;
  private long retries;
  private boolean everSynchronised;
  private boolean reachable;
  private boolean announcesHeld;

  /** Starts with an empty wish and an unknown truth. */
  public Reconciler() {}

  /**
   * Changes the wish. Before the first {@link #synchronised} nothing is sent; while the speaker is
   * out of reach it still learns the wish, so that it acts on the newest one.
   */
  public List<RouteChange> wish(Collection<? extends RouteChange> wishes, long nowNanos) {
    List<RouteChange> now = new ArrayList<>(wishes.size());
    for (RouteChange wish : wishes) {
      Entry entry = entries.computeIfAbsent(wish.nlri(), nlri -> unheld(nlri, nowNanos));
      Route route = wish instanceof RouteChange.Announce announce ? announce.route() : null;
      if (Objects.equals(entry.wished, route)) {
        if (entry.wished == null && entry.settled()) {
          entries.remove(entry.nlri);
        } else {
          watch(entry, nowNanos);
        }
        continue;
      }
      entry.wished = route;
      entry.wishedAtNanos = nowNanos;
      entry.attempts = 0;
      entry.rejection = "";
      if (entry.inFlight != null) {
        // The change before is replaced, and nobody knows whether it was carried out.
        entry.inFlight = null;
        entry.known = false;
      }
      settleOrSend(entry, nowNanos, now);
    }
    return ordered(now);
  }

  private Entry unheld(Nlri nlri, long nowNanos) {
    Entry entry = new Entry(nlri, nowNanos);
    // What a Synchronised did not list is not advertised.
    entry.known = everSynchronised && reachable;
    return entry;
  }

  /**
   * The truth is established: everything else that was acknowledged before is void.
   *
   * @param held what is advertised
   * @param inexact the paths of {@code held} whose route is not known in every detail: whatever is
   *     wished of them is sent
   */
  public List<RouteChange> synchronised(Rib held, Set<Nlri> inexact, long nowNanos) {
    everSynchronised = true;
    reachable = true;
    held.routes().keySet().forEach(nlri -> entry(nlri, nowNanos));
    List<RouteChange> now = new ArrayList<>();
    for (Entry entry : List.copyOf(entries.values())) {
      entry.known = !inexact.contains(entry.nlri);
      entry.acknowledged = held.route(entry.nlri).orElse(null);
      entry.inFlight = null;
      entry.attempts = 0;
      if (entry.wished != null) { // a withdraw has waited since it was wished
        entry.wishedAtNanos = nowNanos;
      }
      settleOrSend(entry, nowNanos, now);
    }
    return ordered(now);
  }

  private Entry entry(Nlri nlri, long nowNanos) {
    return entries.computeIfAbsent(nlri, unknown -> new Entry(unknown, nowNanos));
  }

  /** The speaker is out of reach: retries wait for {@link #synchronised}. */
  public void lost() {
    reachable = false;
    for (Entry entry : entries.values()) {
      entry.known = false;
      entry.inFlight = null;
      entry.ticket = nextTicket++;
    }
  }

  /** Announces are held by the speaker while no session is up: their receipts take longer. */
  public void announcesHeld(boolean held) {
    announcesHeld = held;
  }

  /** The receipt for a change. */
  public List<RouteChange> acknowledged(RouteChange change, long nowNanos) {
    Entry entry = entry(change.nlri(), nowNanos);
    entry.acknowledged = change instanceof RouteChange.Announce announce ? announce.route() : null;
    if (entry.inFlight != null && !entry.inFlight.equals(change)) {
      return List.of(); // a receipt of what was replaced; that of the change under way follows
    }
    entry.known = true;
    entry.inFlight = null;
    entry.attempts = 0;
    entry.rejection = "";
    List<RouteChange> now = new ArrayList<>(1);
    settleOrSend(entry, nowNanos, now);
    return now;
  }

  /**
   * A change was refused or not answered: what is wished is sent again after a while. It need not
   * have been sent from here: a speaker says its whole wish again when a session comes up.
   */
  public void rejected(RouteChange change, String reason, long nowNanos) {
    Entry entry = entry(change.nlri(), nowNanos);
    entry.known = false;
    watch(entry, nowNanos);
    if (entry.inFlight != null && !entry.inFlight.equals(change)) {
      return; // what was replaced; the answer to the change under way follows
    }
    entry.inFlight = null;
    entry.rejection = reason;
    if (reachable) {
      schedule(entry, nowNanos + Backoff.nanosAfter(entry.change(), Math.max(1, entry.attempts)));
    }
  }

  /** What must be sent again now. */
  public List<RouteChange> due(long nowNanos) {
    List<RouteChange> now = new ArrayList<>();
    for (Due due = live(); due != null && due.atNanos() - nowNanos <= 0; due = live()) {
      dues.remove();
      Entry entry = Objects.requireNonNull(entries.get(due.nlri()));
      if (entry.inFlight != null) {
        if (announcesHeld && entry.inFlight instanceof RouteChange.Announce) {
          schedule(entry, nowNanos + RECEIPT_NANOS);
          continue;
        }
        entry.known = false;
        entry.inFlight = null;
        entry.rejection = "no receipt within " + RECEIPT_NANOS / 1_000_000_000L + " s";
      }
      retries++;
      settleOrSend(entry, nowNanos, now);
    }
    return ordered(now);
  }

  private void settleOrSend(Entry entry, long nowNanos, List<RouteChange> now) {
    entry.ticket = nextTicket++;
    watch(entry, nowNanos);
    if (entry.settled()) {
      entry.attempts = 0;
      entry.rejection = "";
      if (entry.wished == null) {
        entries.remove(entry.nlri);
      }
      return;
    }
    if (!everSynchronised) {
      return;
    }
    RouteChange change = entry.change();
    now.add(change);
    if (reachable) {
      entry.inFlight = change;
      entry.attempts++;
      schedule(entry, nowNanos + RECEIPT_NANOS);
    }
  }

  private void watch(Entry entry, long nowNanos) {
    if (entry.wished != null) {
      withdraws.ended(entry.nlri, WithdrawDelay.End.REPLACED, nowNanos);
    } else if (entry.settled()) {
      withdraws.ended(entry.nlri, WithdrawDelay.End.WITHDRAWN, nowNanos);
    } else {
      withdraws.waits(entry.nlri, nowNanos);
    }
  }

  private void schedule(Entry entry, long atNanos) {
    entry.ticket = nextTicket++;
    dues.add(new Due(atNanos, entry.nlri, entry.ticket));
  }

  private @Nullable Due live() {
    for (Due head = dues.peek(); head != null; head = dues.peek()) {
      Entry entry = entries.get(head.nlri());
      if (entry != null && entry.ticket == head.ticket()) {
        return head;
      }
      dues.remove();
    }
    return null;
  }

  private static List<RouteChange> ordered(List<RouteChange> changes) {
    if (changes.size() > 1) {
      changes.sort(WITHDRAWS_FIRST);
    }
    return changes;
  }

  /** When {@link #due} will next have something to say. */
  public OptionalLong nextDeadlineNanos() {
    Due head = live();
    return head == null ? OptionalLong.empty() : OptionalLong.of(head.atNanos());
  }

  /** Which withdraws have become overdue, or are no more, since this was asked last. */
  public List<WithdrawDelay> delays(long nowNanos) {
    return withdraws.changes(
        nlri -> {
          Entry entry = entries.get(nlri);
          return entry == null ? "" : entry.rejection;
        },
        nowNanos);
  }

  /** When {@link #delays} will next have something to say, if nothing else happens. */
  public OptionalLong nextDelayNanos() {
    return withdraws.nextNanos();
  }

  /** How often a change was sent again. */
  public long retries() {
    return retries;
  }

  /** Whether wish and truth are known to agree on every path. */
  public boolean isSettled() {
    return everSynchronised && entries.values().stream().allMatch(Entry::settled);
  }

  /** When the wish of a path was stated; empty if nothing is known of it. */
  public OptionalLong wishedAtNanos(Nlri nlri) {
    Entry entry = entries.get(nlri);
    return entry == null ? OptionalLong.empty() : OptionalLong.of(entry.wishedAtNanos);
  }

  /** How often the change of a path under way has been tried; 0 if there is none. */
  public int attempts(Nlri nlri) {
    Entry entry = entries.get(nlri);
    return entry == null ? 0 : entry.attempts;
  }

  /** Every path that is wished, acknowledged or under way, in order. */
  public List<PathState> states(long nowNanos) {
    return entries.values().stream()
        .sorted(Comparator.comparing((Entry entry) -> entry.nlri))
        .map(
            entry ->
                new PathState(
                    entry.nlri,
                    Optional.ofNullable(entry.wished),
                    entry.known ? Optional.ofNullable(entry.acknowledged) : Optional.empty(),
                    entry.settled(),
                    entry.attempts,
                    withdraws.isOverdue(entry.nlri, nowNanos),
                    entry.rejection))
        .toList();
  }
}
