package org.bgpannouncer.speaker.bird;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Set;
import org.bgpannouncer.route.IpAddress;
import org.bgpannouncer.route.NextHop;
import org.bgpannouncer.route.PathAttributes;
import org.bgpannouncer.route.Prefix;
import org.bgpannouncer.route.Route;
import org.bgpannouncer.speaker.Speaker;
import org.bgpannouncer.speaker.contract.SpeakerContract;
import org.bgpannouncer.testkit.bgp.SimulatedPeer;

/** The speaker over a real BIRD. */
abstract class BirdContract extends SpeakerContract {
  abstract RealBird.Version version();

  @Override
  protected Bench create(Path inFolder, boolean tellsPaths) throws IOException {
    SimulatedPeer router = router(tellsPaths);
    RealBird bird =
        new RealBird(
            version(), inFolder, LOCAL_AS, router.address().getPort(), SimulatedPeer.DEFAULT_AS);
    bird.start();
    return new Bench() {
      @Override
      public Speaker open(Set<Prefix> owned) throws IOException {
        return new BirdSpeaker(bird.socket(), bird.included(), Set.of());
      }

      @Override
      public SimulatedPeer router() {
        return router;
      }

      @Override
      public boolean restartOtherSide() throws IOException {
        bird.kill();
        bird.start();
        return true;
      }

      @Override
      public Route refused() {
        return new Route(
            Prefix.parse("192.0.2.0/24"),
            NextHop.of(IpAddress.parse("2001:db8::1")),
            PathAttributes.NONE);
      }

      @Override
      public boolean tellsPaths() {
        return false;
      }

      @Override
      public void close() {
        bird.close();
        router.close();
      }
    };
  }
}
