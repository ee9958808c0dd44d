package org.bgpannouncer.speaker.exabgp;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.Collectors;
import org.bgpannouncer.route.NextHop;
import org.bgpannouncer.route.PathAttributes;
import org.bgpannouncer.route.Prefix;
import org.bgpannouncer.route.Route;

/** What is known of ExaBGP's BGP sessions. Not thread-safe. */
final class Sessions {
  private final Map<String, Neighbor> configured = new LinkedHashMap<>();
  private final Map<String, Long> upSeconds = new LinkedHashMap<>();

  /** Replaces the configuration. */
  void configure(List<Neighbor> neighbors) {
    configured.clear();
    neighbors.forEach(neighbor -> configured.put(neighbor.peer(), neighbor));
  }

  /** Notes a session as up; whether that is new. */
  boolean up(String peer, long seconds) {
    Long before = upSeconds.put(peer, seconds);
    return before == null || seconds < before;
  }

  /** Notes a session as down; whether that is new. */
  boolean down(String peer) {
    return upSeconds.remove(peer) != null;
  }

  boolean isAnyUp() {
    return !upSeconds.isEmpty();
  }

  /** The sessions that are up. */
  List<String> peersUp() {
    return List.copyOf(upSeconds.keySet());
  }

  /** For the operator: whose ups and downs ExaBGP keeps to itself; empty when nobody's. */
  String missingEvents() {
    String silent =
        configured.values().stream()
            .filter(neighbor -> !neighbor.neighborChanges())
            .map(Neighbor::peer)
            .collect(Collectors.joining(", "));
    return silent.isEmpty()
        ? ""
        : "neighbor-changes is missing in the api section of neighbor "
            + silent
            + ": its state is polled each second instead";
  }

  /** For the operator: who takes a DEGRADED route for a loop; empty when nobody does. */
  String internalPeers() {
    String internal =
        configured.values().stream()
            .filter(neighbor -> !neighbor.isExternal())
            .map(Neighbor::peer)
            .collect(Collectors.joining(", "));
    return internal.isEmpty()
        ? ""
        : "neighbor "
            + internal
            + " is in our own AS: a DEGRADED route is prepended with it and looks like a loop"
            + " there, unless the router says allow local as 3 (BIRD) or allowas-in 3";
  }

  /**
   * Who must be told of a route with these attributes in words of their own: an AS path that fits
   * an external neighbour is too long for an internal one.
   *
   * <p>ExaBGP reports the neighbours of other processes too, and answers {@code error} where none
   * of those that are selected is ours. Which is our process, nobody tells; so where not all share
   * one, all are told what fits the external ones.
   */
  List<Audience> audiences(PathAttributes attributes) {
    Map<OptionalLong, List<String>> peers = new LinkedHashMap<>();
    for (Neighbor neighbor : configured.values()) {
      peers.computeIfAbsent(neighbor.addedAs(), as -> new ArrayList<>()).add(neighbor.peer());
    }
    if (attributes.asPath().isEmpty() || peers.size() < 2 || !shareAProcess()) {
      return List.of(Audience.all(externalAs()));
    }
    return peers.entrySet().stream().map(e -> Audience.of(e.getValue(), e.getKey())).toList();
  }

  private boolean shareAProcess() {
    Set<String> shared = new HashSet<>();
    configured.values().forEach(neighbor -> shared.addAll(neighbor.processes()));
    configured.values().forEach(neighbor -> shared.retainAll(neighbor.processes()));
    return !shared.isEmpty();
  }

  /** The AS that eBGP puts in front; empty when every neighbour is internal. */
  private OptionalLong externalAs() {
    return configured.values().stream()
        .map(Neighbor::addedAs)
        .filter(OptionalLong::isPresent)
        .findFirst()
        .orElse(OptionalLong.empty());
  }

  /** The neighbours configured whose session is not up. */
  List<String> peersDown() {
    return configured.keySet().stream().filter(peer -> !upSeconds.containsKey(peer)).toList();
  }

  /** How many neighbours are configured for the family of this prefix. */
  int carrying(Prefix prefix) {
    return (int) configured.values().stream().filter(neighbor -> neighbor.carries(prefix)).count();
  }

  /**
   * Why a route must not be written. One of a family that no session has would be acknowledged, and
   * nothing sent (4.2.21, 5.0.15). Where a session does not tell paths apart, several become one,
   * and the withdraw of any withdraws the prefix. With {@code next-hop self} for the other address
   * family than the session's, 4.2 sends an MP_REACH_NLRI with a next hop of 4 bytes (0.0.0.0),
   * which RFC 4760 section 3 and RFC 2545 section 3 do not allow: the router drops the session.
   */
  Optional<String> refusal(Route route) {
    Prefix prefix = route.prefix();
    String family = prefix.isIpv4() ? "IPv4" : "IPv6";
    List<Neighbor> carrying =
        configured.values().stream().filter(neighbor -> neighbor.carries(prefix)).toList();
    if (carrying.isEmpty() && !configured.isEmpty()) {
      return Optional.of(
          "prefix: "
              + prefix
              + " (expected: family { "
              + family.toLowerCase(Locale.ROOT)
              + " unicast; } of a neighbor in ExaBGP's configuration)");
    }
    if (route.nlri().pathId().isPresent()) {
      Optional<Neighbor> plain = carrying.stream().filter(each -> !each.tellsPaths()).findFirst();
      if (plain.isPresent()) {
        return Optional.of(
            "path-id: "
                + route.nlri().pathId().getAsLong()
                + " (expected: capability { add-path send; } of neighbor "
                + plain.get().peer()
                + " in ExaBGP's configuration)");
      }
    }
    if (route.nextHop() != NextHop.SELF) {
      return Optional.empty();
    }
    return carrying.stream()
        .filter(neighbor -> neighbor.isIpv4() != prefix.isIpv4())
        .findFirst()
        .map(
            neighbor ->
                "next-hop: self (expected: an "
                    + family
                    + " address, because the session with "
                    + neighbor.peer()
                    + " runs over "
                    + (neighbor.isIpv4() ? "IPv4" : "IPv6")
                    + ")");
  }
}
