package org.bgpannouncer.cli;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.bgpannouncer.config.ProbeDefaults;
import org.bgpannouncer.probe.Cadence;
import org.bgpannouncer.probe.Check;
import org.bgpannouncer.probe.HostTarget;
import org.bgpannouncer.probe.bitcoin.BitcoinNetwork;
import org.bgpannouncer.probe.bitcoin.p2p.P2pConfig;
import org.bgpannouncer.probe.bitcoin.rpc.RpcConfig;
import org.bgpannouncer.probe.bitcoin.rpc.RpcConfig.Credentials;
import org.bgpannouncer.probe.bitcoin.zmq.ZmqConfig;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/** What {@code probe bitcoind} can be told. */
final class ProbeBitcoindOptions {
  @Option(
      names = "--network",
      paramLabel = "NET",
      description = "mainnet (default), testnet3, testnet4, signet or regtest.")
  private String network = BitcoinNetwork.MAINNET.key();

  @Option(
      names = "--p2p-port",
      paramLabel = "PORT",
      description = "Default: the network's, 8333 on mainnet.")
  private @Nullable Integer p2pPort;

  @Option(names = "--no-p2p", description = "Leave the peer-to-peer port alone.")
  private boolean noP2p;

  @Option(
      names = "--service-address",
      paramLabel = "ADDR",
      description =
          "Where the fresh handshake dials instead: the service address, where it leads to HOST.")
  private @Nullable InetAddress serviceAddress;

  @Option(
      names = "--service-local",
      description = "HOST is this machine: a kernel without the service address is HARD.")
  private boolean serviceLocal;

  @Option(
      names = "--required-services",
      paramLabel = "HEX",
      description = "Service bits the node must offer; default 0x409.")
  private String requiredServices = "0x" + Long.toHexString(P2pConfig.ARCHIVAL_SERVICES);

  @Option(
      names = "--rpc-port",
      paramLabel = "PORT",
      description = "Default: the network's, 8332 on mainnet.")
  private @Nullable Integer rpcPort;

  @Option(
      names = "--rpc-cookie",
      paramLabel = "FILE",
      description = "The node's cookie file; RPC is probed with this, or with user and password.")
  private @Nullable Path rpcCookie;

  @Option(names = "--rpc-user", paramLabel = "USER", description = "The RPC user.")
  private @Nullable String rpcUser;

  @Option(
      names = "--rpc-password-file",
      paramLabel = "FILE",
      description = "A file whose first line is the RPC password.")
  private @Nullable Path rpcPasswordFile;

  @Option(
      names = "--zmq",
      paramLabel = "ENDPOINT",
      description = "tcp://ADDRESS:PORT of a notifier; may be repeated.")
  private List<String> zmq = new ArrayList<>();

  @Option(
      names = "--zmq-topic",
      paramLabel = "TOPIC",
      description = "What to subscribe to; may be repeated; default hashblock.")
  private List<String> zmqTopics = new ArrayList<>();

  @Option(
      names = "--source",
      paramLabel = "ADDRESS",
      description = "Our own source address; default the kernel's choice.")
  private @Nullable InetAddress source;

  @Option(
      names = "--timeout",
      paramLabel = "SECONDS",
      description = "Deadline of each stage; default 3.")
  private double timeoutSeconds = 3;

  /** How long the whole run may take: a few stages, one after the other. */
  Duration bound() {
    return timeout().multipliedBy(4).plusSeconds(2);
  }

  private Duration timeout() {
    return Duration.ofMillis(Math.round(timeoutSeconds * 1000));
  }

