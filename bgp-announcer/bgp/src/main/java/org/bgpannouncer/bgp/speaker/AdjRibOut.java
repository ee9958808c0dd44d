package org.bgpannouncer.bgp.speaker;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.bgpannouncer.route.Prefix;
import org.bgpannouncer.route.Route;

/**
 * What one neighbor has been told on its session, and what it has still to be told (RFC 4271
 * section 3.2). The newest wish per prefix wins; withdraws go first. Bounded by the number of
 * prefixes. Not thread-safe.
 */
final class AdjRibOut {
  private final Map<Prefix, Route> advertised = new HashMap<>();
  private final Set<Prefix> withdraws = new LinkedHashSet<>();
  private final Map<Prefix, Route> announces = new LinkedHashMap<>();

  /** By prefix, the latest batch that is on its way and carries it. */
  private final Map<Prefix, Batch> inFlight = new HashMap<>();

  /**
   * Prefixes that go to the neighbor together.
   *
   * @param withdrawn the prefixes of a batch of withdraws; else none
   * @param announced the routes of a batch of announces; else none
   */
  record Batch(List<Prefix> withdrawn, List<Route> announced) {
    // Two batches are never the same, whatever they carry.
    @Override
    public boolean equals(Object other) {
      return this == other;
    }

    @Override
    public int hashCode() {
      return System.identityHashCode(this);
    }
  }

  /** The neighbor shall have this route. */
  void announce(Route route) {
    Prefix prefix = route.prefix();
    withdraws.remove(prefix);
    // One that waits already may be a repetition that the neighbor has asked for.
    if (announces.containsKey(prefix) || !route.equals(advertised.get(prefix))) {
      announces.put(prefix, route);
    }
  }

  /** The neighbor shall have no route of this prefix. */
  void withdraw(Prefix prefix) {
    announces.remove(prefix);
    if (advertised.containsKey(prefix)) {
      withdraws.add(prefix);
    }
  }

  /** The neighbor shall have no route at all. */
  void withdrawAll() {
    announces.clear();
    withdraws.addAll(advertised.keySet());
  }

  /** The neighbor asked for what it has been told (RFC 2918): says it once more. */
  void refresh(boolean ipv4) {
    for (Route route : advertised.values()) {
      Prefix prefix = route.prefix();
      if (prefix.isIpv4() == ipv4 && !withdraws.contains(prefix)) {
        announces.putIfAbsent(prefix, route);
      }
    }
  }

  /** Whether the neighbor has not been told the newest wish for {@code prefix} yet. */
  boolean isOutstanding(Prefix prefix) {
    return withdraws.contains(prefix)
        || announces.containsKey(prefix)
        || inFlight.containsKey(prefix);
  }

  /** Whether nothing is left to say. */
  boolean isSaid() {
    return withdraws.isEmpty() && announces.isEmpty();
  }

  /** What goes out next: withdraws as long as there are any; an empty batch when nothing waits. */
  Batch next(int most) {
    Batch batch =
        withdraws.isEmpty()
            ? new Batch(List.of(), take(announces.values(), most))
            : new Batch(take(withdraws, most), List.of());
    for (Prefix prefix : batch.withdrawn()) {
      advertised.remove(prefix);
      inFlight.put(prefix, batch);
    }
    for (Route route : batch.announced()) {
      advertised.put(route.prefix(), route);
      inFlight.put(route.prefix(), batch);
    }
    return batch;
  }

  /** A batch has left: which of its prefixes need nothing more to be said. */
  List<Prefix> left(Batch batch) {
    List<Prefix> done = new ArrayList<>(batch.withdrawn().size() + batch.announced().size());
    batch.withdrawn().forEach(prefix -> landed(prefix, batch, done));
    batch.announced().forEach(route -> landed(route.prefix(), batch, done));
    return done;
  }

  private void landed(Prefix prefix, Batch batch, List<Prefix> done) {
    if (inFlight.remove(prefix, batch) && !isOutstanding(prefix)) {
      done.add(prefix);
    }
  }

  /** Whether the last that the neighbor was told of the route's prefix is this. */
  boolean isAdvertised(Route route) {
    return route.equals(advertised.get(route.prefix()));
  }

  private static <T> List<T> take(Iterable<T> from, int most) {
    List<T> taken = new ArrayList<>();
    Iterator<T> each = from.iterator();
    while (taken.size() < most && each.hasNext()) {
      taken.add(each.next());
      each.remove();
    }
    return taken;
  }
}
