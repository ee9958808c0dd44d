package org.bgpannouncer.testkit.exabgp;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
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

  SimulatedAdjRibOut(SimulatedExaBgp.Version version) {
    // Seen: announce, withdraw comes back on 5.0.15; announce, announce with another MED, withdraw
    // comes back on 4.2.21 too.
    this.lostFrom =
        switch (version) {
          case V4_2 -> 2;
          case V5_0 -> 1;
        };
  }

  void announce(String prefix, String attributes, boolean up) {
    if (up) {
      router.put(prefix, attributes);
    } else if (!attributes.equals(held.get(prefix))) {
      announcedWhileDown.merge(prefix, 1, Integer::sum);
    }
    held.put(prefix, attributes);
  }

  void withdraw(String prefix, boolean up) {
    String before = held.remove(prefix);
    if (up) {
      router.remove(prefix);
    } else if (before != null && announcedWhileDown.getOrDefault(prefix, 0) >= lostFrom) {
      resurrected.put(prefix, before);
    }
  }

  void sessionUp() {
    router.putAll(held);
    router.putAll(resurrected);
    resurrected.clear();
    announcedWhileDown.clear();
  }

  void sessionDown() {
    router.clear();
  }

  Map<String, String> held() {
    return new TreeMap<>(held);
  }

  Map<String, String> router() {
    return new TreeMap<>(router);
  }

  /** The lines of {@code show adj-rib out extensive}. */
  List<String> report(SimulatedExaBgp.Version version) {
    List<String> lines = new ArrayList<>();
    held.forEach(
        (prefix, attributes) ->
            lines.add(
                "neighbor 127.0.0.1 local-ip 127.0.0.2 local-as 65001 peer-as 65000 router-id"
                    + " 192.0.2.2 family-allowed in-open "
                    + (prefix.indexOf(':') < 0 ? "ipv4" : "ipv6")
                    + " unicast "
                    + prefix
                    + " "
                    + printed(attributes, version)));
    return lines;
  }

  private static String printed(String attributes, SimulatedExaBgp.Version version) {
    // A list of one is printed without its brackets, except an AS path.
    String text = attributes.replaceAll("community \\[ (\\S+) ]", "community $1");
    return switch (version) {
      case V4_2 -> text;
      case V5_0 ->
          text.replace("next-hop self", "next-hop 127.0.0.2")
              .replaceAll("as-path \\[ ([0-9 ]+) ]", "as-path ( $1 )");
    };
  }
}
