package org.bgpannouncer.bgp.speaker;

import java.util.Optional;
import org.bgpannouncer.bgp.session.PeerConfig;
import org.bgpannouncer.route.IpAddress;

/**
 * A neighbor of the embedded speaker.
 *
 * @param name what reports and logs call it; its address as a rule
 * @param peer how the session with it is kept
 * @param export what it may be told of
 * @param nextHopIpv4 what {@code next-hop self} of IPv4 routes is; the session's own address when
 *     empty
 * @param nextHopIpv6 what {@code next-hop self} of IPv6 routes is; likewise
 * @param keepsHeard whether the paths that it announces for the prefixes of the export policy are
 *     kept, to be looked at; they are never used or passed on
 */
public record Neighbor(
    String name,
    PeerConfig peer,
    ExportPolicy export,
    Optional<IpAddress> nextHopIpv4,
    Optional<IpAddress> nextHopIpv6,
    boolean keepsHeard) {
  /** Rejects a next hop of the wrong family. */
  public Neighbor {
    nextHopIpv4.ifPresent(address -> requireFamily("next-hop-ipv4", address, true));
    nextHopIpv6.ifPresent(address -> requireFamily("next-hop-ipv6", address, false));
  }

  /** A neighbor whose next hops are our own addresses, and whose paths are not kept. */
  public static Neighbor of(String name, PeerConfig peer, ExportPolicy export) {
    return new Neighbor(name, peer, export, Optional.empty(), Optional.empty(), false);
  }

  /** The same, its session kept otherwise. */
  public Neighbor withPeer(PeerConfig newPeer) {
    return new Neighbor(name, newPeer, export, nextHopIpv4, nextHopIpv6, keepsHeard);
  }

  private static void requireFamily(String name, IpAddress address, boolean ipv4) {
    if (address.isIpv4() != ipv4) {
      throw new IllegalArgumentException(
          name + ": " + address + " (expected: " + (ipv4 ? "IPv4" : "IPv6") + ")");
    }
  }
}