  /**
   * What to probe.
   *
   * @throws ParameterException if the options make no sense
   */
  HostTarget target(CommandLine command, String name, InetAddress address) {
    require(
        command,
        timeoutSeconds >= 0.001 && timeoutSeconds <= 600,
        "--timeout: " + timeoutSeconds + " (expected: 0.001 to 600)");
    BitcoinNetwork net = network(command);
    Cadence once =
        new Cadence(Cadence.DEFAULT.interval(), Cadence.DEFAULT.fastInterval(), timeout(), 0);
    Optional<Credentials> credentials = credentials(command);
    require(
        command,
        !noP2p || credentials.isPresent() || !zmq.isEmpty(),
        "--no-p2p: alone (expected: with --rpc-cookie, --rpc-user or --zmq)");
    require(
        command,
        !serviceLocal || serviceAddress != null,
        "--service-local: alone (expected: with --service-address)");
    require(
        command,
        serviceAddress == null || !noP2p,
        "--service-address: given (expected: not beside --no-p2p)");
    require(
        command,
        rpcPort == null || credentials.isPresent(),
        "--rpc-port: alone (expected: with --rpc-cookie or --rpc-user)");
    InetSocketAddress rpcAddress = at(command, "--rpc-port", address, rpcPort, net.rpcPort());
    InetSocketAddress p2pAddress = at(command, "--p2p-port", address, p2pPort, net.p2pPort());
    Optional<InetSocketAddress> service =
        Optional.ofNullable(serviceAddress)
            .map(found -> new InetSocketAddress(found, p2pAddress.getPort()));
    long services = services(command);
    Optional<InetAddress> from = Optional.ofNullable(source);
    Optional<RpcConfig> rpc =
        credentials.map(found -> ProbeDefaults.rpc(rpcAddress, from, net, found, once, timeout()));
    Optional<P2pConfig> p2p =
        noP2p
            ? Optional.empty()
            : Optional.of(
                ProbeDefaults.p2p(
                    p2pAddress,
                    from,
                    net,
                    once,
                    service,
                    serviceLocal,
                    rpc.map(RpcConfig::address),
                    services));
    HostTarget target =
        new HostTarget(name, p2p, rpc, zmqConfigs(command, once), List.of(), List.of());
    for (Check check : target.repeatedChecks()) {
      throw wrong(command, "--zmq: tcp://" + check.name() + " (expected: each endpoint once)");
    }
    return target;
  }

  private BitcoinNetwork network(CommandLine command) {
    return BitcoinNetwork.ofKey(network)
        .orElseThrow(
            () ->
                wrong(
                    command,
                    "--network: "
                        + network
                        + " (expected: mainnet, testnet3, testnet4, signet or regtest)"));
  }

  private List<ZmqConfig> zmqConfigs(CommandLine command, Cadence once) {
    require(
        command,
        !zmq.isEmpty() || zmqTopics.isEmpty(),
        "--zmq-topic: alone (expected: with --zmq)");
    List<String> topics = zmqTopics.isEmpty() ? List.of("hashblock") : zmqTopics;
    Set<String> known = ProbeDefaults.zmqTopics();
    require(
        command,
        known.containsAll(topics) && Set.copyOf(topics).size() == topics.size(),
        "--zmq-topic: "
            + String.join(", ", topics)
            + " (expected: each once, of "
            + String.join(", ", known)
            + ")");
    List<ZmqConfig> configs = new ArrayList<>();
    for (String endpoint : zmq) {
      try {
        configs.add(ProbeDefaults.zmq(endpoint, Optional.ofNullable(source), topics, once));
      } catch (IllegalArgumentException e) {
        throw wrong(command, "--zmq: " + endpoint + " (expected: tcp://ADDRESS:PORT)");
      }
    }
    return configs;
  }

  private Optional<Credentials> credentials(CommandLine command) {
    boolean byPassword = rpcUser != null || rpcPasswordFile != null;
    require(
        command,
        rpcCookie == null || !byPassword,
        "--rpc-cookie: given (expected: not beside --rpc-user and --rpc-password-file)");
    require(
        command,
        (rpcUser == null) == (rpcPasswordFile == null),
        "--rpc-user: alone (expected: together with --rpc-password-file)");
    if (rpcCookie != null) {
      return Optional.of(new Credentials.CookieFile(rpcCookie));
    }
    return rpcUser == null || rpcPasswordFile == null
        ? Optional.empty()
        : Optional.of(new Credentials.UserAndPasswordFile(rpcUser, rpcPasswordFile));
  }

  private long services(CommandLine command) {
    try {
      return ProbeDefaults.serviceBits(requiredServices);
    } catch (IllegalArgumentException e) {
      throw wrong(
          command,
          "--required-services: " + requiredServices + " (expected: 0x0 to 0xffffffffffffffff)");
    }
  }

  private static InetSocketAddress at(
      CommandLine command,
      String option,
      InetAddress address,
      @Nullable Integer port,
      int fallback) {
    int chosen = port == null ? fallback : port;
    require(
        command,
        chosen >= 1 && chosen <= 65535,
        option + ": " + chosen + " (expected: 1 to 65535)");
    return new InetSocketAddress(address, chosen);
  }

  private static void require(CommandLine command, boolean holds, String otherwise) {
    if (!holds) {
      throw wrong(command, otherwise);
    }
  }

  private static ParameterException wrong(CommandLine command, String problem) {
    return new ParameterException(command, problem);
  }
}
