package org.bgpannouncer.bgp.speaker;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.bgpannouncer.route.Prefix;
import org.bgpannouncer.route.Route;
import org.jspecify.annotations.Nullable;

/**
 * What one neighbor has been told on its session, and what it has still to be told (RFC 4271
 * section 3.2). The newest wish per prefix wins; withdraws go first. Bounded by the number of
 * prefixes. Not thread-safe.
 */
final class AdjRibOut {
  // One entry a prefix instead of a map for each thing that is known of it: with 100,000 prefixes,
  // looking them up is most of the work.
  private final Map<Prefix, Entry> entries = new HashMap<>();

  // An entry whose wish has changed meanwhile is passed over when its turn comes.
  private final ArrayDeque<Entry> withdraws = new ArrayDeque<>();
  private final ArrayDeque<Entry> announces = new ArrayDeque<>();
  private int waiting;

  /** What is still to be said of a prefix. */
  private enum Wish {
    NOTHING,
    WITHDRAW,
    ANNOUNCE
  }

  /** What is known of a prefix. */
  private static final class Entry {
    final Prefix prefix;

    /** The last that was said; null when it was a withdraw, or nothing. */
    @Nullable Route advertised;

    Wish wish = Wish.NOTHING;

    /** The route of {@link Wish#ANNOUNCE}. */
    @Nullable Route wished;

    /** The latest batch that is on its way and carries the prefix. */
    @Nullable Batch inFlight;

    boolean isInWithdraws;
    boolean isInAnnounces;

    Entry(Prefix prefix) {
      this.prefix = prefix;
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

  /** Prefixes that go to the neighbor together: withdrawn ones or announced ones. */
  static final class Batch {
    private final List<Entry> entries = new ArrayList<>();
    private final List<Prefix> withdrawn = new ArrayList<>();
    private final List<Route> announced = new ArrayList<>();

    private Batch() {}

    /** The prefixes of a batch of withdraws; else none. */
    List<Prefix> withdrawn() {
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
    Entry entry = entries.computeIfAbsent(route.prefix(), Entry::new);
    // One that waits already may be a repetition that the neighbor has asked for.
    if (entry.wish == Wish.ANNOUNCE || !route.equals(entry.advertised)) {
      want(entry, route);
    } else {
      want(entry, Wish.NOTHING);
    }
    return entry.isOutstanding();
  }

  /**
   * The neighbor shall have no route of this prefix.
   *
   * @return whether it has not been told so yet
   */
  boolean withdraw(Prefix prefix) {
    Entry entry = entries.get(prefix);
    if (entry == null) {
      return false;
    }
    want(entry, entry.advertised == null ? Wish.NOTHING : Wish.WITHDRAW);
    forgetIfBlank(entry);
    return entry.isOutstanding();
  }

  /** The neighbor shall have no route at all. */
  void withdrawAll() {
    for (Prefix prefix : List.copyOf(entries.keySet())) {
      withdraw(prefix);
    }
  }

  /** The neighbor asked for what it has been told (RFC 2918): says it once more. */
  void refresh(boolean ipv4) {
    for (Entry entry : entries.values()) {
      Route advertised = entry.advertised;
      if (advertised != null && entry.prefix.isIpv4() == ipv4 && entry.wish == Wish.NOTHING) {
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

  /** Whether the neighbor has not been told the newest wish for {@code prefix} yet. */
  boolean isOutstanding(Prefix prefix) {
    Entry entry = entries.get(prefix);
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
        batch.withdrawn.add(entry.prefix);
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

  /** A batch has left: which of its prefixes need nothing more to be said. */
  List<Prefix> left(Batch batch) {
    List<Prefix> done = new ArrayList<>(batch.entries.size());
    for (Entry entry : batch.entries) {
      if (entry.inFlight == batch) {
        entry.inFlight = null;
        if (entry.wish == Wish.NOTHING) {
          done.add(entry.prefix);
          forgetIfBlank(entry);
        }
      }
    }
    return done;
  }

  /** Whether the last that the neighbor was told of the route's prefix is this. */
  boolean isAdvertised(Route route) {
    Entry entry = entries.get(route.prefix());
    return entry != null && route.equals(entry.advertised);
  }

  private void forgetIfBlank(Entry entry) {
    if (entry.isBlank()) {
      entries.remove(entry.prefix);
    }
  }
}
