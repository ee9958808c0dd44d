package org.bgpannouncer.doctor;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import org.bgpannouncer.route.IpAddress;
import org.bgpannouncer.route.Prefix;

/**
 * What we must know of one {@code router bgp} of FRR's running configuration: its neighbors and
 * their policies.
 */
final class FrrConfig {
  /** FRR's default under {@code frr defaults traditional} (RFC 4271 section 10 has 90 s). */
  private static final int DEFAULT_HOLD_SECONDS = 180;

  /** Under {@code frr defaults datacenter}. */
  private static final int DATACENTER_HOLD_SECONDS = 9;

  private static final String ROUTER = "router bgp ";
  private static final String IPV4_UNICAST = "ipv4 unicast";
  private static final String IPV6_UNICAST = "ipv6 unicast";

  private final String name;
  private final boolean datacenter;
  private final Set<String> defined;
  private final Map<String, Peer> peers = new TreeMap<>();
  private final Map<String, String> listening = new LinkedHashMap<>();
  private final Set<String> confederates = new HashSet<>();

  /** Neighbors are in these families without being told. */
  private final Set<String> defaultFamilies = new TreeSet<>(Set.of(IPV4_UNICAST));

  private boolean requiresPolicy;
  private boolean disablesGracefulRestart;
  private Optional<Integer> timers = Optional.empty();

  private static final class Peer {
    Optional<String> remoteAs = Optional.empty();
    boolean isGroup;
    boolean isShut;
    Optional<String> group = Optional.empty();
    Optional<Integer> holdSeconds = Optional.empty();

    /** Whether a restarting neighbor's routes are kept. */
    Optional<Boolean> keeps = Optional.empty();

    final Map<String, Policies> families = new TreeMap<>();

    Policies policies(String family) {
      return families.computeIfAbsent(family, name -> new Policies());
    }
  }

  private static final class Policies {
    Optional<Boolean> activated = Optional.empty();

    /** What filters, as it stands: {@code route-map NAME}. */
    final Set<String> in = new TreeSet<>();

    final Set<String> out = new TreeSet<>();
  }

  /**
   * A family of a session with another AS.
   *
   * @param undefined the policies that are named, and are not there
   */
  record Session(
      String neighbor,
      String family,
      boolean hasPolicyIn,
      boolean hasPolicyOut,
      List<String> undefined) {
    Session {
      undefined = List.copyOf(undefined);
    }

    @Override
    public String toString() {
      return "neighbor " + neighbor + ", " + family;
    }
  }

  private FrrConfig(String name, boolean datacenter, Set<String> defined) {
    this.name = name;
    this.datacenter = datacenter;
    this.defined = defined;
    this.requiresPolicy = !datacenter;
  }

  /** Each {@code router bgp}, in the order of the file: the default VRF's, and those of others. */
  static List<FrrConfig> parse(String text) {
    List<FrrConfig> all = new ArrayList<>();
    Set<String> defined = new HashSet<>();
    boolean datacenter = text.lines().anyMatch(line -> line.startsWith("frr defaults datacenter"));
    Optional<FrrConfig> current = Optional.empty();
    String family = "";
    for (String line : text.lines().toList()) {
      String[] words = line.strip().split(" +");
      if (!line.startsWith(" ")) {
        current = Optional.empty();
        family = "";
        if (line.startsWith(ROUTER)) {
          current = Optional.of(new FrrConfig(line.strip(), datacenter, defined));
          current.ifPresent(all::add);
        } else {
          define(words, defined);
        }
      } else if (current.isPresent() && words[0].equals("address-family")) {
        family = line.strip().substring("address-family ".length());
      } else if (current.isPresent() && words[0].equals("exit-address-family")) {
        family = "";
      } else if (current.isPresent()) {
        current.get().read(line.strip(), words, family);
      }
    }
    return all;
  }

  /** As a neighbor names it. */
  private static void define(String[] words, Set<String> defined) {
    for (int i = 0; i + 1 < words.length; i++) {
      switch (words[i]) {
        case "route-map", "prefix-list" -> defined.add(words[i] + " " + words[i + 1]);
        case "access-list" -> {
          defined.add("filter-list " + words[i + 1]);
          defined.add("distribute-list " + words[i + 1]);
        }
        default -> {}
      }
    }
  }

