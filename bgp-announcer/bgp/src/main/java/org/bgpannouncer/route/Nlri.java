package org.bgpannouncer.route;

import java.util.Comparator;
import java.util.OptionalLong;

/**
 * A prefix as an UPDATE names it (RFC 4271 section 4.3), with the path identifier that tells
 * several paths to it apart where both sides agreed on that (RFC 7911 section 3).
 *
 * @param prefix the prefix
 * @param pathId 0 to 4294967295, or empty
 */
public record Nlri(Prefix prefix, OptionalLong pathId) implements Comparable<Nlri> {
  private static final long MAX_PATH_ID = 0xffff_ffffL;

  private static final Comparator<Nlri> ORDER =
      Comparator.comparing(Nlri::prefix).thenComparingLong(nlri -> nlri.pathId.orElse(-1));

  /** Rejects numbers beyond 32 bits. */
  public Nlri {
    if (pathId.isPresent()) {
      require(pathId.getAsLong());
    }
  }

  private static void require(long pathId) {
    if (pathId < 0 || pathId > MAX_PATH_ID) {
      throw new IllegalArgumentException(
          "path-id: " + pathId + " (expected: 0 to " + MAX_PATH_ID + ")");
    }
  }

  /** The only path to {@code prefix}. */
  public static Nlri of(Prefix prefix) {
    return new Nlri(prefix, OptionalLong.empty());
  }

  /** One of several paths to {@code prefix}. */
  public static Nlri of(Prefix prefix, long pathId) {
    return new Nlri(prefix, OptionalLong.of(pathId));
  }

  @Override
  public int compareTo(Nlri other) {
    return ORDER.compare(this, other);
  }

  // As Prefix has it, and for the same reason: tables of routes ask for it all the time.
  @Override
  public boolean equals(Object other) {
    return other instanceof Nlri that && prefix.equals(that.prefix) && pathId.equals(that.pathId);
  }

  @Override
  public int hashCode() {
    return 31 * prefix.hashCode() + pathId.hashCode();
  }

  @Override
  public String toString() {
    return pathId.isPresent() ? prefix + " path-id " + pathId.getAsLong() : prefix.toString();
  }
}
