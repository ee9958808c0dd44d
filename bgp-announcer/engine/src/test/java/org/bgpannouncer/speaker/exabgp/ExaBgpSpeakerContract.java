package org.bgpannouncer.speaker.exabgp;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.bgpannouncer.route.NextHop;
import org.bgpannouncer.route.Nlri;
import org.bgpannouncer.route.PathAttributes;
import org.bgpannouncer.route.Prefix;
import org.bgpannouncer.route.Route;
import org.bgpannouncer.speaker.Speaker;
import org.bgpannouncer.speaker.contract.SpeakerContract;
import org.bgpannouncer.testkit.bgp.SimulatedPeer;

/** The speaker over a real ExaBGP. */
abstract class ExaBgpSpeakerContract extends SpeakerContract {
  abstract RealExaBgp.Version version();

  @Override
  protected Bench create(Path inFolder, boolean tellsPaths) throws IOException {
    SimulatedPeer router = router(tellsPaths);
    RealExaBgp exabgp =
        new RealExaBgp(
            version(), inFolder, true, List.of(RealRouter.Place.FIRST), router.address().getPort());
    if (tellsPaths) {
      exabgp.tellPaths();
    }
    exabgp.startExaBgp();
    return new Bench() {
      @Override
      public Speaker open(Set<Prefix> owned) throws IOException {
        return new ExaBgpSpeaker(
            exabgp.openPipe(), owned.stream().map(Nlri::of).collect(Collectors.toSet()));
      }

      @Override
      public SimulatedPeer router() {
        return router;
      }

      @Override
      public boolean restartOtherSide() throws IOException {
        exabgp.restart();
        return true;
      }

      @Override
      public Route refused() {
        return new Route(Prefix.parse("2001:db8::/32"), NextHop.SELF, PathAttributes.NONE);
      }

      @Override
      public void close() {
        exabgp.close();
        router.close();
      }
    };
  }
}
