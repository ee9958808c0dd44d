package org.bgpannouncer.probe.bitcoin.rpc;

import java.net.InetAddress;
import java.net.InetSocketAddress;

/**
 * A connection of a node with a peer, as its kernel shows it.
 *
 * @param ours the address at the node's end
 * @param theirs the peer's end
 * @param inbound whether the peer began it
 */
public record NodeConnection(InetAddress ours, InetSocketAddress theirs, boolean inbound) {}
