package org.bgpannouncer.probe.tcp;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Optional;
import org.bgpannouncer.probe.Cadence;

/**
 * The TCP probe: connect, close.
 *
 * @param address where to
 * @param source our source address, or empty for the kernel's choice
 * @param cadence when
 */
public record TcpConfig(InetSocketAddress address, Optional<InetAddress> source, Cadence cadence) {}
