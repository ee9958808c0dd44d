package org.bgpannouncer.config;

import static java.time.Duration.ofHours;
import static java.time.Duration.ofMillis;
import static java.time.Duration.ofMinutes;
import static java.time.Duration.ofSeconds;

import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.bgpannouncer.probe.Check;
import org.bgpannouncer.probe.bitcoin.BitcoinNetwork;
import org.bgpannouncer.probe.bitcoin.p2p.P2pConfig;
import org.bgpannouncer.route.IpAddress;

/** {@code hosts[].p2p}. */
final class P2pReader {
  private static final P2pConfig DEFAULT =
      P2pConfig.of(InetSocketAddress.createUnresolved("node", 1), BitcoinNetwork.MAINNET);

  static final Map<String, BitcoinNetwork> NETWORKS =
      Arrays.stream(BitcoinNetwork.values())
          .collect(Collectors.toMap(BitcoinNetwork::key, Function.identity()));

  private static final Pattern SERVICE_BITS = Pattern.compile("0x[0-9a-f]{1,16}");

  private static final Key<Integer> PORT =
      Key.integer("port", 1, 65535).withDefault("the network's: 8333 on mainnet");
  private static final Key<IpAddress> ADDRESS =
      Key.address("address").withDefault("the host's `address`");
  private static final Key<BitcoinNetwork> NETWORK =
      Key.choice("network", NETWORKS).withDefault(BitcoinNetwork.MAINNET.key());
  private static final Key<Duration> PONG_LATE =
      Key.duration("pong-late", ofMillis(10), ofMinutes(10))
          .withDefault(Durations.print(DEFAULT.pongLate()));
  private static final Key<Duration> HANDSHAKE_INTERVAL =
      Key.duration("handshake-interval", ofSeconds(1), ofHours(24))
          .withDefault(Durations.print(DEFAULT.handshakeInterval()));
  private static final Key<Duration> FULL_HANDSHAKE_INTERVAL =
      Key.duration("full-handshake-interval", ofMinutes(1), ofHours(24))
          .withDefault(Durations.print(DEFAULT.fullHandshakeInterval()));
  private static final Key<IpAddress> SERVICE_ADDRESS =
      Key.address("service-address").withDefault(Key.NONE);
  private static final Key<Integer> SERVICE_PORT =
      Key.integer("service-port", 1, 65535).withDefault("`port`");
  private static final Key<Boolean> SERVICE_LOCAL = Key.flag("service-local").withDefault("false");
  private static final Key<Long> REQUIRED_SERVICES =
      serviceBits("required-services")
          .withDefault("0x" + Long.toHexString(DEFAULT.requiredServices()));
  private static final Key<Long> OPTIONAL_SERVICES =
      serviceBits("optional-services").withDefault("0x0");
  private static final Key<Pattern> USER_AGENT = Key.regex("user-agent").withDefault("anything");
  private static final Key<Duration> MAX_CLOCK_SKEW =
      Key.duration("max-clock-skew", ofSeconds(1), ofHours(24))
          .withDefault(Durations.print(DEFAULT.maxClockSkew()));

  static final KeyGroup KEYS =
      KeyGroup.of(
          "hosts[].p2p",
          PORT,
          ADDRESS,
          NETWORK,
          PONG_LATE,
          HANDSHAKE_INTERVAL,
          FULL_HANDSHAKE_INTERVAL,
          SERVICE_ADDRESS,
          SERVICE_PORT,
          SERVICE_LOCAL,
          REQUIRED_SERVICES,
          OPTIONAL_SERVICES,
          USER_AGENT,
          MAX_CLOCK_SKEW);

  private P2pReader() {}

  static BitcoinNetwork network(Section section) {
    return section.value(NETWORK, BitcoinNetwork.MAINNET);
  }

  static Optional<P2pConfig> read(
      Section section, HostReader.Common common, Optional<InetSocketAddress> rpcAddress) {
    BitcoinNetwork network = network(section);
    int port = section.value(PORT, network.p2pPort());
    InetSocketAddress address = common.at(section.value(ADDRESS), port);
    int servicePort = section.value(SERVICE_PORT, port);
    Optional<InetSocketAddress> service =
        section
            .value(SERVICE_ADDRESS)
            .map(found -> new InetSocketAddress(found.toInetAddress(), servicePort));
    for (Key<?> dependent : new Key<?>[] {SERVICE_PORT, SERVICE_LOCAL}) {
      if (section.has(dependent) && !section.has(SERVICE_ADDRESS)) {
        section.reject(dependent, "given", "service-address with it");
      }
    }
    Duration handshake = section.value(HANDSHAKE_INTERVAL, DEFAULT.handshakeInterval());
    Duration whenFull = section.value(FULL_HANDSHAKE_INTERVAL, DEFAULT.fullHandshakeInterval());
    P2pConfig config =
        new P2pConfig(
            address,
            common.source(),
            network,
            common.health().cadence(),
            section.value(PONG_LATE, DEFAULT.pongLate()),
            common.health().thresholds().stallDown(),
            handshake,
            whenFull,
            service,
            section.value(SERVICE_LOCAL, false),
            rpcAddress,
            section.value(REQUIRED_SERVICES, DEFAULT.requiredServices()),
            section.value(OPTIONAL_SERVICES, 0L),
            section.value(USER_AGENT),
            section.value(MAX_CLOCK_SKEW, DEFAULT.maxClockSkew()));
    return section.isSound() ? Optional.of(config) : Optional.empty();
  }

  static void rejectServiceAddress(Section section, InetSocketAddress dialled) {
    section.reject(
        SERVICE_ADDRESS,
        Check.nameOf(dialled),
        "`address` and `port` of a service that lists this host");
  }

  private static Key<Long> serviceBits(String name) {
    return new Key<>(name, "0x0 to 0xffffffffffffffff", Key.REQUIRED, P2pReader::serviceBitsOf);
  }

  static long serviceBitsOf(String text) {
    if (!SERVICE_BITS.matcher(text).matches()) {
      throw new IllegalArgumentException("services: " + text);
    }
    return Long.parseUnsignedLong(text.substring(2), 16);
  }
}
