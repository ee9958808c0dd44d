package org.bgpannouncer.announcement;

import java.net.InetSocketAddress;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.bgpannouncer.probe.Aspect;
import org.bgpannouncer.route.IpAddress;
import org.bgpannouncer.route.Nlri;
import org.bgpannouncer.route.PathAttributes;
import org.bgpannouncer.route.Prefix;

/**
 * A service: which prefixes are announced while enough of its hosts are healthy.
 *
 * @param name unique within the site
 * @param address what clients dial (the service address, RFC 4786), if known; no route depends on
 *     it: it is what the P2P probe of a host may be told to dial as its service address
 * @param port the port that goes with it
 * @param prefixes what is announced for it; at least one, each inside {@code allow}
 * @param nextHop where the routes point
 * @param atLeast how many of {@code hosts} must be healthy; 1 to their number
 * @param hosts the names of its hosts; at least one
 * @param by the aspects whose HARD makes a host unfit for this service; default P2P
 * @param attributes what every announcement carries besides MED and prepend of its state, e.g.
 *     communities
 */
public record ServiceConfig(
    String name,
    Optional<IpAddress> address,
    Optional<Integer> port,
    List<Prefix> prefixes,
    NextHopChoice nextHop,
    int atLeast,
    List<String> hosts,
    Set<Aspect> by,
    PathAttributes attributes) {

  /** Where routes of a service point. */
  public sealed interface NextHopChoice {
    /** {@code next-hop: self}. */
    record Self() implements NextHopChoice {}

    /** {@code next-hop: host}: a healthy host's address; changes with it. */
    record HealthyHost() implements NextHopChoice {}

    /**
     * {@code next-hop: hosts}: every healthy host of a prefix's family, each by a path of its own
     * (RFC 7911), so that the router spreads flows over them.
     */
    record HealthyHosts() implements NextHopChoice {
      /** The path to {@code prefix} by a host. */
      public static Nlri path(Prefix prefix, IpAddress host) {
        return Nlri.of(prefix, pathId(host));
      }

      /** The path identifier of a host: its IPv4 address, or the last 32 bits of its IPv6 one. */
      public static long pathId(IpAddress host) {
        return host.isIpv4() ? host.highBits() >>> 32 : host.lowBits() & 0xffff_ffffL;
      }
    }

    /**
     * An explicit address.
     *
     * @param address the next hop
     */
    record Address(IpAddress address) implements NextHopChoice {}
  }

  /** Whether clients of this service dial that address, as far as it says what they dial. */
  public boolean isDialledAt(InetSocketAddress dialled) {
    return address.filter(own -> own.toInetAddress().equals(dialled.getAddress())).isPresent()
        && port.orElse(dialled.getPort()) == dialled.getPort();
  }

  /**
   * Every path that may be announced for it.
   *
   * @param addresses the address of each host
   */
  public List<Nlri> paths(Map<String, IpAddress> addresses) {
    if (!(nextHop instanceof NextHopChoice.HealthyHosts)) {
      return prefixes.stream().map(Nlri::of).toList();
    }
    return hosts.stream().flatMap(host -> pathsBy(host, addresses).stream()).toList();
  }

  /**
   * Those of them by one host, under {@code next-hop: hosts}.
   *
   * @param host its name
   * @param addresses the address of each host
   */
  public List<Nlri> pathsBy(String host, Map<String, IpAddress> addresses) {
    IpAddress address = addresses.get(host);
    return address == null
        ? List.of()
        : prefixes.stream()
            .filter(prefix -> prefix.isIpv4() == address.isIpv4())
            .map(prefix -> NextHopChoice.HealthyHosts.path(prefix, address))
            .toList();
  }

  /** Copies the collections and rejects an impossible {@code at-least}. */
  public ServiceConfig {
    prefixes = List.copyOf(prefixes);
    hosts = List.copyOf(hosts);
    by = Set.copyOf(EnumSet.copyOf(by));
    if (prefixes.isEmpty()) {
      throw new IllegalArgumentException("prefixes: [] (expected: at least one)");
    }
    if (atLeast < 1 || atLeast > hosts.size()) {
      throw new IllegalArgumentException(
          "at-least: " + atLeast + " (expected: 1 to " + hosts.size() + ", the number of hosts)");
    }
  }
}
