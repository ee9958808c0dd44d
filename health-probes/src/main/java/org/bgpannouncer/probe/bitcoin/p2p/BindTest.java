package org.bgpannouncer.probe.bitcoin.p2p;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.channels.DatagramChannel;
import java.util.Optional;
import org.bgpannouncer.probe.Outcome;
import org.bgpannouncer.probe.Reason;
import org.bgpannouncer.probe.net.DialFailure;

/** Finds out whether this machine's kernel holds an address. */
@FunctionalInterface
interface BindTest {
  /** Any would do; nothing is sent to it (RFC 863). */
  int DISCARD_PORT = 9;

  /**
   * Empty if it does; {@link Reason#LOCAL_ADDRESS} if it does not; otherwise why that could not be
   * found out.
   */
  Optional<DialFailure> failureOf(InetAddress address);

  /**
   * Binds a UDP socket to the address and connects it to the same: calls that never wait, so an
   * event loop may make them, and no packet is sent. The bind alone would not tell: {@code
   * ip_nonlocal_bind} (ip-sysctl) lets it pass for any address, but not the look-up of a route from
   * there.
   */
  static BindTest ofKernel() {
    return address -> {
      try (DatagramChannel channel = DatagramChannel.open()) {
        channel.bind(new InetSocketAddress(address, 0));
        channel.connect(new InetSocketAddress(address, DISCARD_PORT));
        return Optional.empty();
      } catch (IOException e) {
        DialFailure failure = DialFailure.of(e);
        boolean routeless = failure.reason() == Reason.HOST_UNREACHABLE;
        return Optional.of(
            routeless
                ? new DialFailure(Outcome.UNKNOWN, Reason.LOCAL_ADDRESS, failure.detail())
                : failure);
      }
    };
  }
}
