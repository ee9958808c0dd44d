package org.bgpannouncer.bgp.session;

import java.util.HexFormat;

/** Messages put together by hand, for a peer that is a plain socket. */
final class Octets4271 {
  static final String MARKER = "ff".repeat(16);
  static final byte[] KEEPALIVE = HexFormat.of().parseHex(MARKER + "001304");

  private Octets4271() {}

  /** An OPEN without capabilities of a speaker with the identifier 192.0.2.2. */
  static byte[] open(int as, int holdSeconds) {
    return HexFormat.of()
        .parseHex(MARKER + String.format("001d0104%04x%04xc000020200", as, holdSeconds));
  }
}
