package org.bgpannouncer.testkit.bitcoin;

import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.bgpannouncer.probe.Cadence;
import org.bgpannouncer.probe.HostTarget;
import org.bgpannouncer.probe.bitcoin.BitcoinNetwork;
import org.bgpannouncer.probe.bitcoin.p2p.P2pConfig;

/** What the product's own P2P probe is pointed at in these tests. */
final class P2pTargets {
  private P2pTargets() {}

  /** A node of the main network, asked ten times a second. */
  static HostTarget frequent(InetSocketAddress address, Duration timeout, Duration pongLate) {
    P2pConfig p2p =
        new P2pConfig(
            address,
            Optional.empty(),
            BitcoinNetwork.MAINNET,
            new Cadence(Duration.ofMillis(100), Duration.ofMillis(50), timeout, 0.1),
            pongLate,
            Duration.ofMinutes(2),
            Duration.ofMinutes(1),
            Duration.ofMinutes(5),
            Optional.empty(),
            false,
            Optional.empty(),
            P2pConfig.ARCHIVAL_SERVICES,
            0,
            Optional.empty(),
            Duration.ofMinutes(1));
    return new HostTarget(
        "n1", Optional.of(p2p), Optional.empty(), List.of(), List.of(), List.of());
  }
}
