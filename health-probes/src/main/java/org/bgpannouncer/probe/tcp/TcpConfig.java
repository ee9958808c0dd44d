package org.bgpannouncer.probe.tcp;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Optional;
import org.bgpannouncer.probe.Aspect;
import org.bgpannouncer.probe.Cadence;
import org.bgpannouncer.probe.Check;

/**
 * The TCP probe: connect, close.
 *
 * @param address where to
 * @param source our source address, or empty for the kernel's choice
 * @param cadence when
 */
public record TcpConfig(InetSocketAddress address, Optional<InetAddress> source, Cadence cadence) {
  /** The series of this port: {@code tcp.192.0.2.1:3000}. */
  public Check check() {
    return Check.at(Aspect.TCP, address);
  }
}
