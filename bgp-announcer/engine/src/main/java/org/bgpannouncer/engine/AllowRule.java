package org.bgpannouncer.engine;

import org.bgpannouncer.route.Prefix;

/**
 * One entry of {@code allow}: nothing outside the list is ever announced.
 *
 * @param prefix the prefix
 * @param maxLength longest prefix allowed within it; equal to its length for an exact entry
 * @param internal {@code scope: internal}: always carries NO_EXPORT
 */
public record AllowRule(Prefix prefix, int maxLength, boolean internal) {
  /** Rejects a maximum shorter than the prefix or beyond its family. */
  public AllowRule {
    if (maxLength < prefix.length() || maxLength > prefix.address().bits()) {
      throw new IllegalArgumentException(
          "le: "
              + maxLength
              + " (expected: "
              + prefix.length()
              + " to "
              + prefix.address().bits()
              + ")");
    }
  }

  /** An exact entry. */
  public static AllowRule exact(Prefix prefix) {
    return new AllowRule(prefix, prefix.length(), false);
  }

  /** Whether {@code candidate} may be announced under this entry. */
  public boolean allows(Prefix candidate) {
    return prefix.contains(candidate) && candidate.length() <= maxLength;
  }
}
