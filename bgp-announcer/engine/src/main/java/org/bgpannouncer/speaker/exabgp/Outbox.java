package org.bgpannouncer.speaker.exabgp;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.bgpannouncer.route.NextHop;
import org.bgpannouncer.route.Nlri;
import org.bgpannouncer.route.PathAttributes;
import org.bgpannouncer.route.Route;
import org.bgpannouncer.route.RouteChange;
import org.jspecify.annotations.Nullable;

/**
 * What is still to be said, one wish per path: the newest wins, and a path with an unanswered
 * command waits for the answer. Two unanswered commands for one path can end in the wrong state at
 * the router, while ExaBGP believes the right one.
 *
 * <p>Bounded by the number of paths. Not thread-safe.
 */
final class Outbox {
  /** From this many equal routes on, one line for several is faster than a line each. */
  static final int BULK_FROM = 8;

  /** One turn of ExaBGP's reactor executes about 50 steps, one per NLRI. */
  static final int BULK_SIZE = 48;

  private final Map<Nlri, RouteChange> withdraws = new LinkedHashMap<>();
  private final Map<Shape, Map<Nlri, RouteChange>> announces = new LinkedHashMap<>();
  private final Map<Nlri, Shape> shapes = new HashMap<>();
  private final Map<Nlri, RouteChange> inFlight = new HashMap<>();
  private final Map<Nlri, RouteChange> blocked = new HashMap<>();

  /** What routes of one bulk line share. */
  record Shape(NextHop nextHop, PathAttributes attributes, boolean ipv4) {
    static Shape of(Route route) {
      return new Shape(route.nextHop(), route.attributes(), route.prefix().isIpv4());
    }
  }

  /** States the newest wish for a path. What is under way already is not said twice. */
  void put(RouteChange change) {
    Nlri nlri = change.nlri();
    forget(nlri);
    RouteChange sent = inFlight.get(nlri);
    if (sent == null) {
      enqueue(change);
    } else if (!sent.equals(change)) {
      blocked.put(nlri, change);
    }
  }

  /**
   * States a wish that must be said from now on: what is under way already may have been carried
   * out too early to count.
   */
  void putAgain(RouteChange change) {
    Nlri nlri = change.nlri();
    forget(nlri);
    if (inFlight.containsKey(nlri)) {
      blocked.put(nlri, change);
    } else {
      enqueue(change);
    }
  }

  /** Drops every announce that was not sent. */
  void dropAnnounces() {
    announces.clear();
    shapes.clear();
    blocked.values().removeIf(RouteChange.Announce.class::isInstance);
  }

  /** Drops everything that was not sent. */
  void clear() {
    dropAnnounces();
    withdraws.clear();
    blocked.clear();
  }

  boolean isEmpty() {
    return withdraws.isEmpty() && announces.isEmpty() && inFlight.isEmpty() && blocked.isEmpty();
  }

  /**
   * The withdraws to send next: one, or several of one family for one line; empty when none waits.
   *
   * @param bulkAllowed whether several may be taken
   */
  List<RouteChange> takeWithdraws(boolean bulkAllowed) {
    if (withdraws.isEmpty() || (lineSize(withdraws) > 1 && !bulkAllowed)) {
      return List.of();
    }
    List<RouteChange> taken = take(withdraws);
    taken.forEach(change -> inFlight.put(change.nlri(), change));
    return taken;
  }

  /**
   * The announces to send next: one, or several that share their attributes; empty when none waits.
   *
   * @param bulkAllowed whether several may be taken
   */
  List<RouteChange> takeAnnounces(boolean bulkAllowed) {
    for (Iterator<Map<Nlri, RouteChange>> groups = announces.values().iterator();
        groups.hasNext(); ) {
      Map<Nlri, RouteChange> group = groups.next();
      if (lineSize(group) > 1 && !bulkAllowed) {
        continue;
      }
      List<RouteChange> taken = take(group);
      if (group.isEmpty()) {
        groups.remove();
      }
      taken.forEach(
          change -> {
            shapes.remove(change.nlri());
            inFlight.put(change.nlri(), change);
          });
      return taken;
    }
    return List.of();
  }

  /** Whether something else is wished since this change was sent. */
  boolean isReplaced(RouteChange change) {
    return blocked.containsKey(change.nlri());
  }

  /** The command with these changes was answered, or given up: their paths are free again. */
  void settle(Collection<RouteChange> changes) {
    for (RouteChange change : changes) {
      inFlight.remove(change.nlri());
      RouteChange next = blocked.remove(change.nlri());
      if (next != null) {
        enqueue(next);
      }
    }
  }

  /** Nothing that was sent will be answered any more. */
  void settleAll() {
    inFlight.clear();
  }

  private void enqueue(RouteChange change) {
    if (change instanceof RouteChange.Announce announce) {
      Shape shape = Shape.of(announce.route());
      shapes.put(change.nlri(), shape);
      announces.computeIfAbsent(shape, s -> new LinkedHashMap<>()).put(change.nlri(), change);
    } else {
      withdraws.put(change.nlri(), change);
    }
  }

  private void forget(Nlri nlri) {
    blocked.remove(nlri);
    withdraws.remove(nlri);
    Shape shape = shapes.remove(nlri);
    @Nullable Map<Nlri, RouteChange> group = shape == null ? null : announces.get(shape);
    if (shape != null && group != null) {
      group.remove(nlri);
      if (group.isEmpty()) {
        announces.remove(shape);
      }
    }
  }

  /** A path with an identifier has a line to itself: one for several cannot say it. */
  private static int lineSize(Map<Nlri, RouteChange> from) {
    return from.size() >= BULK_FROM && !hasPathId(from.values().iterator().next()) ? BULK_SIZE : 1;
  }

  private static boolean hasPathId(RouteChange change) {
    return change.nlri().pathId().isPresent();
  }

  private static List<RouteChange> take(Map<Nlri, RouteChange> from) {
    int most = lineSize(from);
    List<RouteChange> taken = new ArrayList<>();
    Iterator<RouteChange> changes = from.values().iterator();
    while (taken.size() < most && changes.hasNext()) {
      RouteChange change = changes.next();
      if (taken.isEmpty()
          || (taken.get(0).prefix().isIpv4() == change.prefix().isIpv4() && !hasPathId(change))) {
        taken.add(change);
        changes.remove();
      }
    }
    return taken;
  }
}
