package org.bgpannouncer.route;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * An IP prefix without host bits, e.g. {@code 192.0.2.0/24}.
 *
 * @param address the network address
 * @param length 0 to 32 or 0 to 128
 */
public record Prefix(IpAddress address, int length) implements Comparable<Prefix> {
  private static final Pattern FORM = Pattern.compile("([^/]+)/(0|[1-9][0-9]{0,2})");

  /** Rejects a length beyond the family's and host bits that are set. */
  public Prefix {
    if (length < 0 || length > address.bits()) {
      throw new IllegalArgumentException(
          "prefix: " + address + "/" + length + " (expected: length 0 to " + address.bits() + ")");
    }
    if (!address.endsAfter(length)) {
      throw new IllegalArgumentException(
          "prefix: " + address + "/" + length + " (expected: no host bits set)");
    }
  }

  /** Parses {@code ADDRESS/LENGTH}. */
  public static Prefix parse(String text) {
    Matcher form = FORM.matcher(text);
    if (!form.matches()) {
      throw new IllegalArgumentException(
          "prefix: " + IpAddress.printable(text) + " (expected: ADDRESS/LENGTH)");
    }
    return new Prefix(IpAddress.parse(form.group(1)), Integer.parseInt(form.group(2)));
  }

  /** Whether this is an IPv4 prefix. */
  public boolean isIpv4() {
    return address.isIpv4();
  }

  /** Whether every address of {@code other} is in this prefix; false across families. */
  public boolean contains(Prefix other) {
    return other.length >= length && contains(other.address);
  }

  /** Whether {@code host} is in this prefix; false across families. */
  public boolean contains(IpAddress host) {
    return address.startsLike(host, length);
  }

  /** Whether the two share an address. */
  public boolean overlaps(Prefix other) {
    return contains(other) || other.contains(this);
  }

  @Override
  public int compareTo(Prefix other) {
    int byAddress = address.compareTo(other.address);
    return byAddress != 0 ? byAddress : Integer.compare(length, other.length);
  }

  // What a record would have is several times as slow in a JVM that does not compile it fully, and
  // every map of routes asks for it.
  @Override
  public boolean equals(Object other) {
    return other instanceof Prefix that && length == that.length && address.equals(that.address);
  }

  @Override
  public int hashCode() {
    return 31 * address.hashCode() + length;
  }

  @Override
  public String toString() {
    return address + "/" + length;
  }
}
