package org.bgpannouncer.config;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.bgpannouncer.engine.HostConfig;
import org.bgpannouncer.route.IpAddress;

/**
 * How a site's machines are set up: what {@code announcer render} writes down, and which source
 * addresses the nodes' connections should therefore have.
 *
 * @param announcers the machines that announcers run on
 * @param pinning how outgoing connections get their source address, if it is said
 * @param router the router that the announcers speak to, if it is said
 * @param machines the names of the machines that hosts are on, by host, where those are others
 */
public record Deployment(
    List<AnnouncerMachine> announcers,
    Optional<Pinning> pinning,
    Optional<EdgeRouter> router,
    Map<String, String> machines) {
  /** Copies the collections. */
  public Deployment {
    announcers = List.copyOf(announcers);
    machines = Map.copyOf(machines);
  }

  /** The name of the machine that {@code host} is on: a node of both families is two hosts. */
  public String machine(HostConfig host) {
    return machines.getOrDefault(host.name(), host.name());
  }

  /** Those of {@code hosts} that are on the same machine, with itself. */
  public List<HostConfig> onMachineOf(HostConfig host, List<HostConfig> hosts) {
    return hosts.stream().filter(each -> machine(each).equals(machine(host))).toList();
  }

  /** The machines with the hosts on each, by order of the first. */
  public Map<String, List<HostConfig>> byMachine(List<HostConfig> hosts) {
    Map<String, List<HostConfig>> machines = new LinkedHashMap<>();
    hosts.forEach(
        host -> machines.computeIfAbsent(machine(host), name -> new ArrayList<>()).add(host));
    return machines;
  }

  /** How {@code host} is pinned; empty where it has no address for that. */
  public Optional<Pinning> pinning(HostConfig host) {
    return pinning.filter(found -> host.outbound().isPresent());
  }

  /** How a machine is pinned that these hosts are on; empty where none of them has an address. */
  public Optional<Method> method(List<HostConfig> hosts) {
    return hosts.stream().flatMap(host -> pinning(host).stream()).map(Pinning::method).findFirst();
  }

  /**
   * A machine that an announcer runs on.
   *
   * @param name unique within the site
   * @param addresses where its probes come from, at most one address a family
   * @param routerId its BGP identifier (RFC 4271 section 4.2), IPv4; empty only at a site without a
   *     router
   */
  public record AnnouncerMachine(
      String name, List<IpAddress> addresses, Optional<IpAddress> routerId) {
    /** Copies the list, which has an address. */
    public AnnouncerMachine {
      addresses = List.copyOf(addresses);
    }

    boolean hasAddressOfFamily(IpAddress other) {
      return addresses.stream().anyMatch(address -> address.isIpv4() == other.isIpv4());
    }

    /** The first, which is that of its BGP session. */
    public IpAddress address() {
      return addresses.get(0);
    }
  }

  /**
   * How what a host begins leaves from its {@code outbound} address.
   *
   * @param method who chooses the address
   * @param networkInterface the uplink
   * @param gateways the router on it, at most one address a family
   * @param uid whose connections are meant, for {@link Method#UID} and {@link Method#SNAT}
   * @param cgroup whose connections are meant, for {@link Method#CGROUP}; its path (cgroups(7), v2)
   * @param namespace where the node is, for {@link Method#NETNS}
   * @param table the routing table of {@link Method#UID}, 1 to 252
   * @param mss the largest TCP segment that clients are told of, octets
   */
  public record Pinning(
      Method method,
      String networkInterface,
      List<IpAddress> gateways,
      Optional<Long> uid,
      Optional<String> cgroup,
      Optional<String> namespace,
      int table,
      int mss) {
    /** Copies the list. */
    public Pinning {
      gateways = List.copyOf(gateways);
    }

    /** The router's address of this family. */
    public Optional<IpAddress> gateway(boolean ipv4) {
      return gateways.stream().filter(each -> each.isIpv4() == ipv4).findFirst();
    }

    /** Where ip(8) puts the rule of {@link Method#UID}: before main. */
    public static final int RULE_PREFERENCE = 1000;

    /** Where the exception from it stands, for what the main table has a route of its own to. */
    public static final int EXCEPTION_PREFERENCE = RULE_PREFERENCE - 1;
  }

  /** Who chooses the source address of what a host begins. */
  public enum Method {
    /** The default route, for the whole machine. */
    SOURCE_ROUTE,
    /** A rule and a table of its own, for one user. */
    UID,
    /** NAT, for one user. */
    SNAT,
    /** NAT, for one unit of systemd. */
    CGROUP,
    /** The default route of a network namespace with nothing but the node in it. */
    NETNS;

    /** Whether the host itself does not see the address that its peers see. */
    public boolean isTranslating() {
      return this == SNAT || this == CGROUP;
    }
  }
}
