package org.bgpannouncer.cli;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.bgpannouncer.config.ProbeDefaults;
import org.bgpannouncer.probe.Cadence;
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

  HostTarget target(CommandLine command, String name, InetAddress address) {
    if (!(timeoutSeconds >= 0.001 && timeoutSeconds <= 600)) {
      throw wrong(command, "--timeout: " + timeoutSeconds + " (expected: 0.001 to 600)");
    }
    BitcoinNetwork net =
        BitcoinNetwork.ofKey(network)
            .orElseThrow(
                () ->
                    wrong(
                        command,
                        "--network: "
                            + network
                            + " (expected: mainnet, testnet3, testnet4, signet or regtest)"));
    Cadence once =
        new Cadence(Cadence.DEFAULT.interval(), Cadence.DEFAULT.fastInterval(), timeout(), 0);
    Optional<RpcConfig> rpc =
        credentials(command)
            .map(
                found ->
                    ProbeDefaults.rpc(
                        at(address, rpcPort, net.rpcPort()),
                        Optional.ofNullable(source),
                        net,
                        found,
                        once,
                        timeout()));
    Optional<P2pConfig> p2p =
        noP2p
            ? Optional.empty()
            : Optional.of(
                ProbeDefaults.p2p(
                    at(address, p2pPort, net.p2pPort()),
                    Optional.ofNullable(source),
                    net,
                    once,
                    rpc.map(RpcConfig::address),
                    services(command)));
    return new HostTarget(name, p2p, rpc, zmqConfigs(command, once), List.of(), List.of());
  }

  private List<ZmqConfig> zmqConfigs(CommandLine command, Cadence once) {
    List<String> topics = zmqTopics.isEmpty() ? List.of("hashblock") : zmqTopics;
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
    if (rpcCookie != null) {
      return Optional.of(new Credentials.CookieFile(rpcCookie));
    }
    if ((rpcUser == null) != (rpcPasswordFile == null)) {
      throw wrong(command, "--rpc-user: alone (expected: together with --rpc-password-file)");
    }
    return rpcUser == null || rpcPasswordFile == null
        ? Optional.empty()
        : Optional.of(new Credentials.UserAndPasswordFile(rpcUser, rpcPasswordFile));
  }

  private long services(CommandLine command) {
    try {
      return Long.decode(requiredServices);
    } catch (NumberFormatException e) {
      throw wrong(command, "--required-services: " + requiredServices + " (expected: e.g. 0x409)");
    }
  }

  private static InetSocketAddress at(InetAddress address, @Nullable Integer port, int fallback) {
    return new InetSocketAddress(address, port == null ? fallback : port);
  }

  private static ParameterException wrong(CommandLine command, String problem) {
    return new ParameterException(command, problem);
  }
}
