package org.bgpannouncer.testkit.exabgp;

import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;

/**
 * The routes of a {@link SimulatedExaBgp} and of the router behind it, which are not always the
 * same: a session that is down keeps more than the last word. Not thread-safe.
 */
final class SimulatedAdjRibOut {
  /** What is announced, by prefix: next hop and attributes as they were written. */
  private final Map<String, String> held = new TreeMap<>();

  private final Map<String, String> router = new TreeMap<>();
  private final Map<String, Integer> announcedWhileDown = new HashMap<>();
  private final Map<String, String> resurrected = new TreeMap<>();

  /** From how many announces on, made while down, a following withdraw is lost. */
  private final int lostFrom;

  private RouterSide routerSide = RouterSide.NONE;

  SimulatedAdjRibOut(SimulatedExaBgp.Version version) {
    // Seen: announce, withdraw comes back on 5.0.15; announce, announce with another MED, withdraw
    // comes back on 4.2.21 too.
    this.lostFrom =
        switch (version) {
          case V4_2 -> 2;
          case V5_0 -> 1;
        };
  }

  /** Who hears from now on what the router is told. */
  void toldTo(RouterSide side) {
    routerSide = side;
  }

  void announce(String prefix, String attributes, boolean up) {
    if (up) {
      tell(prefix, attributes);
    } else if (!attributes.equals(held.get(prefix))) {
      announcedWhileDown.merge(prefix, 1, Integer::sum);
    }
    held.put(prefix, attributes);
  }

  void withdraw(String prefix, boolean up) {
    String before = held.remove(prefix);
    if (up) {
      if (router.remove(prefix) != null) {
        routerSide.withdrawn(prefix);
      }
    } else if (before != null && announcedWhileDown.getOrDefault(prefix, 0) >= lostFrom) {
      resurrected.put(prefix, before);
    }
  }

  void sessionUp() {
    Map<String, String> all = new TreeMap<>(held);
    all.putAll(resurrected);
    all.forEach(this::tell);
    resurrected.clear();
    announcedWhileDown.clear();
  }

  void sessionDown() {
    router.clear();
  }

  private void tell(String prefix, String attributes) {
    router.put(prefix, attributes);
    routerSide.announced(prefix, attributes);
  }

  Map<String, String> held() {
    return new TreeMap<>(held);
  }

  Map<String, String> router() {
    return new TreeMap<>(router);
  }
}
