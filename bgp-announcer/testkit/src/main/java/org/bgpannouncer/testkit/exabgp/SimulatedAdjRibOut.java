package org.bgpannouncer.testkit.exabgp;

import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;

/**
 * The routes of a {@link SimulatedExaBgp} and of the router behind it, which are not always the
 * same: a session that is down keeps more than the last word. Not thread-safe.
 */
final class SimulatedAdjRibOut {
  /** What is announced, by path: next hop and attributes as they were written. */
  private final Map<String, String> held = new TreeMap<>();

  private final Map<String, String> router = new TreeMap<>();
  private final Map<String, Integer> announcedWhileDown = new HashMap<>();
  private final Map<String, String> resurrected = new TreeMap<>();

  /** From how many announces on, made while down, a following withdraw is lost. */
  private final int lostFrom;

  private RouterSide routerSide = RouterSide.NONE;
  private boolean tellsPaths;

  SimulatedAdjRibOut(SimulatedExaBgp.Version version) {
    // Seen: announce, withdraw comes back on 5.0.15; announce, announce with another MED, withdraw
    // comes back on 4.2.21 too.
    this.lostFrom =
        switch (version) {
          case V4_2 -> 2;
          case V5_0 -> 1;
        };
  }

  /**
   * Who hears from now on what the router is told.
   *
   * @param pathsToo whether it tells several paths to a prefix apart
   */
  void toldTo(RouterSide side, boolean pathsToo) {
    routerSide = side;
    tellsPaths = pathsToo;
  }

  void announce(String path, String attributes, boolean up) {
    if (up) {
      tell(path, attributes);
    } else if (!attributes.equals(held.get(path))) {
      announcedWhileDown.merge(path, 1, Integer::sum);
    }
    held.put(path, attributes);
  }

  void withdraw(String path, boolean up) {
    String before = held.remove(path);
    if (up) {
      if (router.remove(said(path)) != null) {
        routerSide.withdrawn(said(path));
      }
    } else if (before != null && announcedWhileDown.getOrDefault(path, 0) >= lostFrom) {
      resurrected.put(path, before);
    }
  }

  /** Seen on both versions: each path goes to the router, without what tells it from the others. */
  private String said(String path) {
    return tellsPaths ? path : path.split(" ", 2)[0];
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

  private void tell(String path, String attributes) {
    router.put(said(path), attributes);
    routerSide.announced(said(path), attributes);
  }

  Map<String, String> held() {
    return new TreeMap<>(held);
  }

  Map<String, String> router() {
    return new TreeMap<>(router);
  }
}
