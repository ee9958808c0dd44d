package org.bgpannouncer.render;

import io.netty.util.NetUtil;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.bgpannouncer.announcement.ServiceConfig;
import org.bgpannouncer.config.DaemonConfig;
import org.bgpannouncer.engine.HostConfig;
import org.bgpannouncer.probe.Aspect;
import org.bgpannouncer.probe.bitcoin.BitcoinNetwork;
import org.bgpannouncer.probe.bitcoin.p2p.P2pConfig;
import org.bgpannouncer.probe.bitcoin.rpc.RpcConfig;
import org.bgpannouncer.route.IpAddress;

/**
 * What the templates of a host may name; bird-templates/README.md has the table. Each variable is
 * there whatever the site file says: a flag is false, a list empty, a text "".
 */
final class HostVariables {
  private HostVariables() {}

  /**
   * Those of a machine.
   *
   * @param hosts those on it: one, or one of each family
   */
  static Map<String, Object> of(DaemonConfig site, String machine, List<HostConfig> hosts) {
    List<ServiceConfig> services =
        hosts.stream().flatMap(host -> services(site, host)).distinct().toList();
    Map<String, Object> variables = new TreeMap<>(PinVariables.of(site.deployment(), hosts));
    variables.put("site", site.site().site());
    variables.put("host", machine);
    variables.put(
        "announcers",
        site.deployment().announcers().stream()
            .flatMap(announcer -> announcer.addresses().stream())
            .map(address -> Map.of("address", address.toString()))
            .toList());
    variables.put("services", services.stream().map(HostVariables::service).toList());
    variables.put("families", families(services));
    bitcoin(site, hosts, variables);
    return variables;
  }

  private static Stream<ServiceConfig> services(DaemonConfig site, HostConfig host) {
    return site.site().services().stream()
        .filter(service -> service.hosts().contains(host.name()))
        .filter(service -> service.address().isPresent());
  }

  private static Map<String, Object> service(ServiceConfig service) {
    IpAddress address = service.address().orElseThrow();
    return Map.of(
        "address",
        address.toString(),
        "length",
        address.bits(),
        "isDeprecated",
        !address.isIpv4(),
        "lifetime",
        address.isIpv4() ? "" : " nodad preferred_lft 0");
  }

  /** Of the services that clients dial at a port, one entry a family. */
  private static List<Map<String, Object>> families(List<ServiceConfig> services) {
    List<Map<String, Object>> families = new ArrayList<>();
    for (boolean ipv4 : List.of(true, false)) {
      List<ServiceConfig> own =
          services.stream()
              .filter(service -> service.port().isPresent())
              .filter(service -> service.address().orElseThrow().isIpv4() == ipv4)
              .toList();
      if (!own.isEmpty()) {
        families.add(
            Map.of(
                "ip",
                ipv4 ? "ip" : "ip6",
                "set",
                ipv4 ? "service4" : "service6",
                "type",
                ipv4 ? "ipv4_addr . inet_service" : "ipv6_addr . inet_service",
                "elements",
                own.stream()
                    .map(
                        service ->
                            service.address().orElseThrow() + " . " + service.port().orElseThrow())
                    .distinct()
                    .collect(Collectors.joining(", "))));
      }
    }
    return families;
  }

