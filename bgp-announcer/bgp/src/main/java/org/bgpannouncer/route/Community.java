package org.bgpannouncer.route;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A community (RFC 1997), printed {@code 65535:0}.
 *
 * @param high 0 to 65535, usually an AS number
 * @param low 0 to 65535
 */
public record Community(int high, int low) implements Comparable<Community> {
  /** GRACEFUL_SHUTDOWN (RFC 8326 section 5). */
  public static final Community GRACEFUL_SHUTDOWN = new Community(65535, 0);

  /** NO_EXPORT (RFC 1997, "Well-known Communities"). */
  public static final Community NO_EXPORT = new Community(65535, 65281);

  private static final Pattern FORM = Pattern.compile("([0-9]{1,5}):([0-9]{1,5})");

  /** Rejects halves beyond 16 bits. */
  public Community {
    if (high < 0 || high > 65535 || low < 0 || low > 65535) {
      throw new IllegalArgumentException(
          "community: " + high + ":" + low + " (expected: two numbers from 0 to 65535)");
    }
  }

  /** Parses {@code HIGH:LOW}. */
  public static Community parse(String text) {
    Matcher form = FORM.matcher(text);
    if (!form.matches()) {
      throw new IllegalArgumentException(
          "community: " + IpAddress.printable(text) + " (expected: HIGH:LOW)");
    }
    return new Community(Integer.parseInt(form.group(1)), Integer.parseInt(form.group(2)));
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
