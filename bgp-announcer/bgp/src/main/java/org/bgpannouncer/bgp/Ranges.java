package org.bgpannouncer.bgp;

/** The texts of refused numbers. */
final class Ranges {
  static final long MAX_UINT16 = 0xffffL;
  static final long MAX_UINT32 = 0xffff_ffffL;

  private Ranges() {}

  static void require(String name, long value, long min, long max) {
    if (value < min || value > max) {
      throw new IllegalArgumentException(
          name + ": " + value + " (expected: " + min + " to " + max + ")");
    }
  }
}
