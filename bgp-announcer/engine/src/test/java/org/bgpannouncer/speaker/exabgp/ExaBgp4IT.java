package org.bgpannouncer.speaker.exabgp;

import java.io.IOException;
import java.nio.file.Path;

final class ExaBgp4IT extends ExaBgpContract {
  @Override
  ExaBgpUnderTest create(Path inFolder, boolean neighborChanges) throws IOException {
    return new RealExaBgp(RealExaBgp.Version.V4, inFolder, neighborChanges);
  }

  @Override
  String version() {
    return "exabgp 4.";
  }
}
