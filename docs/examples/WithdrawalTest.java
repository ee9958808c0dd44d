import static java.time.Duration.ofSeconds;

import java.util.List;
import java.util.OptionalLong;
import org.bgpannouncer.announcer.Announcer;
import org.bgpannouncer.bgp.AddressFamily;
import org.bgpannouncer.bgp.session.*;
import org.bgpannouncer.bgp.speaker.*;
import org.bgpannouncer.route.*;
import org.bgpannouncer.speaker.embedded.EmbeddedSpeaker;
import org.bgpannouncer.testkit.bgp.SimulatedPeer;
import org.bgpannouncer.testkit.bitcoin.*;
import org.bgpannouncer.testkit.junit.SimulatedPeers;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** My service is withdrawn when its last node dies, as a router hears it: no program but this JVM. */
@ExtendWith(SimulatedPeers.class)
class WithdrawalTest {
  static final Prefix PREFIX = Prefix.parse("192.0.2.0/24");
  static final SessionConfig US =
      new SessionConfig(64496, OptionalLong.of(SimulatedPeer.DEFAULT_AS), IpAddress.parse("192.0.2.1"),
          ofSeconds(90), List.of(AddressFamily.IPV4_UNICAST));

  @Test
  void isWithdrawnWhenItsNodeDies(SimulatedPeer router) throws Exception {
    PeerConfig peer = PeerConfig.of(US, router.address()).withMode(ConnectMode.ACTIVE);
    Neighbor neighbor = Neighbor.of("router", peer, ExportPolicy.exactly(PREFIX));
    EmbeddedSpeaker speaker = EmbeddedSpeaker.open(List.of(), List.of(neighbor), "stopped");
    try (SimulatorLoop loop = new SimulatorLoop(); SimulatedBitcoind node = SimulatedBitcoind.start(loop, "btc1");
        Announcer announcer = EmbeddedAnnouncer.announcer(node.p2p().address(), speaker)) {
      announcer.start();
      router.awaitAnnounced(PREFIX, ofSeconds(10));
      node.die();
      router.awaitWithdrawn(PREFIX, ofSeconds(2));
    }
  }
}
