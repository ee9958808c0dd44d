package org.bgpannouncer.bgp.session;

import java.util.Arrays;

/** A key of the TCP MD5 signature option (RFC 2385); never printed. */
public final class Md5Key {
  /** Linux's TCP_MD5SIG_MAXKEYLEN, which is also what RFC 2385 section 4.5 asks for at least. */
  public static final int MAX_BYTES = 80;

  private final byte[] bytes;

  private Md5Key(byte[] bytes) {
    this.bytes = bytes;
  }

  /** A key of 1 to {@value #MAX_BYTES} octets, which are copied. */
  public static Md5Key of(byte[] bytes) {
    if (bytes.length < 1 || bytes.length > MAX_BYTES) {
      throw new IllegalArgumentException(
          "md5: " + bytes.length + " octets (expected: 1 to " + MAX_BYTES + ")");
    }
    return new Md5Key(bytes.clone());
  }

  byte[] bytes() {
    return bytes;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Md5Key that && Arrays.equals(bytes, that.bytes);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(bytes);
  }

  @Override
  public String toString() {
    return "***";
  }
}
