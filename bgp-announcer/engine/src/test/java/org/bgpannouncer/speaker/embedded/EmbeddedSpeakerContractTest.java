package org.bgpannouncer.speaker.embedded;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.bgpannouncer.bgp.AddressFamily;
import org.bgpannouncer.bgp.session.ConnectMode;
import org.bgpannouncer.bgp.session.PeerConfig;
import org.bgpannouncer.bgp.session.SessionCapabilities;
import org.bgpannouncer.bgp.session.SessionConfig;
import org.bgpannouncer.bgp.speaker.ExportPolicy;
import org.bgpannouncer.bgp.speaker.Neighbor;
import org.bgpannouncer.route.IpAddress;
import org.bgpannouncer.route.NextHop;
import org.bgpannouncer.route.PathAttributes;
import org.bgpannouncer.route.Prefix;
import org.bgpannouncer.route.Route;
import org.bgpannouncer.speaker.Speaker;
import org.bgpannouncer.speaker.contract.SpeakerContract;
import org.bgpannouncer.testkit.bgp.SimulatedPeer;

/** The embedded speaker keeps what every speaker promises. */
class EmbeddedSpeakerContractTest extends SpeakerContract {
  @Override
  protected Bench create(Path folder) {
    return new EmbeddedBench();
  }

  private static final class EmbeddedBench implements Bench {
    private final SimulatedPeer router = SimulatedPeer.start();

    @Override
    public Speaker open(Set<Prefix> owned) throws IOException {
      List<ExportPolicy.Entry> allowed = new ArrayList<>();
      owned.forEach(prefix -> allowed.add(new ExportPolicy.Entry(prefix, prefix.length())));
      allowed.add(new ExportPolicy.Entry(Prefix.parse("10.0.0.0/8"), 24));
      SessionConfig session =
          new SessionConfig(
              LOCAL_AS,
              OptionalLong.of(SimulatedPeer.DEFAULT_AS),
              IpAddress.parse("192.0.2.1"),
              Duration.ofSeconds(9),
              List.of(AddressFamily.IPV4_UNICAST, AddressFamily.IPV6_UNICAST),
              SessionCapabilities.USUAL);
      PeerConfig peer =
          PeerConfig.of(session, router.address())
              .withMode(ConnectMode.ACTIVE)
              .withConnectRetry(Duration.ofSeconds(1));
      Neighbor neighbor =
          new Neighbor(
              "router", peer, ExportPolicy.of(allowed), Optional.empty(), Optional.empty(), false);
      return EmbeddedSpeaker.open(List.of(), List.of(neighbor), "stopped");
    }

    @Override
    public SimulatedPeer router() {
      return router;
    }

    @Override
    public void restartOtherSide() {
      throw new UnsupportedOperationException("there is none");
    }

    @Override
    public Route refused() {
      return new Route(Prefix.parse("203.0.113.0/24"), NextHop.SELF, PathAttributes.NONE);
    }

    @Override
    public boolean hasOtherSide() {
      return false;
    }

    @Override
    public boolean outlivesTheSpeaker() {
      return false;
    }

    @Override
    public void close() {
      router.close();
    }
  }
}
