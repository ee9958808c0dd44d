package org.bgpannouncer.speaker.exabgp;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.bgpannouncer.route.NextHop;
import org.bgpannouncer.route.PathAttributes;
import org.bgpannouncer.route.Prefix;
import org.bgpannouncer.route.Route;
import org.bgpannouncer.route.RouteChange;
import org.jspecify.annotations.Nullable;

/**
 * What is still to be said, one wish per prefix: the newest wins, and a prefix with an unanswered
 * command waits for the answer. Two unanswered commands for one prefix can end in the wrong state
 * at the router, while ExaBGP believes the right one.
 *
 * <p>Bounded by the number of prefixes. Not thread-safe.
 */
final class Outbox {
  /** From this many equal routes on, one line for several is faster than a line each. */
  static final int BULK_FROM = 8;

  /** One turn of ExaBGP's reactor executes about 50 steps, one per NLRI. */
  static final int BULK_SIZE = 48;

  private final Map<Prefix, RouteChange> withdraws = new LinkedHashMap<>();
  private final Map<Shape, Map<Prefix, RouteChange>> announces = new LinkedHashMap<>();
  private final Map<Prefix, Shape> shapes = new HashMap<>();
  private final Map<Prefix, RouteChange> inFlight = new HashMap<>();
  private final Map<Prefix, RouteChange> blocked = new HashMap<>();

  /** What routes of one bulk line share. */
  record Shape(NextHop nextHop, PathAttributes attributes, boolean ipv4) {
    static Shape of(Route route) {
      return new Shape(route.nextHop(), route.attributes(), route.prefix().isIpv4());
    }
  }

  /** States the newest wish for a prefix. What is under way already is not said twice. */
  void put(RouteChange change) {
    Prefix prefix = change.prefix();
    forget(prefix);
    RouteChange sent = inFlight.get(prefix);
    if (sent == null) {
      enqueue(change);
    } else if (!sent.equals(change)) {
      blocked.put(prefix, change);
    }
  }

  /**
   * States a wish that must be said from now on: what is under way already may have been carried
   * out too early to count.
   */
  void putAgain(RouteChange change) {
    Prefix prefix = change.prefix();
    forget(prefix);
    if (inFlight.containsKey(prefix)) {
      blocked.put(prefix, change);
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
    if (withdraws.isEmpty() || (withdraws.size() >= BULK_FROM && !bulkAllowed)) {
      return List.of();
    }
    int most = withdraws.size() >= BULK_FROM ? BULK_SIZE : 1;
    List<RouteChange> taken = take(withdraws, most);
    taken.forEach(change -> inFlight.put(change.prefix(), change));
    return taken;
  }

  /**
   * The announces to send next: one, or several that share their attributes; empty when none waits.
   *
   * @param bulkAllowed whether several may be taken
   */
  List<RouteChange> takeAnnounces(boolean bulkAllowed) {
    for (Iterator<Map<Prefix, RouteChange>> groups = announces.values().iterator();
        groups.hasNext(); ) {
      Map<Prefix, RouteChange> group = groups.next();
      if (group.size() >= BULK_FROM && !bulkAllowed) {
        continue;
      }
      List<RouteChange> taken = take(group, group.size() >= BULK_FROM ? BULK_SIZE : 1);
      if (group.isEmpty()) {
        groups.remove();
      }
      taken.forEach(
          change -> {
            shapes.remove(change.prefix());
            inFlight.put(change.prefix(), change);
          });
      return taken;
    }
    return List.of();
  }

  /** Whether something else is wished since this change was sent. */
  boolean isReplaced(RouteChange change) {
    return blocked.containsKey(change.prefix());
  }

  /** The command with these changes was answered, or given up: their prefixes are free again. */
  void settle(Collection<RouteChange> changes) {
    for (RouteChange change : changes) {
      inFlight.remove(change.prefix());
      RouteChange next = blocked.remove(change.prefix());
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
      shapes.put(change.prefix(), shape);
      announces.computeIfAbsent(shape, s -> new LinkedHashMap<>()).put(change.prefix(), change);
    } else {
      withdraws.put(change.prefix(), change);
    }
  }

  private void forget(Prefix prefix) {
    blocked.remove(prefix);
    withdraws.remove(prefix);
    Shape shape = shapes.remove(prefix);
    @Nullable Map<Prefix, RouteChange> group = shape == null ? null : announces.get(shape);
    if (shape != null && group != null) {
      group.remove(prefix);
      if (group.isEmpty()) {
        announces.remove(shape);
      }
    }
  }

  private static List<RouteChange> take(Map<Prefix, RouteChange> from, int most) {
    List<RouteChange> taken = new ArrayList<>();
    Iterator<RouteChange> changes = from.values().iterator();
    while (taken.size() < most && changes.hasNext()) {
      RouteChange change = changes.next();
      if (taken.isEmpty() || taken.get(0).prefix().isIpv4() == change.prefix().isIpv4()) {
        taken.add(change);
        changes.remove();
      }
    }
    return taken;
  }
}
