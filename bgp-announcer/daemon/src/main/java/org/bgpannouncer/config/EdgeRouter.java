package org.bgpannouncer.config;

import java.net.InetSocketAddress;
import java.util.List;
import java.util.Optional;
import org.bgpannouncer.bgp.BgpRole;
import org.bgpannouncer.route.IpAddress;
import org.bgpannouncer.route.Prefix;

/**
 * The router between a site's hosts and the rest of the Internet: what {@code announcer render}
 * writes for it.
 *
 * @param routerId its BGP identifier (RFC 4271 section 4.2), IPv4
 * @param lans the networks of the site's hosts, at most one a family
 * @param sources where what the router itself begins leaves from, at most one a family
 * @param rpki where validated ROAs come from (RFC 8210), if anywhere
 * @param neighbors its external sessions, in the file's order
 * @param privateLinks the networks of the other sites that are reached past the Internet
 * @param consistentHashing whether a host that is gone moves no flow of the others
 */
public record EdgeRouter(
    IpAddress routerId,
    List<Lan> lans,
    List<IpAddress> sources,
    Optional<InetSocketAddress> rpki,
    List<ExternalNeighbor> neighbors,
    List<PrivateLink> privateLinks,
    boolean consistentHashing) {
  /** What it is called; it has no name in the site file. */
  public static final String NAME = "edge";

  /** Copies the lists. */
  public EdgeRouter {
    lans = List.copyOf(lans);
    sources = List.copyOf(sources);
    neighbors = List.copyOf(neighbors);
    privateLinks = List.copyOf(privateLinks);
  }

  /** The network of the site's hosts in this family. */
  public Optional<Lan> lan(boolean ipv4) {
    return lans.stream().filter(lan -> lan.network().isIpv4() == ipv4).findFirst();
  }

  /**
   * A network that the router shares with the site's hosts.
   *
   * @param network where next hops may be
   * @param address the router's own in it
   */
  public record Lan(Prefix network, IpAddress address) {}

  /**
   * Networks of another site, over a link of one's own.
   *
   * @param network what is reached
   * @param via the router at the other end
   */
  public record PrivateLink(Prefix network, IpAddress via) {}

  /**
   * A neighbor of another AS.
   *
   * @param name unique within the router, and a word in every router's language
   * @param address its address
   * @param localAddress ours on the session, of the same family
   * @param as its AS number
   * @param role ours towards it (RFC 9234): customer, peer or rs-client
   * @param exchange of whose route server it is one; only with the role of a client
   * @param onlyTo the members of the exchange that shall hear of us; empty for each of them
   * @param notTo the members that shall not
   * @param prepend how many times our AS stands in the path once more, 0 to 8
   * @param maxPrefixes how many prefixes it may announce
   * @param ttlSecurity GTSM (RFC 5082), which both sides must have
   * @param bfd whether BFD watches the session (RFC 5882)
   */
  public record ExternalNeighbor(
      String name,
      IpAddress address,
      IpAddress localAddress,
      long as,
      BgpRole role,
      Optional<Exchange> exchange,
      List<Long> onlyTo,
      List<Long> notTo,
      int prepend,
      Optional<Integer> maxPrefixes,
      boolean ttlSecurity,
      boolean bfd) {
    /** Copies the lists. */
    public ExternalNeighbor {
      onlyTo = List.copyOf(onlyTo);
      notTo = List.copyOf(notTo);
    }
  }
}
