package org.bgpannouncer.route;

import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A community (RFC 1997), printed {@code 64496:10}; the well-known ones have a {@link #name} too.
 *
 * @param high 0 to 65535, usually an AS number
 * @param low 0 to 65535
 */
public record Community(int high, int low) implements Comparable<Community> {
  /** GRACEFUL_SHUTDOWN (RFC 8326 section 5). */
  public static final Community GRACEFUL_SHUTDOWN = new Community(65535, 0);

  /** ACCEPT_OWN (RFC 7611 section 2). */
  public static final Community ACCEPT_OWN = new Community(65535, 1);

  /** LLGR_STALE (RFC 9494 section 3.2). */
  public static final Community LLGR_STALE = new Community(65535, 6);

  /** NO_LLGR (RFC 9494 section 3.3). */
  public static final Community NO_LLGR = new Community(65535, 7);

  /** BLACKHOLE (RFC 7999 section 5). */
  public static final Community BLACKHOLE = new Community(65535, 666);

  /** NO_EXPORT (RFC 1997, "Well-known Communities"). */
  public static final Community NO_EXPORT = new Community(65535, 65281);

  /** NO_ADVERTISE (RFC 1997, "Well-known Communities"). */
  public static final Community NO_ADVERTISE = new Community(65535, 65282);

  /** NO_EXPORT_SUBCONFED (RFC 1997, "Well-known Communities"). */
  public static final Community NO_EXPORT_SUBCONFED = new Community(65535, 65283);

  /** NOPEER (RFC 3765 section 2). */
  public static final Community NOPEER = new Community(65535, 65284);

  private static final Map<Community, String> NAMES =
      Map.of(
          GRACEFUL_SHUTDOWN, "graceful-shutdown",
          ACCEPT_OWN, "accept-own",
          LLGR_STALE, "llgr-stale",
          NO_LLGR, "no-llgr",
          BLACKHOLE, "blackhole",
          NO_EXPORT, "no-export",
          NO_ADVERTISE, "no-advertise",
          NO_EXPORT_SUBCONFED, "no-export-subconfed",
          NOPEER, "nopeer");

  private static final Pattern FORM = Pattern.compile("([0-9]{1,5}):([0-9]{1,5})");

  /** Rejects halves beyond 16 bits. */
  public Community {
    if (high < 0 || high > 65535 || low < 0 || low > 65535) {
      throw new IllegalArgumentException(
          "community: " + high + ":" + low + " (expected: two numbers from 0 to 65535)");
    }
  }

  /** Parses {@code HIGH:LOW}, or the name of a well-known one. */
  public static Community parse(String text) {
    for (Map.Entry<Community, String> known : NAMES.entrySet()) {
      if (known.getValue().equals(text)) {
        return known.getKey();
      }
    }
    Matcher form = FORM.matcher(text);
    if (!form.matches()) {
      throw new IllegalArgumentException(
          "community: " + IpAddress.printable(text) + " (expected: HIGH:LOW)");
    }
    return new Community(Integer.parseInt(form.group(1)), Integer.parseInt(form.group(2)));
  }

  /** The name of a well-known community, as routers write it: {@code no-export}. */
  public Optional<String> name() {
    return Optional.ofNullable(NAMES.get(this));
  }

  @Override
  public int compareTo(Community other) {
    return high != other.high ? Integer.compare(high, other.high) : Integer.compare(low, other.low);
  }

  @Override
  public String toString() {
    return high + ":" + low;
  }
}
