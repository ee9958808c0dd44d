package org.bgpannouncer.probe.bitcoin.p2p.wire;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;

/**
 * Annotated captures: hex digits and spaces, and comments from {@code #} to the end of the line.
 */
final class Hex {
  private Hex() {}

  static byte[] file(String name) throws IOException {
    try (InputStream in = Hex.class.getResourceAsStream("/wire/" + name)) {
      if (in == null) {
        throw new IllegalArgumentException("wire/" + name + ": not found");
      }
      String text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
      return of(text.replaceAll("#.*", ""));
    }
  }

  static byte[] of(String digits) {
    return HexFormat.of().parseHex(digits.replaceAll("\\s", ""));
  }
}
