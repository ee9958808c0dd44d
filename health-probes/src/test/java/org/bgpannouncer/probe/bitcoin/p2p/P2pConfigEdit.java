package org.bgpannouncer.probe.bitcoin.p2p;

import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Optional;
import java.util.regex.Pattern;
import org.bgpannouncer.probe.Cadence;
import org.bgpannouncer.probe.bitcoin.BitcoinNetwork;

/** A P2P configuration at its defaults, but for what a test names. */
final class P2pConfigEdit {
  Cadence cadence = Cadence.DEFAULT;
  Duration stallDown = Duration.ofMinutes(2);
  Optional<InetSocketAddress> service = Optional.empty();
  boolean serviceLocal;
  Optional<InetSocketAddress> witness = Optional.of(VirtualNode.RPC);
  long optionalServices;
  Optional<Pattern> userAgent = Optional.empty();

  P2pConfig build() {
    return new P2pConfig(
        VirtualNode.P2P,
        Optional.empty(),
        BitcoinNetwork.MAINNET,
        cadence,
        Duration.ofSeconds(2),
        stallDown,
        Duration.ofMinutes(1),
        Duration.ofMinutes(5),
        service,
        serviceLocal,
        witness,
        P2pConfig.ARCHIVAL_SERVICES,
        optionalServices,
        userAgent,
        Duration.ofMinutes(1));
  }
}
