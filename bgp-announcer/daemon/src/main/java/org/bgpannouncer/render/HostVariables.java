package org.bgpannouncer.render;

import io.netty.util.NetUtil;
import java.net.Inet6Address;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.bgpannouncer.announcement.ServiceConfig;
import org.bgpannouncer.config.DaemonConfig;
import org.bgpannouncer.config.Deployment;
import org.bgpannouncer.config.Deployment.Method;
import org.bgpannouncer.config.Deployment.Pinning;
import org.bgpannouncer.config.EdgeRouter;
import org.bgpannouncer.config.EdgeRouter.Lan;
import org.bgpannouncer.config.EdgeRouter.PrivateLink;
import org.bgpannouncer.engine.HostConfig;
import org.bgpannouncer.probe.Aspect;
import org.bgpannouncer.probe.HostTarget;
import org.bgpannouncer.probe.bitcoin.BitcoinNetwork;
import org.bgpannouncer.probe.bitcoin.p2p.P2pConfig;
import org.bgpannouncer.probe.bitcoin.rpc.RpcConfig;
import org.bgpannouncer.probe.bitcoin.zmq.ZmqConfig;
import org.bgpannouncer.route.IpAddress;
import org.bgpannouncer.route.Prefix;

/**
 * What the templates of a host may name; bird-templates/README.md has the table. Each variable is
 * there whatever the site file says: a flag is false, a list empty, a text "".
 */
final class HostVariables {
  private HostVariables() {}

  static Map<String, Object> of(DaemonConfig site, HostConfig host) {
    List<ServiceConfig> services =
        site.site().services().stream()
            .filter(service -> service.hosts().contains(host.name()))
            .filter(service -> service.address().isPresent())
            .toList();
    Map<String, Object> variables = new TreeMap<>();
    variables.put("site", site.site().site());
    variables.put("host", host.name());
    variables.put(
        "announcers",
        site.deployment().announcers().stream()
            .map(machine -> Map.of("address", machine.address().toString()))
            .toList());
    variables.put("services", services.stream().map(HostVariables::service).toList());
    variables.put("families", families(services));
    bitcoin(host.target(), services, variables);
    pinning(site.deployment(), host, variables);
    return variables;
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
      HostTarget target, List<ServiceConfig> services, Map<String, Object> variables) {
    Optional<P2pConfig> p2p = target.p2p();
    Optional<RpcConfig> rpc = target.rpc();
    BitcoinNetwork network =
        p2p.map(P2pConfig::network)
            .or(() -> rpc.map(RpcConfig::network))
            .orElse(BitcoinNetwork.MAINNET);
    variables.put("chain", network.chain());
    variables.put("testNetwork", network != BitcoinNetwork.MAINNET);
    variables.put("p2p", p2p.isPresent());
    List<InetSocketAddress> dialled =
        by(Aspect.P2P, services).stream()
            .flatMap(
                service -> p2p.map(config -> dialled(service, config.address().getPort())).stream())
            .toList();
    variables.put("clientBinds", binds(dialled.stream()));
    variables.put(
        "p2pBinds", binds(Stream.concat(dialled.stream(), p2p.map(P2pConfig::address).stream())));
    List<ServiceConfig> internal =
        services.stream().filter(service -> !service.by().contains(Aspect.P2P)).toList();
    variables.put("rpc", rpc.isPresent());
    variables.put(
        "rpcBinds",
        binds(
            rpc.map(RpcConfig::address).stream()
                .flatMap(
                    own ->
                        Stream.concat(
                            Stream.of(own),
                            by(Aspect.RPC, internal).stream()
                                .map(service -> dialled(service, own.getPort()))))));
    variables.put(
        "rpcIsRemote",
        rpc.filter(config -> !config.address().getAddress().isLoopbackAddress()).isPresent());
    // libevent binds no 127.0.0.1 where that is the machine's only IPv4, and bitcoind ends.
    boolean ipv6 =
        rpc.filter(config -> config.address().getAddress() instanceof Inet6Address).isPresent();
    variables.put("loopback", ipv6 ? "::1" : "127.0.0.1");
    variables.put(
        "maxConnections",
        rpc.map(RpcConfig::maxConnections).orElse(RpcConfig.DEFAULT_MAX_CONNECTIONS));
    variables.put("hasZmq", !target.zmq().isEmpty());
    variables.put(
        "zmq",
        target.zmq().stream()
            .flatMap(endpoint -> notifiers(endpoint, by(Aspect.ZMQ, internal)))
            .toList());
  }

  /** The topics of an endpoint, on the host's own address and on those of the services. */
  private static Stream<Map<String, Object>> notifiers(
      ZmqConfig endpoint, List<ServiceConfig> services) {
    int port = endpoint.address().getPort();
    Stream<InetSocketAddress> addresses =
        Stream.concat(
            Stream.of(endpoint.address()),
            services.stream().map(service -> at(service.address().orElseThrow(), port)));
    return addresses.flatMap(
        address ->
            endpoint.topics().stream()
                .map(topic -> Map.of("topic", topic, "endpoint", text(address))));
  }

