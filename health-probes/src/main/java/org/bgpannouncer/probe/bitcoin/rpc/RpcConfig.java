package org.bgpannouncer.probe.bitcoin.rpc;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.bgpannouncer.probe.Cadence;
import org.bgpannouncer.probe.bitcoin.BitcoinNetwork;

/**
 * The JSON-RPC probe of one node.
 *
 * @param address where bitcoind's HTTP server listens
 * @param source our source address, or empty for the kernel's choice
 * @param network whose chain word is expected in {@code getblockchaininfo}
 * @param credentials where user and password come from
 * @param cadence the interval is that of {@code uptime}
 * @param livenessTimeout deadline of {@code uptime}; default 2 s
 * @param chainInterval start to start between chain calls; default 15 s
 * @param chainTimeout deadline of a chain call; default 10 s
 * @param slowInterval start to start between the calls for display and cross-checks; default 60 s
 * @param archival whether the node is declared to hold all blocks; empty: do not care
 * @param requiredIndexes names in {@code getindexinfo} that must be synced, e.g. {@code txindex};
 *     default none
 * @param allowedWarnings a warning of the node that contains one of these texts is not SOFT;
 *     default {@link #DEFAULT_ALLOWED_WARNINGS}
 * @param maxConnections the node's {@code -maxconnections}, of which all but {@link
 *     #OUTBOUND_SLOTS} are for inbound peers; default 125; RPC does not tell it
 * @param pinning which addresses the node's connections should have; default not judged
 */
public record RpcConfig(
    InetSocketAddress address,
    Optional<InetAddress> source,
    BitcoinNetwork network,
    Credentials credentials,
    Cadence cadence,
    Duration livenessTimeout,
    Duration chainInterval,
    Duration chainTimeout,
    Duration slowInterval,
    Optional<Boolean> archival,
    List<String> requiredIndexes,
    List<String> allowedWarnings,
    int maxConnections,
    Optional<PinningRules> pinning) {

  /** 8 outbound, 2 block-relay-only and 1 feeler (Bitcoin Core, net.h). */
  public static final int OUTBOUND_SLOTS = 11;

  /** Bitcoin Core's own default (net.h, DEFAULT_MAX_PEER_CONNECTIONS). */
  public static final int DEFAULT_MAX_CONNECTIONS = 125;

  /** What every pre-release build says of itself (Bitcoin Core, node/warnings.cpp). */
  public static final List<String> DEFAULT_ALLOWED_WARNINGS =
      List.of("This is a pre-release test build");

  /** The methods that it calls: what an {@code -rpcwhitelist} of its user has to have. */
  public List<String> methods() {
    List<String> methods = new ArrayList<>(List.of(Liveness.UPTIME, Liveness.COMMANDS));
    methods.add(ChainCalls.CHAIN_METHOD);
    methods.addAll(ChainCalls.SLOW_METHODS);
    if (pinning.isPresent()) {
      methods.add(ChainCalls.PEERS);
    }
    return methods;
  }

  /** Copies the lists. */
  public RpcConfig {
    requiredIndexes = List.copyOf(requiredIndexes);
    allowedWarnings = List.copyOf(allowedWarnings);
  }

  /** One whose addresses are not judged. */
  public RpcConfig(
      InetSocketAddress address,
      Optional<InetAddress> source,
      BitcoinNetwork network,
      Credentials credentials,
      Cadence cadence,
      Duration livenessTimeout,
      Duration chainInterval,
      Duration chainTimeout,
      Duration slowInterval,
      Optional<Boolean> archival,
      List<String> requiredIndexes,
      List<String> allowedWarnings,
      int maxConnections) {
    this(
        address,
        source,
        network,
        credentials,
        cadence,
        livenessTimeout,
        chainInterval,
        chainTimeout,
        slowInterval,
        archival,
        requiredIndexes,
        allowedWarnings,
        maxConnections,
        Optional.empty());
  }

  /** The same, whose connections should have these addresses. */
  public RpcConfig with(PinningRules rules) {
    return new RpcConfig(
        address,
        source,
        network,
        credentials,
        cadence,
        livenessTimeout,
        chainInterval,
        chainTimeout,
        slowInterval,
        archival,
        requiredIndexes,
        allowedWarnings,
        maxConnections,
        Optional.of(rules));
  }

  /** How many inbound peers the node takes. */
  public int inboundSlots() {
    return Math.max(0, maxConnections - OUTBOUND_SLOTS);
  }

  /** Where user and password come from; read when needed, never printed. */
  public sealed interface Credentials {
    /**
     * bitcoind's cookie, {@code __cookie__:HEX}; read again after a 401.
     *
     * @param file usually {@code DATADIR/.cookie}
     */
    record CookieFile(Path file) implements Credentials {}

    /**
     * A fixed user with the password in a file.
     *
     * @param user the RPC user
     * @param passwordFile first line is the password
     */
    record UserAndPasswordFile(String user, Path passwordFile) implements Credentials {}
  }

  /** Everything at its default. */
  public static RpcConfig of(
      InetSocketAddress address, BitcoinNetwork network, Credentials credentials) {
    return new RpcConfig(
        address,
        Optional.empty(),
        network,
        credentials,
        Cadence.DEFAULT,
        Duration.ofSeconds(2),
        Duration.ofSeconds(15),
        Duration.ofSeconds(10),
        Duration.ofSeconds(60),
        Optional.empty(),
        List.of(),
        DEFAULT_ALLOWED_WARNINGS,
        DEFAULT_MAX_CONNECTIONS);
  }
}
