package org.bgpannouncer.speaker.exabgp;

import java.util.OptionalLong;
import java.util.Set;
import org.bgpannouncer.route.Prefix;

/**
 * A neighbour as ExaBGP reports it.
 *
 * @param peer its address, as ExaBGP writes it
 * @param localAddress ours of the session; empty when not known
 * @param localAs ours; empty when not known
 * @param peerAs its
 * @param families the address families of the session, e.g. {@code ipv4 unicast}; empty when not
 *     known
 * @param addPath what is said of path identifiers: {@code send}, {@code send/receive}, or another
 *     word; empty when not known
 * @param processes whose commands it takes
 * @param neighborChanges whether ExaBGP tells us of this session's ups and downs
 */
record Neighbor(
    String peer,
    String localAddress,
    OptionalLong localAs,
    OptionalLong peerAs,
    Set<String> families,
    String addPath,
    Set<String> processes,
    boolean neighborChanges) {

  Neighbor {
    families = Set.copyOf(families);
    processes = Set.copyOf(processes);
  }

  /** Whether the session can carry routes of this family. */
  boolean carries(Prefix prefix) {
    return families.isEmpty()
        || families.contains(prefix.isIpv4() ? "ipv4 unicast" : "ipv6 unicast");
  }

  /** Whether it is configured to be told of several paths to a prefix. */
  boolean tellsPaths() {
    return addPath.isEmpty() || addPath.equals("send") || addPath.equals("send/receive");
  }

  /** Whether the session runs over IPv4: {@code next-hop self} is then an IPv4 address. */
  boolean isIpv4() {
    return peer.indexOf(':') < 0;
  }

  boolean isExternal() {
    return !localAs.equals(peerAs);
  }

  /** What it must find in an AS path, because that replaces what the session would add itself. */
  OptionalLong addedAs() {
    return isExternal() ? localAs : OptionalLong.empty();
  }
}
