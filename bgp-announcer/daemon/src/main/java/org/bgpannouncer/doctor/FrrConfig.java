package org.bgpannouncer.doctor;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/** What we must know of FRR's running configuration: its BGP neighbors and their policies. */
final class FrrConfig {
  /** FRR's default under {@code frr defaults traditional} (RFC 4271 section 10 has 90 s). */
  private static final int DEFAULT_HOLD_SECONDS = 180;

  /** Under {@code frr defaults datacenter}. */
  private static final int DATACENTER_HOLD_SECONDS = 9;

  private static final String IPV4_UNICAST = "ipv4 unicast";

  private final Map<String, Peer> peers = new TreeMap<>();
  private boolean datacenter;
  private boolean requiresPolicy = true;

  /** Neighbors are in this family without being told. */
  private boolean defaultsToIpv4Unicast = true;

  private boolean disablesGracefulRestart;
  private Optional<Integer> timers = Optional.empty();

  private static final class Peer {
    Optional<String> remoteAs = Optional.empty();
    boolean isGroup;
    Optional<String> group = Optional.empty();
    Optional<Integer> holdSeconds = Optional.empty();
    final Map<String, Policies> families = new TreeMap<>();

    Policies policies(String family) {
      return families.computeIfAbsent(family, name -> new Policies());
    }
  }

  private static final class Policies {
    Optional<Boolean> activated = Optional.empty();
    boolean in;
    boolean out;
  }

  /** A family of a session with another AS. */
  record Session(String neighbor, String family, boolean hasPolicyIn, boolean hasPolicyOut) {
    @Override
    public String toString() {
      return "neighbor " + neighbor + ", " + family;
    }
  }

  private FrrConfig() {}

  static FrrConfig parse(String text) {
    FrrConfig config = new FrrConfig();
    boolean bgp = false;
    String family = "";
    for (String line : text.lines().toList()) {
      String[] words = line.strip().split(" +");
      if (line.startsWith("frr defaults datacenter")) {
        config.datacenter = true;
        config.requiresPolicy = false;
      } else if (!line.startsWith(" ")) {
        bgp = line.startsWith("router bgp ");
        family = "";
      } else if (bgp && words[0].equals("address-family")) {
        family = line.strip().substring("address-family ".length());
      } else if (bgp && words[0].equals("exit-address-family")) {
        family = "";
      } else if (bgp) {
        config.read(line.strip(), words, family);
      }
    }
    return config;
  }

  private void read(String line, String[] words, String family) {
    switch (line) {
      case "no bgp ebgp-requires-policy" -> requiresPolicy = false;
      case "bgp ebgp-requires-policy" -> requiresPolicy = true;
      case "no bgp default ipv4-unicast" -> defaultsToIpv4Unicast = false;
      case "bgp graceful-restart-disable" -> disablesGracefulRestart = true;
      default -> {
        if (line.startsWith("timers bgp ") && words.length == 4) {
          timers = number(words[3]);
        } else if (words.length >= 3 && words[0].equals("neighbor")) {
          readNeighbor(peer(words[1]), words, family);
        } else if (words.length == 4
            && line.startsWith("no neighbor ")
            && line.endsWith(" activate")) {
          peer(words[2]).policies(family).activated = Optional.of(false);
        }
      }
    }
  }

  private Peer peer(String name) {
    return peers.computeIfAbsent(name, added -> new Peer());
  }

  private static void readNeighbor(Peer peer, String[] words, String family) {
    Policies policies = peer.policies(family);
    String last = words[words.length - 1];
    switch (words[2]) {
      case "remote-as" -> peer.remoteAs = Optional.of(last);
      case "peer-group" -> {
        peer.isGroup |= words.length == 3;
        peer.group = words.length > 3 ? Optional.of(last) : peer.group;
      }
      case "timers" -> peer.holdSeconds = words.length == 5 ? number(last) : peer.holdSeconds;
      case "activate" -> policies.activated = Optional.of(true);
      case "route-map", "prefix-list", "filter-list", "distribute-list" -> {
        policies.in |= last.equals("in");
        policies.out |= last.equals("out");
      }
      default -> {}
    }
  }

  private static Optional<Integer> number(String word) {
    try {
      return Optional.of(Integer.valueOf(word));
    } catch (NumberFormatException e) {
      return Optional.empty();
    }
  }

  boolean requiresPolicy() {
    return requiresPolicy;
  }

  boolean disablesGracefulRestart() {
    return disablesGracefulRestart;
  }

  /** The hold time that is proposed to a neighbor, seconds; empty if it is no neighbor. */
  Optional<Integer> holdTime(String neighbor) {
    return Optional.ofNullable(peers.get(neighbor))
        .map(
            peer ->
                peer.holdSeconds
                    .or(() -> group(peer).flatMap(group -> group.holdSeconds))
                    .or(() -> timers)
                    .orElse(datacenter ? DATACENTER_HOLD_SECONDS : DEFAULT_HOLD_SECONDS));
  }

  private Optional<Peer> group(Peer peer) {
    return peer.group.map(peers::get);
  }

  /** The families of sessions with another AS, of neighbors by address. */
  List<Session> external(long localAs) {
    List<Session> sessions = new ArrayList<>();
    peers.forEach(
        (name, peer) -> {
          String as = peer.remoteAs.or(() -> group(peer).flatMap(g -> g.remoteAs)).orElse("");
          if (peer.isGroup
              || as.isEmpty()
              || as.equals("internal")
              || as.equals(String.valueOf(localAs))) {
            return;
          }
          Set<String> families = new TreeSet<>(Set.of(IPV4_UNICAST));
          families.addAll(peer.families.keySet());
          group(peer).ifPresent(group -> families.addAll(group.families.keySet()));
          families.remove("");
          for (String family : families) {
            Policies own = peer.policies(family);
            Policies inherited = group(peer).map(group -> group.policies(family)).orElse(own);
            boolean byDefault = defaultsToIpv4Unicast && family.equals(IPV4_UNICAST);
            if (own.activated.or(() -> inherited.activated).orElse(byDefault)) {
              sessions.add(
                  new Session(name, family, own.in || inherited.in, own.out || inherited.out));
            }
          }
        });
    return sessions;
  }
}