  private static List<ServiceConfig> by(Aspect aspect, List<ServiceConfig> services) {
    return services.stream().filter(service -> service.by().contains(aspect)).toList();
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

  private static void pinning(
      Deployment deployment, HostConfig host, Map<String, Object> variables) {
    Optional<Pinning> pinning = deployment.pinning();
    Optional<Method> method = deployment.pinning(host).map(Pinning::method);
    boolean translated = method.filter(Method::isTranslating).isPresent();
    boolean ipv4 = host.outbound().map(IpAddress::isIpv4).orElse(true);
    variables.put("translated", translated);
    variables.put("hasOutboundAddress", method.isPresent() && !translated);
    boolean apart = method.equals(Optional.of(Method.NETNS));
    variables.put("bySourceRoute", method.equals(Optional.of(Method.SOURCE_ROUTE)) || apart);
    variables.put("byUid", method.equals(Optional.of(Method.UID)));
    variables.put("outbound", host.outbound().map(IpAddress::toString).orElse(""));
    variables.put("outboundLength", host.outbound().map(IpAddress::bits).orElse(0));
    variables.put("outboundNodad", host.outbound().map(HostVariables::nodad).orElse(""));
    variables.put("default", ipv4 ? "default" : "::/0");
    // An advertised default route (RFC 4861) has 1024, or what NetworkManager gives it: 100.
    variables.put("metric", ipv4 ? "" : "50");
    List<String> inside = deployment.router().map(router -> inside(router, ipv4)).orElse(List.of());
    variables.put("hasInside", !inside.isEmpty());
    variables.put("insideNetworks", String.join(", ", inside));
    variables.put(
        "privateLinks",
        deployment.router().stream()
            .flatMap(router -> router.privateLinks().stream())
            .filter(link -> link.network().isIpv4() == ipv4 && host.address().isIpv4() == ipv4)
            .map(link -> Map.of("network", link.network().toString()))
            .toList());
    variables.put("ipOption", ipv4 ? "-4" : "-6");
    variables.put("ip", ipv4 ? "ip" : "ip6");
    variables.put("family", ipv4 ? "ipv4" : "ipv6");
    variables.put("interface", pinning.map(Pinning::networkInterface).orElse(""));
    variables.put(
        "gateway",
        pinning.flatMap(found -> found.gateway(ipv4)).map(IpAddress::toString).orElse(""));
    variables.put("uid", pinning.flatMap(Pinning::uid).map(String::valueOf).orElse(""));
    Optional<String> cgroup = pinning.flatMap(Pinning::cgroup);
    variables.put("byCgroup", method.equals(Optional.of(Method.CGROUP)));
    variables.put("cgroup", cgroup.orElse(""));
    variables.put("cgroupLevel", cgroup.map(path -> path.split("/", -1).length).orElse(0));
    variables.put("byNetns", apart);
    String namespace = pinning.flatMap(Pinning::namespace).filter(name -> apart).orElse("");
    variables.put("namespace", namespace);
    variables.put("ipInside", apart ? "-n " + namespace + " " : "");
    variables.put("inside", apart ? "ip netns exec " + namespace + " " : "");
    variables.put("address", host.address().toString());
    variables.put("addressNodad", nodad(host.address()));
    variables.put("lanLength", apart ? lan(deployment, host).length() : 0);
    variables.put("table", pinning.map(Pinning::table).orElse(0));
    variables.put("preference", Pinning.RULE_PREFERENCE);
    variables.put("exceptPreference", Pinning.EXCEPTION_PREFERENCE);
    variables.put("mss", pinning.map(Pinning::mss).orElse(0));
  }

  /** What is reached by private addresses: the LAN, and the other sites over private links. */
  private static List<String> inside(EdgeRouter router, boolean ipv4) {
    Stream<Prefix> lan = router.lan(ipv4).map(Lan::network).stream();
    Stream<Prefix> links = router.privateLinks().stream().map(PrivateLink::network);
    return Stream.concat(lan, links.filter(network -> network.isIpv4() == ipv4))
        .map(Prefix::toString)
        .toList();
  }

  /** The namespace has nothing yet that would tell it. */
  private static Prefix lan(Deployment deployment, HostConfig host) {
    return deployment
        .router()
        .flatMap(router -> router.lan(host.address().isIpv4()))
        .map(Lan::network)
        .filter(network -> network.contains(host.address()))
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "router.lans: missing (expected: the network of "
                        + host.address()
                        + ", with pinning.method: netns)"));
  }

  /** An IPv6 address is tentative for a moment without it, and no route may have it as source. */
  private static String nodad(IpAddress address) {
    return address.isIpv4() ? "" : " nodad";
  }

  private static String text(InetSocketAddress address) {
    return NetUtil.toSocketAddressString(address);
  }
}
