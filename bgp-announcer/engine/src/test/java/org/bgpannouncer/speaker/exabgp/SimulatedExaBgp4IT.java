package org.bgpannouncer.speaker.exabgp;

import java.nio.file.Path;
import org.bgpannouncer.testkit.exabgp.SimulatedExaBgp;

/** The same rules as for the real program: what pins the simulation to it. */
final class SimulatedExaBgp4IT extends ExaBgpContract {
  @Override
  ExaBgpUnderTest create(Path inFolder, boolean neighborChanges) {
    return new SimulatedExaBgpUnderTest(SimulatedExaBgp.Version.V4_2, neighborChanges);
  }

  @Override
  String version() {
    return "exabgp 4.";
  }
}
