package org.bgpannouncer.bgp.speaker;

import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;
import org.bgpannouncer.route.Prefix;

/**
 * Which prefixes a neighbor may be told of. Without an entry it is told nothing (RFC 8212 section
 * 2.1). Immutable.
 */
public final class ExportPolicy {
  /** No route leaves. */
  public static final ExportPolicy NONE = new ExportPolicy(List.of());

  private final Set<Prefix> exact = new HashSet<>();
  private final List<Entry> ranges;

  private ExportPolicy(List<Entry> entries) {
    entries.stream().filter(Entry::isExact).forEach(entry -> exact.add(entry.prefix()));
    ranges = entries.stream().filter(entry -> !entry.isExact()).toList();
  }

  /** Lets pass what one of the entries allows. */
  public static ExportPolicy of(List<Entry> entries) {
    return entries.isEmpty() ? NONE : new ExportPolicy(entries);
  }

  /** Lets pass these prefixes, and none within them. */
  public static ExportPolicy exactly(Prefix... prefixes) {
    return of(Stream.of(prefixes).map(prefix -> new Entry(prefix, prefix.length())).toList());
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof ExportPolicy that
        && exact.equals(that.exact)
        && ranges.equals(that.ranges);
  }

  @Override
  public int hashCode() {
    return Objects.hash(exact, ranges);
  }

  /** Whether a route of {@code prefix} may leave. */
  public boolean allows(Prefix prefix) {
    if (exact.contains(prefix)) {
      return true;
    }
    for (Entry range : ranges) {
      if (range.prefix().contains(prefix) && prefix.length() <= range.maxLength()) {
        return true;
      }
    }
    return false;
  }

  /**
   * A prefix that may leave.
   *
   * @param prefix the prefix itself
   * @param maxLength the longest prefix within it that may leave too; its own length for none
   */
  public record Entry(Prefix prefix, int maxLength) {
    /** Rejects a length shorter than the prefix or beyond its family. */
    public Entry {
      if (maxLength < prefix.length() || maxLength > prefix.address().bits()) {
        throw new IllegalArgumentException(
            "max-length: "
                + maxLength
                + " (expected: "
                + prefix.length()
                + " to "
                + prefix.address().bits()
                + ")");
      }
    }

    private boolean isExact() {
      return maxLength == prefix.length();
    }
  }
}