  private void read(String line, String[] words, String family) {
    switch (line) {
      case "no bgp ebgp-requires-policy" -> requiresPolicy = false;
      case "bgp ebgp-requires-policy" -> requiresPolicy = true;
      case "no bgp default ipv4-unicast" -> defaultFamilies.remove(IPV4_UNICAST);
      case "bgp default ipv6-unicast" -> defaultFamilies.add(IPV6_UNICAST);
      case "bgp graceful-restart-disable" -> disablesGracefulRestart = true;
      default -> {
        if (line.startsWith("timers bgp ") && words.length == 4) {
          timers = number(words[3]);
        } else if (line.startsWith("bgp listen range ") && words.length == 6) {
          listening.put(words[3], words[5]);
        } else if (line.startsWith("bgp confederation peers ")) {
          confederates.addAll(List.of(words).subList(3, words.length));
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

  private Peer peer(String neighbor) {
    return peers.computeIfAbsent(neighbor, added -> new Peer());
  }

  private static void readNeighbor(Peer peer, String[] words, String family) {
    Policies policies = peer.policies(family);
    String last = words[words.length - 1];
    switch (words[2]) {
      case "remote-as" -> peer.remoteAs = Optional.of(last);
      case "interface" -> readInterface(peer, words, last);
      case "peer-group" -> {
        peer.isGroup |= words.length == 3;
        peer.group = words.length > 3 ? Optional.of(last) : peer.group;
      }
      case "timers" -> {
        if (words.length == 5 && !words[3].equals("connect")) {
          peer.holdSeconds = number(last);
        }
      }
      case "shutdown" -> peer.isShut = true;
      case "graceful-restart", "graceful-restart-helper" -> peer.keeps = Optional.of(true);
      case "graceful-restart-disable" -> peer.keeps = Optional.of(false);
      case "activate" -> policies.activated = Optional.of(true);
      case "route-map", "prefix-list", "filter-list", "distribute-list" -> {
        if (words.length == 5) {
          (last.equals("in") ? policies.in : policies.out).add(words[2] + " " + words[3]);
        }
      }
      default -> {}
    }
  }

  /** {@code neighbor eth1 interface [v6only] remote-as external}, or with a peer-group. */
  private static void readInterface(Peer peer, String[] words, String last) {
    if (words.length > 4 && words[words.length - 2].equals("remote-as")) {
      peer.remoteAs = Optional.of(last);
    } else if (words.length > 4 && words[words.length - 2].equals("peer-group")) {
      peer.group = Optional.of(last);
    }
  }

  private static Optional<Integer> number(String word) {
    try {
      return Optional.of(Integer.valueOf(word));
    } catch (NumberFormatException e) {
      return Optional.empty();
    }
  }

  /** As it begins, e.g. {@code router bgp 64496}. */
  String name() {
    return name;
  }

  private String localAs() {
    return name.split(" ", -1)[2];
  }

  boolean isDefault() {
    return !name.contains(" vrf ") && !name.contains(" view ");
  }

  boolean hasNeighbors() {
    return !listening.isEmpty() || peers.values().stream().anyMatch(peer -> !peer.isGroup);
  }

  boolean requiresPolicy() {
    return requiresPolicy;
  }

  /** What has to be set for a neighbor: its own name, or that of the group that it comes in by. */
  Optional<String> settingsOf(IpAddress neighbor) {
    if (peers.containsKey(neighbor.toString())) {
      return Optional.of(neighbor.toString());
    }
    return listening.entrySet().stream()
        .filter(entry -> contains(entry.getKey(), neighbor))
        .map(Map.Entry::getValue)
        .findFirst();
  }

  private static boolean contains(String range, IpAddress address) {
    try {
      Prefix prefix = Prefix.parse(range);
      return prefix.isIpv4() == address.isIpv4() && prefix.contains(address);
    } catch (IllegalArgumentException e) {
      return false;
    }
  }

  /** The hold time that is proposed to a neighbor, seconds; empty if it is no neighbor. */
  Optional<Integer> holdTime(IpAddress neighbor) {
    return settingsOf(neighbor)
        .map(
            settings ->
                inherited(settings, peer -> peer.holdSeconds)
                    .or(() -> timers)
                    .orElse(datacenter ? DATACENTER_HOLD_SECONDS : DEFAULT_HOLD_SECONDS));
  }

  /** Whether the routes of a neighbor that says it restarts are kept; a helper is the default. */
  boolean keepsRoutesOf(IpAddress neighbor) {
    return settingsOf(neighbor)
        .map(settings -> inherited(settings, peer -> peer.keeps).orElse(!disablesGracefulRestart))
        .orElse(false);
  }

  private <T> Optional<T> inherited(String neighbor, Function<Peer, Optional<T>> setting) {
    Optional<Peer> own = Optional.ofNullable(peers.get(neighbor));
    return own.flatMap(setting).or(() -> own.flatMap(this::group).flatMap(setting));
  }

  private Optional<Peer> group(Peer peer) {
    return peer.group.map(peers::get);
  }

  /** The families of sessions with another AS, but for those that are shut down. */
  List<Session> external() {
    List<Session> sessions = new ArrayList<>();
    peers.forEach(
        (neighbor, peer) -> {
          String as = inherited(neighbor, each -> each.remoteAs).orElse("");
          boolean shut = peer.isShut || group(peer).map(g -> g.isShut).orElse(false);
          boolean isListening = peer.isGroup && listening.containsValue(neighbor);
          if ((peer.isGroup && !isListening)
              || shut
              || as.isEmpty()
              || as.equals("internal")
              || as.equals(localAs())
              || confederates.contains(as)) {
            return;
          }
          sessions.addAll(sessions(neighbor, peer));
        });
    return sessions;
  }

  private List<Session> sessions(String neighbor, Peer peer) {
    List<Session> sessions = new ArrayList<>();
    Set<String> families = new TreeSet<>(defaultFamilies);
    families.addAll(peer.families.keySet());
    group(peer).ifPresent(group -> families.addAll(group.families.keySet()));
    families.remove("");
    for (String family : families) {
      Policies own = peer.policies(family);
      Policies inherited = group(peer).map(group -> group.policies(family)).orElse(own);
      if (own.activated.or(() -> inherited.activated).orElse(defaultFamilies.contains(family))) {
        Set<String> in = own.in.isEmpty() ? inherited.in : own.in;
        Set<String> out = own.out.isEmpty() ? inherited.out : own.out;
        List<String> undefined = new ArrayList<>();
        in.stream()
            .filter(each -> !defined.contains(each))
            .map(e -> e + " in")
            .forEach(undefined::add);
        out.stream()
            .filter(each -> !defined.contains(each))
            .map(e -> e + " out")
            .forEach(undefined::add);
        sessions.add(new Session(neighbor, family, !in.isEmpty(), !out.isEmpty(), undefined));
      }
    }
    return sessions;
  }
}
