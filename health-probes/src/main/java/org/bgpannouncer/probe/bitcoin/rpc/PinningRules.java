package org.bgpannouncer.probe.bitcoin.rpc;

import java.net.InetAddress;
import java.util.Optional;
import java.util.Set;

/**
 * Which addresses a node's connections should have (requirements 2.7).
 *
 * @param source where outgoing ones leave from, as the node itself sees it; empty where that is not
 *     said, and then only {@code anycast} is judged
 * @param translated where their peers see them come from, if NAT lies between
 * @param anycast the announced prefixes: nothing may ever leave from these
 * @param service what clients dial, and the only addresses that the node may tell others of; empty
 *     where that is not known
 * @param own the host's own addresses, which probes dial, and neighbours
 */
public record PinningRules(
    Optional<AddressRange> source,
    Optional<AddressRange> translated,
    Set<AddressRange> anycast,
    Set<InetAddress> service,
    Set<InetAddress> own) {
  /** Copies the sets. */
  public PinningRules {
    anycast = Set.copyOf(anycast);
    service = Set.copyOf(service);
    own = Set.copyOf(own);
  }
}
