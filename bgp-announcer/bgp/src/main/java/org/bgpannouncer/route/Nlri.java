package org.bgpannouncer.route;

import java.util.OptionalLong;

/**
 * A prefix as an UPDATE names it (RFC 4271 section 4.3), with the path identifier that tells
 * several paths to it apart where both sides agreed on that (RFC 7911 section 3). The identity of a
 * route: a later one of the same replaces it.
 *
 * @param prefix the prefix
 * @param pathId 0 to 4294967295, or empty
 */
public record Nlri(Prefix prefix, OptionalLong pathId) implements Comparable<Nlri> {
  /** The largest path identifier. */
  static final long MAX_PATH_ID = 0xffff_ffffL;

  /** Rejects numbers beyond 32 bits. */
  public Nlri {
    if (pathId.isPresent() && (pathId.getAsLong() < 0 || pathId.getAsLong() > MAX_PATH_ID)) {
      throw new IllegalArgumentException(
          "path-id: " + pathId.getAsLong() + " (expected: 0 to " + MAX_PATH_ID + ")");
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

  /** By prefix, then by path identifier; the path that has none is the first. */
  @Override
  public int compareTo(Nlri other) {
    int byPrefix = prefix.compareTo(other.prefix);
    return byPrefix != 0 ? byPrefix : Long.compare(pathId.orElse(-1), other.pathId.orElse(-1));
  }

  // As Prefix has it, and for the same reason: tables of routes ask for it all the time.
  @Override
  public boolean equals(Object other) {
    return this == other
        || (other instanceof Nlri that && prefix.equals(that.prefix) && pathId.equals(that.pathId));
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
