package org.bgpannouncer.render;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.bgpannouncer.config.Deployment;
import org.bgpannouncer.config.Deployment.Method;
import org.bgpannouncer.config.Deployment.Pinning;
import org.bgpannouncer.config.EdgeRouter;
import org.bgpannouncer.config.EdgeRouter.Lan;
import org.bgpannouncer.config.EdgeRouter.PrivateLink;
import org.bgpannouncer.engine.HostConfig;
import org.bgpannouncer.route.IpAddress;
import org.bgpannouncer.route.Prefix;

/** Those of {@link HostVariables} that say where what the machine begins leaves from. */
final class PinVariables {
  private PinVariables() {}

  /**
   * What is the same for both families, and {@code pins} with what is not.
   *
   * @param hosts those on the machine
   */
  static Map<String, Object> of(Deployment deployment, List<HostConfig> hosts) {
    Optional<Pinning> pinning = deployment.pinning();
    Optional<Method> method = deployment.method(hosts);
    boolean translated = method.filter(Method::isTranslating).isPresent();
    boolean apart = method.equals(Optional.of(Method.NETNS));
    Optional<String> cgroup = pinning.flatMap(Pinning::cgroup);
    String namespace = pinning.flatMap(Pinning::namespace).filter(name -> apart).orElse("");
    List<Map<String, Object>> pins = pins(deployment, hosts);
    Map<String, Object> variables = new TreeMap<>();
    variables.put("pins", pins);
    variables.put(
        "hasInside", pins.stream().anyMatch(pin -> Boolean.TRUE.equals(pin.get("hasInside"))));
    variables.put(
        "outbounds",
        pins.stream()
            .map(pin -> String.valueOf(pin.get("outbound")))
            .collect(Collectors.joining(", ")));
    variables.put("translated", translated);
    variables.put("hasOutboundAddress", method.isPresent() && !translated);
    variables.put("bySourceRoute", method.equals(Optional.of(Method.SOURCE_ROUTE)) || apart);
    variables.put("byUid", method.equals(Optional.of(Method.UID)));
    variables.put("uid", pinning.flatMap(Pinning::uid).map(String::valueOf).orElse(""));
    variables.put("byCgroup", method.equals(Optional.of(Method.CGROUP)));
    variables.put("cgroup", cgroup.orElse(""));
    variables.put("cgroupLevel", cgroup.map(path -> path.split("/", -1).length).orElse(0));
    variables.put("byNetns", apart);
    variables.put("namespace", namespace);
    variables.put(
        "uplinkAddresses",
        apart ? hosts.stream().map(host -> uplink(deployment, host)).toList() : List.of());
    variables.put("ipInside", apart ? "-n " + namespace + " " : "");
    variables.put("inside", apart ? "ip netns exec " + namespace + " " : "");
    variables.put("interface", pinning.map(Pinning::networkInterface).orElse(""));
    variables.put("table", pinning.map(Pinning::table).orElse(0));
    variables.put("preference", Pinning.RULE_PREFERENCE);
    variables.put("exceptPreference", Pinning.EXCEPTION_PREFERENCE);
    variables.put("mss", pinning.map(Pinning::mss).orElse(0));
    return variables;
  }

  /** What is of one family only, of each host that is pinned. */
  static List<Map<String, Object>> pins(Deployment deployment, List<HostConfig> hosts) {
    return hosts.stream()
        .filter(host -> deployment.pinning(host).isPresent())
        .map(host -> pin(deployment, host))
        .toList();
  }

  private static Map<String, Object> pin(Deployment deployment, HostConfig host) {
    IpAddress outbound = host.outbound().orElseThrow();
    Pinning pinning = deployment.pinning(host).orElseThrow();
    boolean ipv4 = outbound.isIpv4();
    List<String> inside = deployment.router().map(router -> inside(router, ipv4)).orElse(List.of());
    Map<String, Object> variables = family(ipv4);
    variables.put("outbound", outbound.toString());
    variables.put("outboundLength", outbound.bits());
    variables.put("nodad", nodad(outbound));
    variables.put("gateway", pinning.gateway(ipv4).map(IpAddress::toString).orElse(""));
    variables.put("hasInside", !inside.isEmpty());
    variables.put("insideNetworks", String.join(", ", inside));
    variables.put(
        "privateLinks",
        deployment.router().stream()
            .flatMap(router -> router.privateLinks().stream())
            .filter(link -> link.network().isIpv4() == ipv4)
            .map(link -> Map.of("network", link.network().toString()))
            .toList());
    variables.put("address", host.address().toString());
    return variables;
  }

  private static Map<String, Object> family(boolean ipv4) {
    Map<String, Object> words = new TreeMap<>();
    words.put("default", ipv4 ? "default" : "::/0");
    // An advertised default route (RFC 4861) has 1024, or what NetworkManager gives it: 100.
    words.put("metric", ipv4 ? "" : "50");
    words.put("v", ipv4 ? "4" : "6");
    words.put("ip", ipv4 ? "ip" : "ip6");
    words.put("family", ipv4 ? "ipv4" : "ipv6");
    return words;
  }

  /**
   * In a namespace nobody else sees to the address of a host; nor, where it is not pinned, to the
   * way back to its clients.
   */
  private static Map<String, Object> uplink(Deployment deployment, HostConfig host) {
    boolean ipv4 = host.address().isIpv4();
    Map<String, Object> variables = family(ipv4);
    variables.put("address", host.address().toString());
    variables.put("lanLength", lan(deployment, host).length());
    variables.put("nodad", nodad(host.address()));
    variables.put(
        "gateway",
        deployment
            .pinning()
            .filter(pinning -> host.outbound().isEmpty())
            .flatMap(pinning -> pinning.gateway(ipv4))
            .map(IpAddress::toString)
            .orElse(""));
    return variables;
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
}
