package org.bgpannouncer.bgp.speaker;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.bgpannouncer.bgp.AddressFamily;
import org.bgpannouncer.route.Nlri;
import org.bgpannouncer.route.Route;
import org.jspecify.annotations.Nullable;

/**
 * What one neighbor has been told on its session, and what it has still to be told (RFC 4271
 * section 3.2). The newest wish per path wins; withdraws go first. Bounded by the number of paths.
 *
 * <p>Where the neighbor does not tell paths apart (RFC 7911 section 4), it is told of one to a
 * prefix: the first. When that is withdrawn, the next takes its place in one step, which leaves the
 * prefix reachable throughout. Not thread-safe.
 */
final class AdjRibOut {
  private final Set<AddressFamily> pathFamilies;

  // One entry a path instead of a map for each thing that is known of it: with 100,000 prefixes,
  // looking them up is most of the work.
  private final Map<Nlri, Entry> entries = new HashMap<>();

  // An entry whose wish has changed meanwhile is passed over when its turn comes.
  private final ArrayDeque<Entry> withdraws = new ArrayDeque<>();
  private final ArrayDeque<Entry> announces = new ArrayDeque<>();
  private int waiting;

  /**
   * @param pathFamilies of which the neighbor is told every path
   */
  AdjRibOut(Set<AddressFamily> pathFamilies) {
    this.pathFamilies = pathFamilies;
  }

  /** What is still to be said of a path. */
  private enum Wish {
    NOTHING,
    WITHDRAW,
    ANNOUNCE
  }

  /** What is known of a path, or of a prefix to which the neighbor takes one. */
  private static final class Entry {
    final Nlri nlri;

    /** The last that was said; null when it was a withdraw, or nothing. */
    @Nullable Route advertised;

    Wish wish = Wish.NOTHING;

    /** The route of {@link Wish#ANNOUNCE}. */
    @Nullable Route wished;

    /** The paths behind the one that is told; null when there are none, as nearly always. */
    @Nullable TreeMap<Nlri, Route> others;

    /** The latest batch that is on its way and carries it. */
    @Nullable Batch inFlight;

    boolean isInWithdraws;
    boolean isInAnnounces;

    Entry(Nlri nlri) {
      this.nlri = nlri;
    }

    /** The route that the neighbor has once everything is said. */
    @Nullable Route told() {
      return wish == Wish.NOTHING ? advertised : wished;
    }

    void addOther(Route route) {
      if (others == null) {
        others = new TreeMap<>();
      }
      others.put(route.nlri(), route);
    }

    @Nullable Route removeOther(Nlri path) {
      return others == null ? null : others.remove(path);
    }

    @Nullable Route removeNext() {
      Map.Entry<Nlri, Route> next = others == null ? null : others.pollFirstEntry();
      return next == null ? null : next.getValue();
    }

    /** Whether the neighbor has not been told the newest wish yet. */
    boolean isOutstanding() {
      return wish != Wish.NOTHING || inFlight != null;
    }

    /** Whether there is nothing to remember. */
    boolean isBlank() {
      return advertised == null && !isOutstanding() && !isInWithdraws && !isInAnnounces;
    }
  }

  /** Paths that go to the neighbor together: withdrawn ones or announced ones. */
  static final class Batch {
    private final List<Entry> entries = new ArrayList<>();
    private final List<Nlri> withdrawn = new ArrayList<>();
    private final List<Route> announced = new ArrayList<>();

    private Batch() {}

    /** The paths of a batch of withdraws; else none. */
    List<Nlri> withdrawn() {
      return withdrawn;
    }

    /** The routes of a batch of announces; else none. */
    List<Route> announced() {
      return announced;
    }
  }

  /**
   * The neighbor shall have this route.
   *
   * @return whether it has not been told so yet
   */
  boolean announce(Route route) {
    Entry entry = entries.computeIfAbsent(key(route.nlri()), Entry::new);
    Route told = entry.told();
    int order = told == null ? 0 : route.nlri().compareTo(told.nlri());
    if (order > 0) {
      entry.addOther(route);
      return entry.isOutstanding();
    }
    if (told != null && order < 0) {
      entry.addOther(told);
    }
    tell(entry, route);
    return entry.isOutstanding();
  }

  private void tell(Entry entry, Route route) {
    // One that waits already may be a repetition that the neighbor has asked for.
    if (entry.wish == Wish.ANNOUNCE || !route.equals(entry.advertised)) {
      want(entry, route);
    } else {
      want(entry, Wish.NOTHING);
    }
  }