  private static void bitcoin(
      DaemonConfig site, List<HostConfig> hosts, Map<String, Object> variables) {
    List<P2pConfig> p2p = hosts.stream().flatMap(host -> host.target().p2p().stream()).toList();
    List<RpcConfig> rpc = hosts.stream().flatMap(host -> host.target().rpc().stream()).toList();
    BitcoinNetwork network =
        hosts.stream()
            .flatMap(host -> host.target().network().stream())
            .findFirst()
            .orElse(BitcoinNetwork.MAINNET);
    variables.put("chain", network.chain());
    variables.put("testNetwork", network != BitcoinNetwork.MAINNET);
    variables.put("p2p", !p2p.isEmpty());
    List<InetSocketAddress> dialled =
        hosts.stream().flatMap(host -> dialledByClients(site, host)).toList();
    variables.put("clientBinds", binds(dialled.stream()));
    variables.put(
        "p2pBinds", binds(Stream.concat(dialled.stream(), p2p.stream().map(P2pConfig::address))));
    variables.put("rpc", !rpc.isEmpty());
    variables.put("rpcBinds", binds(hosts.stream().flatMap(host -> askedByRpc(site, host))));
    Set<IpAddress> askedAt =
        rpc.stream()
            .map(config -> IpAddress.of(config.address().getAddress()))
            .collect(Collectors.toSet());
    // libevent binds no 127.0.0.1 where that is the machine's only IPv4, and bitcoind ends.
    boolean ipv6 = !askedAt.isEmpty() && askedAt.stream().noneMatch(IpAddress::isIpv4);
    IpAddress loopback = IpAddress.parse(ipv6 ? "::1" : "127.0.0.1");
    variables.put("loopback", loopback.toString());
    // Bound twice, it is in use, and Knots ends; on another address of lo, 127.0.0.1 may be
    // somebody
    // else's.
    variables.put(
        "bindsLoopback",
        askedAt.stream()
            .filter(address -> address.isIpv4() == loopback.isIpv4())
            .noneMatch(address -> address.toInetAddress().isLoopbackAddress()));
    variables.put(
        "rpcClients",
        Stream.of(
                Stream.of(loopback),
                hosts.stream()
                    .flatMap(host -> askedByRpc(site, host))
                    .map(at -> IpAddress.of(at.getAddress())),
                site.deployment().announcers().stream()
                    .flatMap(announcer -> announcer.addresses().stream()))
            .flatMap(addresses -> addresses)
            .distinct()
            .map(address -> Map.of("address", address.toString()))
            .toList());
    variables.put(
        "maxConnections",
        rpc.stream()
            .mapToInt(RpcConfig::maxConnections)
            .max()
            .orElse(RpcConfig.DEFAULT_MAX_CONNECTIONS));
    List<Map<String, Object>> zmq =
        hosts.stream().flatMap(host -> notifiers(site, host)).distinct().toList();
    variables.put("hasZmq", !zmq.isEmpty());
    variables.put("zmq", zmq);
  }

  private static Stream<InetSocketAddress> dialledByClients(DaemonConfig site, HostConfig host) {
    return host.target().p2p().stream()
        .flatMap(
            own ->
                services(site, host)
                    .filter(service -> service.by().contains(Aspect.P2P))
                    .map(service -> dialled(service, own.address().getPort())));
  }

  private static Stream<InetSocketAddress> askedByRpc(DaemonConfig site, HostConfig host) {
    return host.target().rpc().map(RpcConfig::address).stream()
        .flatMap(
            own ->
                Stream.concat(
                    Stream.of(own),
                    internal(site, host, Aspect.RPC)
                        .map(service -> dialled(service, own.getPort()))));
  }

  /** The topics of each endpoint, on the host's own address and on those of the services. */
  private static Stream<Map<String, Object>> notifiers(DaemonConfig site, HostConfig host) {
    return host.target().zmq().stream()
        .flatMap(
            endpoint ->
                Stream.concat(
                        Stream.of(endpoint.address()),
                        internal(site, host, Aspect.ZMQ)
                            .map(
                                service ->
                                    at(
                                        service.address().orElseThrow(),
                                        endpoint.address().getPort())))
                    .flatMap(
                        address ->
                            endpoint.topics().stream()
                                .map(
                                    topic ->
                                        Map.<String, Object>of(
                                            "topic", topic, "endpoint", text(address)))));
  }

  /** The services of the host that are not for peers. */
  private static Stream<ServiceConfig> internal(DaemonConfig site, HostConfig host, Aspect aspect) {
    return services(site, host)
        .filter(service -> service.by().contains(aspect) && !service.by().contains(Aspect.P2P));
  }

  private static InetSocketAddress dialled(ServiceConfig service, int defaultPort) {
    return at(service.address().orElseThrow(), service.port().orElse(defaultPort));
  }

  private static InetSocketAddress at(IpAddress address, int port) {
    return new InetSocketAddress(address.toInetAddress(), port);
  }

  private static List<Map<String, String>> binds(Stream<InetSocketAddress> addresses) {
    return addresses
        .distinct()
        .map(
            address ->
                Map.of(
                    "bind",
                    text(address),
                    "address",
                    IpAddress.of(address.getAddress()).toString()))
        .toList();
  }

  private static String text(InetSocketAddress address) {
    return NetUtil.toSocketAddressString(address);
  }
}
