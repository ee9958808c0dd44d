package org.bgpannouncer.rehearsal;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.function.LongConsumer;
import org.bgpannouncer.bgp.UpdateMessage;
import org.bgpannouncer.bgp.session.BgpListener;
import org.bgpannouncer.bgp.session.BgpSession;
import org.bgpannouncer.bgp.session.ConnectMode;
import org.bgpannouncer.bgp.session.PeerConfig;
import org.bgpannouncer.bgp.session.SessionConfig;
import org.bgpannouncer.bgp.session.SessionEvent;
import org.bgpannouncer.bgp.speaker.ExportPolicy;
import org.bgpannouncer.bgp.speaker.Neighbor;
import org.bgpannouncer.route.IpAddress;
import org.bgpannouncer.route.Prefix;
import org.bgpannouncer.speaker.Speaker;
import org.bgpannouncer.speaker.embedded.EmbeddedSpeaker;

/** A BGP neighbor on loopback, on a port that the kernel chooses, and the embedded speaker's. */
final class RehearsalNeighbor implements RehearsalRouter {
  private static final long LOCAL_AS = 64496; // RFC 5398, as the neighbor's
  private static final long PEER_AS = 64497;

  private final Prefix prefix;
  private final LongConsumer withdrawn;
  private final BgpListener listener;

  /**
   * @param prefix what may be announced
   * @param withdrawn hears when a withdraw was read, on the clock of {@link System#nanoTime}
   */
  RehearsalNeighbor(Prefix prefix, LongConsumer withdrawn) throws IOException {
    this.prefix = prefix;
    this.withdrawn = withdrawn;
    SessionConfig session = SessionConfig.of(PEER_AS, IpAddress.parse("192.0.2.2"));
    InetSocketAddress loopback = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    this.listener = BgpListener.open(loopback, session, this::happened);
  }

  @Override
  public Speaker speaker() throws IOException {
    SessionConfig session = SessionConfig.of(LOCAL_AS, IpAddress.parse("192.0.2.1"));
    PeerConfig peer = PeerConfig.of(session, listener.address()).withMode(ConnectMode.ACTIVE);
    Neighbor neighbor = Neighbor.of("rehearsal", peer, ExportPolicy.exactly(prefix));
    return EmbeddedSpeaker.open(List.of(), List.of(neighbor), "rehearsed");
  }

  private void happened(BgpSession session, SessionEvent event) {
    if (event instanceof SessionEvent.Received received
        && received.message() instanceof UpdateMessage update
        && !update.withdrawn().isEmpty()) {
      withdrawn.accept(received.nanos());
    }
  }

  @Override
  public void close() {
    listener.close();
  }
}
