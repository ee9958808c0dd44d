package org.bgpannouncer.config;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.SortedSet;
import org.bgpannouncer.probe.Cadence;
import org.bgpannouncer.probe.bitcoin.BitcoinNetwork;
import org.bgpannouncer.probe.bitcoin.p2p.P2pConfig;
import org.bgpannouncer.probe.bitcoin.rpc.RpcConfig;
import org.bgpannouncer.probe.bitcoin.zmq.ZmqConfig;

/** Probes at their defaults but for what a command line says. */
public final class ProbeDefaults {
  private ProbeDefaults() {}

  /** The peer-to-peer probe. */
  public static P2pConfig p2p(
      InetSocketAddress address,
      Optional<InetAddress> source,
      BitcoinNetwork network,
      Cadence cadence,
      Optional<InetSocketAddress> serviceAddress,
      boolean serviceAddressLocal,
      Optional<InetSocketAddress> witness,
      long requiredServices) {
    P2pConfig shipped = P2pConfig.of(address, network);
    return new P2pConfig(
        address,
        source,
        network,
        cadence,
        shipped.pongLate(),
        shipped.stallDown(),
        shipped.handshakeInterval(),
        shipped.fullHandshakeInterval(),
        serviceAddress,
        serviceAddressLocal,
        witness,
        requiredServices,
        shipped.optionalServices(),
        shipped.userAgent(),
        shipped.maxClockSkew());
  }

  /** The RPC probe; every call has the same deadline. */
  public static RpcConfig rpc(
      InetSocketAddress address,
      Optional<InetAddress> source,
      BitcoinNetwork network,
      RpcConfig.Credentials credentials,
      Cadence cadence,
      Duration timeout) {
    RpcConfig shipped = RpcConfig.of(address, network, credentials);
    return new RpcConfig(
        address,
        source,
        network,
        credentials,
        cadence,
        timeout,
        shipped.chainInterval(),
        timeout,
        shipped.slowInterval(),
        shipped.archival(),
        shipped.requiredIndexes(),
        shipped.allowedWarnings(),
        shipped.maxConnections());
  }

  /**
   * Service bits as the configuration writes them.
   *
   * @throws IllegalArgumentException if {@code text} is not {@code 0x0} to {@code
   *     0xffffffffffffffff}
   */
  public static long serviceBits(String text) {
    return P2pReader.serviceBitsOf(text);
  }

  /** The topics that bitcoind knows, sorted. */
  public static SortedSet<String> zmqTopics() {
    return ZmqReader.knownTopics();
  }

  /**
   * The ZMQ probe.
   *
   * @throws IllegalArgumentException if {@code endpoint} is not {@code tcp://ADDRESS:PORT}
   */
  public static ZmqConfig zmq(
      String endpoint, Optional<InetAddress> source, List<String> topics, Cadence cadence) {
    ZmqConfig shipped = ZmqConfig.of(ZmqReader.endpoint(endpoint), topics);
    return new ZmqConfig(
        shipped.address(),
        source,
        topics,
        cadence,
        shipped.heartbeatTopics(),
        shipped.silenceSoft(),
        shipped.silenceHard());
  }
}
