package org.bgpannouncer.config;

import static java.time.Duration.ofHours;
import static java.time.Duration.ofMillis;
import static java.time.Duration.ofMinutes;
import static java.time.Duration.ofSeconds;

import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.bgpannouncer.probe.bitcoin.BitcoinNetwork;
import org.bgpannouncer.probe.bitcoin.rpc.RpcConfig;
import org.bgpannouncer.probe.bitcoin.rpc.RpcConfig.Credentials;
import org.bgpannouncer.route.IpAddress;

/** {@code hosts[].rpc}. */
final class RpcReader {
  private static final RpcConfig DEFAULT =
      RpcConfig.of(
          InetSocketAddress.createUnresolved("node", 1),
          BitcoinNetwork.MAINNET,
          new Credentials.CookieFile(Path.of("/")));

  private static final Key<Integer> PORT =
      Key.integer("port", 1, 65535).withDefault("the network's: 8332 on mainnet");
  private static final Key<IpAddress> ADDRESS =
      Key.address("address").withDefault("the host's `address`");
  private static final Key<BitcoinNetwork> NETWORK =
      Key.choice("network", P2pReader.NETWORKS).withDefault("that of `p2p`");
  private static final Key<Path> COOKIE_FILE =
      Key.file("cookie-file").withDefault("this, or `user` and `password-file`");
  private static final Key<String> USER =
      Key.text(
              "user",
              "printable ASCII without ':', at most 128",
              Pattern.compile("[!-9;-~]{1,128}"))
          .withDefault(Key.NONE);
  private static final Key<Path> PASSWORD_FILE = Key.file("password-file").withDefault(Key.NONE);
  private static final Key<Duration> LIVENESS_TIMEOUT =
      Key.duration("liveness-timeout", ofMillis(10), ofMinutes(10))
          .withDefault(Durations.print(DEFAULT.livenessTimeout()));
  private static final Key<Duration> CHAIN_INTERVAL =
      Key.duration("chain-interval", ofMillis(100), ofHours(1))
          .withDefault(Durations.print(DEFAULT.chainInterval()));
  private static final Key<Duration> CHAIN_TIMEOUT =
      Key.duration("chain-timeout", ofMillis(10), ofMinutes(10))
          .withDefault(Durations.print(DEFAULT.chainTimeout()));
  private static final Key<Duration> SLOW_INTERVAL =
      Key.duration("slow-interval", ofSeconds(1), ofHours(24))
          .withDefault(Durations.print(DEFAULT.slowInterval()));
  private static final Key<Boolean> ARCHIVAL = Key.flag("archival").withDefault("do not care");

  private static final Key<String> REQUIRED_INDEXES =
      Key.text(
              "required-indexes",
              "names as in getindexinfo, e.g. txindex",
              Pattern.compile("[a-z][a-z0-9 ]{0,62}"))
          .withDefault(Key.NONE);
  private static final Key<String> ALLOWED_WARNINGS =
      Key.text(
              "allowed-warnings",
              "texts of at most 200 characters",
              Pattern.compile("[ -~]{1,200}"))
          .withDefault(String.join(", ", RpcConfig.DEFAULT_ALLOWED_WARNINGS));

  private static final Key<Integer> MAX_CONNECTIONS =
      Key.integer("max-connections", 1, 100_000)
          .withDefault(Integer.toString(DEFAULT.maxConnections()));

  static final KeyGroup KEYS =
      KeyGroup.of(
          "hosts[].rpc",
          PORT,
          ADDRESS,
          NETWORK,
          COOKIE_FILE,
          USER,
          PASSWORD_FILE,
          LIVENESS_TIMEOUT,
          CHAIN_INTERVAL,
          CHAIN_TIMEOUT,
          SLOW_INTERVAL,
          ARCHIVAL,
          REQUIRED_INDEXES,
          ALLOWED_WARNINGS,
          MAX_CONNECTIONS);

  private RpcReader() {}

  static Optional<RpcConfig> read(
      Section section, HostReader.Common common, BitcoinNetwork p2pNetwork) {
    BitcoinNetwork network = section.value(NETWORK, p2pNetwork);
    int port = section.value(PORT, network.rpcPort());
    Optional<Credentials> credentials = credentials(section);
    InetSocketAddress address = common.at(section.value(ADDRESS), port);
    Duration livenessTimeout = section.value(LIVENESS_TIMEOUT, DEFAULT.livenessTimeout());
    Duration chainInterval = section.value(CHAIN_INTERVAL, DEFAULT.chainInterval());
    Duration chainTimeout = section.value(CHAIN_TIMEOUT, DEFAULT.chainTimeout());
    Duration slowInterval = section.value(SLOW_INTERVAL, DEFAULT.slowInterval());
    Optional<Boolean> archival = section.value(ARCHIVAL);
    List<String> requiredIndexes = section.values(REQUIRED_INDEXES);
    List<String> allowedWarnings =
        section.has(ALLOWED_WARNINGS)
            ? section.values(ALLOWED_WARNINGS)
            : RpcConfig.DEFAULT_ALLOWED_WARNINGS;
    int maxConnections = section.value(MAX_CONNECTIONS, DEFAULT.maxConnections());
    if (!section.isSound() || credentials.isEmpty()) {
      return Optional.empty();
    }
    return Optional.of(
        new RpcConfig(
            address,
            common.source(),
            network,
            credentials.get(),
            common.health().cadence(),
            livenessTimeout,
            chainInterval,
            chainTimeout,
            slowInterval,
            archival,
            requiredIndexes,
            allowedWarnings,
            maxConnections));
  }

  private static Optional<Credentials> credentials(Section section) {
    Optional<Path> cookie = section.value(COOKIE_FILE);
    Optional<String> user = section.value(USER);
    Optional<Path> password = section.value(PASSWORD_FILE);
    boolean byPassword = section.has(USER) || section.has(PASSWORD_FILE);
    if (section.has(COOKIE_FILE) && byPassword) {
      section.reject(COOKIE_FILE, "given", "not beside user and password-file");
    } else if (!section.has(COOKIE_FILE) && !byPassword) {
      section.reject(COOKIE_FILE, "missing", "cookie-file, or user and password-file");
    } else if (byPassword && !section.has(PASSWORD_FILE)) {
      section.reject(PASSWORD_FILE, "missing", "an absolute path, with user");
    } else if (byPassword && !section.has(USER)) {
      section.reject(USER, "missing", "the user whose password is in password-file");
    }
    if (cookie.isPresent()) {
      return Optional.of(new Credentials.CookieFile(cookie.get()));
    }
    return user.flatMap(
        name -> password.map(file -> new Credentials.UserAndPasswordFile(name, file)));
  }
}
