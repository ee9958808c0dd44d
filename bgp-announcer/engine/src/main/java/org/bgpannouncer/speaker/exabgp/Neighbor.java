package org.bgpannouncer.speaker.exabgp;

import java.util.OptionalLong;

/**
 * A neighbour as ExaBGP reports it.
 *
 * @param peer its address, as ExaBGP writes it
 * @param localAddress ours of the session; empty when not known
 * @param localAs ours; empty when not known
 * @param peerAs its
 * @param neighborChanges whether ExaBGP tells us of this session's ups and downs
 */
record Neighbor(
    String peer,
    String localAddress,
    OptionalLong localAs,
    OptionalLong peerAs,
    boolean neighborChanges) {

  /** Whether the session runs over IPv4: {@code next-hop self} is then an IPv4 address. */
  boolean isIpv4() {
    return peer.indexOf(':') < 0;
  }

  boolean isExternal() {
    return !localAs.equals(peerAs);
  }
}
