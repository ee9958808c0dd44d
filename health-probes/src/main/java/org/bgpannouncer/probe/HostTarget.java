package org.bgpannouncer.probe;

import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.bgpannouncer.probe.bitcoin.BitcoinNetwork;
import org.bgpannouncer.probe.bitcoin.p2p.P2pConfig;
import org.bgpannouncer.probe.bitcoin.rpc.RpcConfig;
import org.bgpannouncer.probe.bitcoin.zmq.ZmqConfig;
import org.bgpannouncer.probe.http.HttpConfig;
import org.bgpannouncer.probe.tcp.TcpConfig;

/**
 * One host and everything that is probed of it.
 *
 * @param name unique within the site
 * @param p2p the peer-to-peer probe, if any
 * @param rpc the RPC probe, if any
 * @param zmq one entry per endpoint
 * @param tcp one entry per port
 * @param http one entry per URI
 */
public record HostTarget(
    String name,
    Optional<P2pConfig> p2p,
    Optional<RpcConfig> rpc,
    List<ZmqConfig> zmq,
    List<TcpConfig> tcp,
    List<HttpConfig> http) {

  /** Copies the lists. */
  public HostTarget {
    zmq = List.copyOf(zmq);
    tcp = List.copyOf(tcp);
    http = List.copyOf(http);
  }

  /** The network of its Bitcoin node; empty where it is not probed as one. */
  public Optional<BitcoinNetwork> network() {
    return p2p.map(P2pConfig::network).or(() -> rpc.map(RpcConfig::network));
  }

  /** The same with another RPC probe. */
  public HostTarget with(RpcConfig newRpc) {
    return new HostTarget(name, p2p, Optional.of(newRpc), zmq, tcp, http);
  }

  /**
   * Whether what a check told of {@code before} still speaks of this target: its probes go on
   * making it, at the same address, of the same network and by the same rules.
   */
  public boolean continues(HostTarget before, Check check) {
    return switch (check.aspect()) {
      case P2P ->
          p2p.isPresent()
              && p2p.map(P2pConfig::address).equals(before.p2p.map(P2pConfig::address))
              && p2p.map(P2pConfig::network).equals(before.p2p.map(P2pConfig::network));
      case RPC ->
          rpc.isPresent()
              && rpc.map(RpcConfig::address).equals(before.rpc.map(RpcConfig::address))
              && rpc.map(RpcConfig::network).equals(before.rpc.map(RpcConfig::network))
              && (!check.equals(Check.RPC_PINNING)
                  || rpc.flatMap(RpcConfig::pinning)
                      .equals(before.rpc.flatMap(RpcConfig::pinning)));
      // Their names hold the address.
      case ZMQ -> zmq.stream().anyMatch(endpoint -> endpoint.check().equals(check));
      case TCP -> tcp.stream().anyMatch(port -> port.check().equals(check));
      case HTTP -> http.stream().anyMatch(uri -> uri.check().equals(check));
    };
  }

  /**
   * The checks that two entries share, in order; empty if this can be probed. One series of two
   * probes would be neither's: the successes of one hide the failures of the other.
   */
  public List<Check> repeatedChecks() {
    Set<Check> seen = new HashSet<>();
    return Stream.of(
            zmq.stream().map(ZmqConfig::check),
            tcp.stream().map(TcpConfig::check),
            http.stream().map(HttpConfig::check))
        .flatMap(checks -> checks)
        .filter(check -> !seen.add(check))
        .distinct()
        .toList();
  }
}
