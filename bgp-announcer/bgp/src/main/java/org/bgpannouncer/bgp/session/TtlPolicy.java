package org.bgpannouncer.bgp.session;

/**
 * How far a peer is.
 *
 * @param out the TTL or hop limit of what we send; 0 leaves it to the system
 * @param min what arrives with less is not heard; 0 hears everything
 */
public record TtlPolicy(int out, int min) {
  /** What the system does by itself; nothing is checked. */
  public static final TtlPolicy SYSTEM = new TtlPolicy(0, 0);

  private static final int MAX = 255;

  /** Rejects what a TTL cannot be. */
  public TtlPolicy {
    require("ttl", out, 0);
    require("min-ttl", min, 0);
  }

  /** A peer at most {@code ttl} hops away; nothing is checked. */
  public static TtlPolicy multihop(int ttl) {
    require("ttl", ttl, 1);
    return new TtlPolicy(ttl, 0);
  }

  /**
   * A peer exactly {@code hops} away, 1 for one on our own network: we send with 255, and what was
   * on the way for longer is not from it (GTSM, RFC 5082).
   */
  public static TtlPolicy gtsm(int hops) {
    require("hops", hops, 1);
    return new TtlPolicy(MAX, MAX + 1 - hops);
  }

  private static void require(String name, int value, int least) {
    if (value < least || value > MAX) {
      throw new IllegalArgumentException(
          name + ": " + value + " (expected: " + least + " to " + MAX + ")");
    }
  }
}
