package org.bgpannouncer.probe.bitcoin.rpc;

import java.net.InetAddress;
import java.util.List;
import java.util.Optional;

/**
 * Which addresses a node's connections should have (requirements 2.7).
 *
 * @param source where outgoing ones leave from, as the node itself sees it
 * @param translated where their peers see them come from, if NAT lies between
 * @param anycast the announced prefixes: nothing may ever leave from these
 * @param service what clients dial, and the only addresses that the node may tell others of; empty
 *     where that is not known
 * @param own the host's own address, which probes dial, and neighbours
 */
public record AddressRules(
    AddressRange source,
    Optional<AddressRange> translated,
    List<AddressRange> anycast,
    List<InetAddress> service,
    InetAddress own) {
  /** Copies the lists. */
  public AddressRules {
    anycast = List.copyOf(anycast);
    service = List.copyOf(service);
  }
}