  /**
   * The neighbor shall not have this path.
   *
   * @return whether it has not been told so yet
   */
  boolean withdraw(Nlri path) {
    Entry entry = entries.get(key(path));
    if (entry == null) {
      return false;
    }
    Route told = entry.told();
    if (told == null || told.nlri().equals(path)) {
      withdraw(entry, entry.removeNext());
    } else {
      entry.removeOther(path);
    }
    return entry.isOutstanding();
  }

  private void withdraw(Entry entry, @Nullable Route next) {
    if (next == null) {
      want(entry, entry.advertised == null ? Wish.NOTHING : Wish.WITHDRAW);
    } else {
      if (!entry.isInAnnounces) { // who is sent to the withdrawn one waits for it
        entry.isInAnnounces = true;
        announces.addFirst(entry);
      }
      tell(entry, next);
    }
    forgetIfBlank(entry);
  }

  /** The neighbor shall have no route at all. */
  void withdrawAll() {
    for (Entry entry : List.copyOf(entries.values())) {
      entry.others = null;
      withdraw(entry, null);
    }
  }

  /** What the neighbor tells a path by. */
  private Nlri key(Nlri path) {
    return path.pathId().isEmpty() || pathFamilies.contains(AddressFamily.of(path.prefix()))
        ? path
        : Nlri.of(path.prefix());
  }

  /** The neighbor asked for what it has been told (RFC 2918): says it once more. */
  void refresh(boolean ipv4) {
    for (Entry entry : entries.values()) {
      Route advertised = entry.advertised;
      if (advertised != null
          && entry.nlri.prefix().isIpv4() == ipv4
          && entry.wish == Wish.NOTHING) {
        want(entry, advertised);
      }
    }
  }

  private void want(Entry entry, Route route) {
    want(entry, Wish.ANNOUNCE);
    entry.wished = route;
  }

  private void want(Entry entry, Wish wish) {
    waiting += (wish == Wish.NOTHING ? 0 : 1) - (entry.wish == Wish.NOTHING ? 0 : 1);
    entry.wish = wish;
    entry.wished = null;
    if (wish == Wish.WITHDRAW && !entry.isInWithdraws) {
      entry.isInWithdraws = true;
      withdraws.add(entry);
    } else if (wish == Wish.ANNOUNCE && !entry.isInAnnounces) {
      entry.isInAnnounces = true;
      announces.add(entry);
    }
  }

  /** Whether the neighbor has not been told the newest wish for {@code path} yet. */
  boolean isOutstanding(Nlri path) {
    Entry entry = entries.get(key(path));
    return entry != null && entry.isOutstanding();
  }

  /** Whether nothing is left to say. */
  boolean isSaid() {
    return waiting == 0;
  }

  /** What goes out next: withdraws as long as there are any; an empty batch when nothing waits. */
  Batch next(int most) {
    Batch batch = new Batch();
    while (batch.entries.size() < most && !withdraws.isEmpty()) {
      Entry entry = withdraws.remove();
      entry.isInWithdraws = false;
      if (entry.wish == Wish.WITHDRAW) {
        entry.advertised = null;
        batch.withdrawn.add(entry.nlri);
        take(entry, batch);
      }
      forgetIfBlank(entry);
    }
    if (!batch.entries.isEmpty()) {
      return batch;
    }
    while (batch.entries.size() < most && !announces.isEmpty()) {
      Entry entry = announces.remove();
      entry.isInAnnounces = false;
      Route route = entry.wished;
      if (route != null) {
        entry.advertised = route;
        batch.announced.add(route);
        take(entry, batch);
      }
      forgetIfBlank(entry);
    }
    return batch;
  }

  private void take(Entry entry, Batch batch) {
    want(entry, Wish.NOTHING);
    entry.inFlight = batch;
    batch.entries.add(entry);
  }

  /** A batch has left: which of what it carried need nothing more to be said. */
  List<Nlri> left(Batch batch) {
    List<Nlri> done = new ArrayList<>(batch.entries.size());
    for (Entry entry : batch.entries) {
      if (entry.inFlight == batch) {
        entry.inFlight = null;
        if (entry.wish == Wish.NOTHING) {
          done.add(entry.nlri);
          forgetIfBlank(entry);
        }
      }
    }
    return done;
  }

  /**
   * Whether the last that the neighbor was told of the route's path is this; or nothing, because
   * another path goes before it.
   */
  boolean isAdvertised(Route route) {
    Entry entry = entries.get(key(route.nlri()));
    return entry != null
        && (route.equals(entry.advertised)
            || (entry.others != null && route.equals(entry.others.get(route.nlri()))));
  }

  private void forgetIfBlank(Entry entry) {
    if (entry.isBlank()) {
      entries.remove(entry.nlri);
    }
  }
}
