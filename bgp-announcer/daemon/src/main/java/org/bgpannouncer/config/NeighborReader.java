package org.bgpannouncer.config;

import static java.time.Duration.ZERO;
import static java.time.Duration.ofHours;
import static java.time.Duration.ofSeconds;

import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import org.bgpannouncer.bgp.AddressFamily;
import org.bgpannouncer.bgp.BgpRole;
import org.bgpannouncer.bgp.Capability;
import org.bgpannouncer.bgp.session.ConnectMode;
import org.bgpannouncer.bgp.session.PeerConfig;
import org.bgpannouncer.bgp.session.SessionCapabilities;
import org.bgpannouncer.bgp.session.SessionConfig;
import org.bgpannouncer.bgp.session.TtlPolicy;
import org.bgpannouncer.bgp.speaker.ExportPolicy;
import org.bgpannouncer.bgp.speaker.Neighbor;
import org.bgpannouncer.route.IpAddress;

/** One entry of {@code speaker.neighbors}. */
final class NeighborReader {
  private static final Key<IpAddress> ADDRESS = Key.address("address");
  private static final Key<String> NAME = Key.name("name").withDefault("its address");
  private static final Key<Long> AS = Key.number("as", 1, 4294967294L);
  private static final Key<Integer> PORT = Key.integer("port", 1, 65535).withDefault("179");
  private static final Key<IpAddress> LOCAL_ADDRESS =
      Key.address("local-address").withDefault("the kernel's choice");
  private static final Key<ConnectMode> CONNECT =
      Key.choice("connect", words(ConnectMode.values())).withDefault("active");
  private static final Key<Duration> CONNECT_RETRY =
      Key.duration("connect-retry", ofSeconds(1), ofHours(1)).withDefault("5s");
  private static final Key<Duration> HOLD_TIME =
      Key.duration("hold-time", ZERO, ofSeconds(65535)).withDefault("9s");
  private static final Key<AddressFamily> FAMILIES =
      Key.choice(
              "families",
              Map.of("ipv4", AddressFamily.IPV4_UNICAST, "ipv6", AddressFamily.IPV6_UNICAST))
          .withDefault("[ipv4, ipv6]");
  private static final Key<Path> MD5_FILE = Key.file("md5-file").withDefault(Key.NONE);
  private static final Key<Boolean> TTL_SECURITY = Key.flag("ttl-security").withDefault("false");
  private static final Key<Integer> MULTIHOP =
      Key.integer("multihop", 2, 255).withDefault(Key.NONE);
  private static final Key<IpAddress> NEXT_HOP_IPV4 =
      Key.address("next-hop-ipv4").withDefault("our address on the session");
  private static final Key<IpAddress> NEXT_HOP_IPV6 =
      Key.address("next-hop-ipv6").withDefault("our address on the session");
  private static final Key<Boolean> EXTENDED_NEXT_HOP =
      Key.flag("extended-next-hop").withDefault("false");
  private static final Key<Boolean> ADD_PATH = Key.flag("add-path").withDefault("false");
  private static final Key<Duration> GRACEFUL_RESTART =
      Key.duration("graceful-restart", ofSeconds(1), ofSeconds(4095)).withDefault(Key.NONE);
  private static final Key<BgpRole> ROLE =
      Key.choice("role", words(BgpRole.values())).withDefault(Key.NONE);
  private static final Key<Boolean> KEEP_PATHS = Key.flag("keep-paths").withDefault("false");

  static final KeyGroup KEYS =
      KeyGroup.of(
          "speaker.neighbors[]",
          ADDRESS,
          NAME,
          AS,
          PORT,
          LOCAL_ADDRESS,
          CONNECT,
          CONNECT_RETRY,
          HOLD_TIME,
          FAMILIES,
          MD5_FILE,
          TTL_SECURITY,
          MULTIHOP,
          NEXT_HOP_IPV4,
          NEXT_HOP_IPV6,
          EXTENDED_NEXT_HOP,
          ADD_PATH,
          GRACEFUL_RESTART,
          ROLE,
          KEEP_PATHS);

  /** An external neighbor is on our own network, unless {@code multihop} says otherwise. */
  private static final int ONE_HOP = 1;

  private NeighborReader() {}

  /** What all neighbors of a site share. */
  record Site(long localAs, Optional<IpAddress> routerId, ExportPolicy export) {}

  static Optional<SpeakerConfig.Embedded.Entry> read(Section section, Site site) {
    Optional<IpAddress> address = section.value(ADDRESS);
    Optional<Long> as = section.value(AS);
    Optional<IpAddress> local = section.value(LOCAL_ADDRESS);
    Optional<PeerConfig> peer =
        sessionConfig(section, site, as, local)
            .flatMap(session -> address.map(at -> peerConfig(section, session, at, local)));
    String name = section.value(NAME).or(() -> address.map(IpAddress::toString)).orElse("");
    Optional<IpAddress> nextHopIpv4 = nextHop(section, NEXT_HOP_IPV4, true);
    Optional<IpAddress> nextHopIpv6 = nextHop(section, NEXT_HOP_IPV6, false);
    boolean keepsPaths = section.value(KEEP_PATHS, false);
    Optional<Path> md5 = section.value(MD5_FILE);
    if (!section.isSound() || peer.isEmpty()) {
      return Optional.empty();
    }
    return Optional.of(
        new SpeakerConfig.Embedded.Entry(
            new Neighbor(name, peer.get(), site.export(), nextHopIpv4, nextHopIpv6, keepsPaths),
            md5,
            line(section, HOLD_TIME),
            line(section, GRACEFUL_RESTART)));
  }

