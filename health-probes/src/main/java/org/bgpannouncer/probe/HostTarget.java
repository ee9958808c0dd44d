package org.bgpannouncer.probe;

import java.util.List;
import java.util.Optional;
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
}
