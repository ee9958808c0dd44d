package org.bgpannouncer.route;

import java.util.Comparator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A large community (RFC 8092), printed {@code 64496:10:1}.
 *
 * @param global 0 to 4294967295, the AS number that gives the rest its meaning
 * @param local1 0 to 4294967295
 * @param local2 0 to 4294967295
 */
public record LargeCommunity(long global, long local1, long local2)
    implements Comparable<LargeCommunity> {
  private static final long MAX = 0xffff_ffffL;
  private static final Pattern FORM = Pattern.compile("([0-9]{1,10}):([0-9]{1,10}):([0-9]{1,10})");
  private static final Comparator<LargeCommunity> ORDER =
      Comparator.comparingLong(LargeCommunity::global)
          .thenComparingLong(LargeCommunity::local1)
          .thenComparingLong(LargeCommunity::local2);

  /** Rejects parts beyond 32 bits. */
  public LargeCommunity {
    for (long part : new long[] {global, local1, local2}) {
      if (part < 0 || part > MAX) {
        throw new IllegalArgumentException(
            "large community: "
                + global
                + ":"
                + local1
                + ":"
                + local2
                + " (expected: three numbers from 0 to 4294967295)");
      }
    }
  }

  /** Parses {@code GLOBAL:LOCAL1:LOCAL2}. */
  public static LargeCommunity parse(String text) {
    Matcher form = FORM.matcher(text);
    if (!form.matches()) {
      throw new IllegalArgumentException(
          "large community: " + IpAddress.printable(text) + " (expected: GLOBAL:LOCAL1:LOCAL2)");
    }
    return new LargeCommunity(
        Long.parseLong(form.group(1)),
        Long.parseLong(form.group(2)),
        Long.parseLong(form.group(3)));
  }

  @Override
  public int compareTo(LargeCommunity other) {
    return ORDER.compare(this, other);
  }

  @Override
  public String toString() {
    return global + ":" + local1 + ":" + local2;
  }
}
