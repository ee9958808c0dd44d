package org.bgpannouncer.speaker.embedded;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.bgpannouncer.bgp.speaker.ExportPolicy;
import org.bgpannouncer.bgp.speaker.Neighbor;
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
  protected Bench create(Path folder, boolean tellsPaths) {
    return new EmbeddedBench(router(tellsPaths));
  }

  private static final class EmbeddedBench implements Bench {
    private final SimulatedPeer router;

    EmbeddedBench(SimulatedPeer router) {
      this.router = router;
    }

    @Override
    public Speaker open(Set<Prefix> owned) throws IOException {
      List<ExportPolicy.Entry> allowed = new ArrayList<>();
      owned.forEach(prefix -> allowed.add(new ExportPolicy.Entry(prefix, prefix.length())));
      allowed.add(new ExportPolicy.Entry(Prefix.parse("10.0.0.0/8"), 24));
      Neighbor neighbor =
          EmbeddedSpeakerTest.neighbor("router", LOCAL_AS, router, ExportPolicy.of(allowed));
      return EmbeddedSpeaker.open(List.of(), List.of(neighbor), "stopped");
    }

    @Override
    public SimulatedPeer router() {
      return router;
    }

    @Override
    public boolean restartOtherSide() {
      return false;
    }

    @Override
    public Route refused() {
      return new Route(Prefix.parse("203.0.113.0/24"), NextHop.SELF, PathAttributes.NONE);
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
