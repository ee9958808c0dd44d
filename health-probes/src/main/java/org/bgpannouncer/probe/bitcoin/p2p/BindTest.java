package org.bgpannouncer.probe.bitcoin.p2p;

import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Optional;
import org.bgpannouncer.probe.Reason;
import org.bgpannouncer.probe.net.DialFailure;

/** Finds out whether this machine's kernel holds an address. */
@FunctionalInterface
interface BindTest {
  /**
   * Empty if it does; {@link Reason#LOCAL_ADDRESS} if it does not; otherwise why that could not be
   * found out.
   */
  Optional<DialFailure> failureOf(InetAddress address);

  /**
   * Binds a UDP socket and closes it: two system calls that never wait, so an event loop may make
   * them, and no packet is sent.
   */
  static BindTest ofKernel() {
    return address -> {
      try {
        new DatagramSocket(new InetSocketAddress(address, 0)).close();
        return Optional.empty();
      } catch (IOException e) {
        return Optional.of(DialFailure.of(e));
      }
    };
  }
}
