package org.bgpannouncer.probe.bitcoin.p2p;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;

/** How the node's list of peers names us (BIP 14), with the version that the build wrote down. */
final class UserAgent {
  /** {@code /bgp-announcer:0.1.0/}. */
  static final String OURS = "/bgp-announcer:" + version() + "/";

  private UserAgent() {}

  private static String version() {
    try (InputStream written = UserAgent.class.getResourceAsStream("version.txt")) {
      return written == null
          ? "0"
          : new String(written.readAllBytes(), StandardCharsets.US_ASCII)
              .strip()
              .replace("-SNAPSHOT", "");
    } catch (IOException e) {
      return "0"; // a name is not worth a probe
    }
  }
}