  private static OptionalInt line(Section section, Key<?> key) {
    return section.has(key) ? OptionalInt.of(section.at(key).line()) : OptionalInt.empty();
  }

  private static Optional<SessionConfig> sessionConfig(
      Section section, Site site, Optional<Long> as, Optional<IpAddress> local) {
    Duration holdTime = section.value(HOLD_TIME, Duration.ofSeconds(9));
    boolean whole = holdTime.equals(Duration.ofSeconds(holdTime.toSeconds()));
    if (!whole || (!holdTime.isZero() && holdTime.toSeconds() < 3)) {
      section.reject(
          HOLD_TIME, Durations.print(holdTime), "0s, or whole seconds from 3s (RFC 4271)");
    }
    List<AddressFamily> families = section.values(FAMILIES);
    if (families.isEmpty() && !section.has(FAMILIES)) {
      families = List.of(AddressFamily.IPV4_UNICAST, AddressFamily.IPV6_UNICAST);
    }
    SessionCapabilities capabilities = capabilities(section, as, site, families);
    if (site.routerId().isEmpty()) {
      section.reject(
          LOCAL_ADDRESS,
          local.map(IpAddress::toString).orElse("missing"),
          "an IPv4 address at one neighbor, or speaker.router-id");
    }
    if (!section.isSound() || as.isEmpty() || site.routerId().isEmpty()) {
      return Optional.empty();
    }
    return Optional.of(
        new SessionConfig(
            site.localAs(),
            OptionalLong.of(as.get()),
            site.routerId().get(),
            holdTime,
            families,
            capabilities));
  }

  private static SessionCapabilities capabilities(
      Section section, Optional<Long> as, Site site, List<AddressFamily> families) {
    SessionCapabilities capabilities =
        SessionCapabilities.USUAL.withExtendedNextHop(section.value(EXTENDED_NEXT_HOP, false));
    if (section.value(ADD_PATH, false)) {
      capabilities = capabilities.withAddPath(Set.copyOf(families), Set.copyOf(families));
    }
    Optional<BgpRole> role = section.value(ROLE);
    if (role.isPresent() && as.isPresent() && as.get() == site.localAs()) {
      section.reject(ROLE, role.get().toString(), "only for a neighbor of another AS (RFC 9234)");
    } else if (role.isPresent()) {
      capabilities = capabilities.withRole(role.get(), false);
    }
    Optional<Duration> restart = section.value(GRACEFUL_RESTART);
    if (restart.isPresent()) {
      // Where packets go does not depend on this process: forwarding goes on while it is away.
      List<Capability.GracefulRestart.Forwarding> preserved =
          families.stream()
              .map(family -> new Capability.GracefulRestart.Forwarding(family, true))
              .toList();
      capabilities =
          capabilities.withGracefulRestart(
              new Capability.GracefulRestart(
                  true, true, Math.toIntExact(restart.get().toSeconds()), preserved));
    }
    return capabilities;
  }

  private static PeerConfig peerConfig(
      Section section, SessionConfig session, IpAddress address, Optional<IpAddress> local) {
    int port = section.value(PORT, PeerConfig.DEFAULT_PORT);
    if (local.isPresent() && local.get().isIpv4() != address.isIpv4()) {
      section.reject(LOCAL_ADDRESS, local.get().toString(), "an address of the neighbor's family");
      return PeerConfig.of(session, new InetSocketAddress(address.toInetAddress(), port));
    }
    PeerConfig peer =
        PeerConfig.of(session, new InetSocketAddress(address.toInetAddress(), port))
            .withMode(section.value(CONNECT, ConnectMode.ACTIVE))
            .withTtl(ttl(section, session))
            .withConnectRetry(section.value(CONNECT_RETRY, PeerConfig.DEFAULT_CONNECT_RETRY));
    return local.map(peer::withLocal).orElse(peer);
  }

  private static TtlPolicy ttl(Section section, SessionConfig session) {
    boolean security = section.value(TTL_SECURITY, false);
    Optional<Integer> hops = section.value(MULTIHOP);
    if (security) {
      return TtlPolicy.gtsm(hops.orElse(ONE_HOP));
    }
    if (hops.isPresent()) {
      return TtlPolicy.multihop(hops.get());
    }
    boolean external = session.peerAs().orElseThrow() != session.localAs();
    return external ? TtlPolicy.multihop(ONE_HOP) : TtlPolicy.SYSTEM;
  }

  private static Optional<IpAddress> nextHop(Section section, Key<IpAddress> key, boolean ipv4) {
    Optional<IpAddress> address = section.value(key);
    if (address.isPresent() && address.get().isIpv4() != ipv4) {
      section.reject(key, address.get().toString(), ipv4 ? "IPv4" : "IPv6");
    }
    return address;
  }

  private static <E extends Enum<E>> Map<String, E> words(E[] values) {
    Map<String, E> words = new LinkedHashMap<>();
    for (E value : values) {
      words.put(value.name().toLowerCase(Locale.ROOT).replace('_', '-'), value);
    }
    return words;
  }

  static Optional<IpAddress> localAddress(Section section) {
    return section.has(LOCAL_ADDRESS) ? section.value(LOCAL_ADDRESS) : Optional.empty();
  }

  static void rejectRepeatedName(Section section, String name) {
    section.reject(section.has(NAME) ? NAME : ADDRESS, name, "a name of its own");
  }
}
