package org.bgpannouncer.route;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.regex.Pattern;

/** A numeric IPv4 or IPv6 address; never resolves a name. Prints in RFC 5952 form. */
public final class IpAddress implements Comparable<IpAddress> {
  private static final Pattern IPV4 =
      Pattern.compile("(0|[1-9][0-9]{0,2})(\\.(0|[1-9][0-9]{0,2})){3}");
  private static final Pattern IPV6 = Pattern.compile("[0-9A-Fa-f:]*:[0-9A-Fa-f:.]*");

  // The bits from the left, whatever the family: 32 in the upper half of the first word, or 128. A
  // table of routes compares addresses all the time, and words are compared in one step each.
  private final boolean ipv4;
  private final long high;
  private final long low;

  private IpAddress(boolean ipv4, long high, long low) {
    this.ipv4 = ipv4;
    this.high = high;
    this.low = low;
  }

  /** The address with these 4 or 16 bytes in network order. */
  public static IpAddress of(byte[] bytes) {
    if (bytes.length != 4 && bytes.length != 16) {
      throw new IllegalArgumentException("length: " + bytes.length + " (expected: 4 or 16)");
    }
    boolean ipv4 = bytes.length == 4;
    return new IpAddress(ipv4, word(bytes, 0), ipv4 ? 0 : word(bytes, 8));
  }

  /** The IPv4 address with these bits. */
  public static IpAddress ofIpv4(int bits) {
    return new IpAddress(true, (long) bits << 32, 0);
  }

  /** The IPv6 address with these bits, the first 64 of them in {@code high}. */
  public static IpAddress ofIpv6(long high, long low) {
    return new IpAddress(false, high, low);
  }

  private static long word(byte[] bytes, int from) {
    long word = 0;
    int to = Math.min(from + 8, bytes.length);
    for (int i = from; i < to; i++) {
      word |= (bytes[i] & 0xffL) << (56 - 8 * (i - from));
    }
    return word;
  }

  /** The address of a socket. */
  public static IpAddress of(InetAddress address) {
    return of(address.getAddress());
  }

  /** Parses dotted quad or RFC 4291 text; no zone, no name, no octal. */
  public static IpAddress parse(String text) {
    if (IPV4.matcher(text).matches()) {
      byte[] quad = new byte[4];
      String[] parts = text.split("\\.", -1);
      for (int i = 0; i < 4; i++) {
        int value = Integer.parseInt(parts[i]);
        if (value > 255) {
          throw invalid(text);
        }
        quad[i] = (byte) value;
      }
      return of(quad);
    }
    if (!IPV6.matcher(text).matches()) {
      throw invalid(text);
    }
    try {
      InetAddress address = InetAddress.getByName(text);
      if (!(address instanceof Inet6Address)) {
        throw invalid(text);
      }
      return of(address);
    } catch (UnknownHostException e) {
      throw invalid(text);
    }
  }

  private static IllegalArgumentException invalid(String text) {
    return new IllegalArgumentException(
        "address: " + printable(text) + " (expected: a numeric IPv4 or IPv6 address)");
  }

  static String printable(String text) {
    String cut = text.length() > 80 ? text.substring(0, 80) + "..." : text;
    return cut.replaceAll("[^\\x20-\\x7e]", "?");
  }

  /** Whether this is an IPv4 address. */
  public boolean isIpv4() {
    return ipv4;
  }

  /** 32 or 128. */
  public int bits() {
    return ipv4 ? 32 : 128;
  }

  /** Its octets, 4 or 16, in network order; a new array. */
  public byte[] toBytes() {
    byte[] bytes = new byte[bits() / 8];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = (byte) octet(i);
    }
    return bytes;
  }

  private int octet(int index) {
    return (int) ((index < 8 ? high : low) >>> (56 - 8 * (index % 8))) & 0xff;
  }

  /** Its first 64 bits; of an IPv4 address 32, and then zeros. */
  public long highBits() {
    return high;
  }

  /** Its last 64 bits; zeros of an IPv4 address. */
  public long lowBits() {
    return low;
  }

  /** For sockets. */
  public InetAddress toInetAddress() {
    try {
      return InetAddress.getByAddress(toBytes());
    } catch (UnknownHostException e) {
      throw new IllegalStateException("4 or 16 bytes are always an address", e);
    }
  }

  /** Whether every bit from the {@code length}th on is 0. */
  boolean endsAfter(int length) {
    return (high & ~mask(length)) == 0 && (low & ~mask(length - 64)) == 0;
  }

  /** Whether the first {@code length} bits are the same; false across families. */
  boolean startsLike(IpAddress other, int length) {
    return ipv4 == other.ipv4
        && ((high ^ other.high) & mask(length)) == 0
        && ((low ^ other.low) & mask(length - 64)) == 0;
  }

  /** A word whose first {@code ones} bits are set: none below 1, all from 64 on. */
  private static long mask(int ones) {
    return ones <= 0 ? 0 : ones >= 64 ? -1 : -1L << (64 - ones);
  }

  @Override
  public int compareTo(IpAddress other) {
    if (ipv4 != other.ipv4) {
      return ipv4 ? -1 : 1;
    }
    int byHigh = Long.compareUnsigned(high, other.high);
    return byHigh != 0 ? byHigh : Long.compareUnsigned(low, other.low);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof IpAddress that
        && ipv4 == that.ipv4
        && high == that.high
        && low == that.low;
  }

  // Mixed well, because a table of routes is full of addresses that differ in one or two octets.
  @Override
  public int hashCode() {
    long mixed = (high ^ Long.rotateLeft(low, 32)) * 0x9e3779b97f4a7c15L;
    return (int) (mixed ^ (mixed >>> 32));
  }

  @Override
  public String toString() {
    return ipv4 ? dottedQuad() : ipv6();
  }

  private String dottedQuad() {
    return octet(0) + "." + octet(1) + "." + octet(2) + "." + octet(3);
  }

  // RFC 5952 section 4: lower case, no leading zeros, the longest (first) run of two or more zero
  // groups as "::".
  private String ipv6() {
    int[] groups = new int[8];
    for (int i = 0; i < 8; i++) {
      groups[i] = (octet(2 * i) << 8) | octet(2 * i + 1);
    }
    int runStart = -1;
    int runLength = 1;
    for (int i = 0; i < 8; i++) {
      int length = 0;
      while (i + length < 8 && groups[i + length] == 0) {
        length++;
      }
      if (length > runLength) {
        runStart = i;
        runLength = length;
      }
    }
    StringBuilder text = new StringBuilder(39);
    for (int i = 0; i < 8; i++) {
      if (i == runStart) {
        text.append("::");
        i += runLength - 1;
      } else {
        if (text.length() > 0 && text.charAt(text.length() - 1) != ':') {
          text.append(':');
        }
        text.append(Integer.toHexString(groups[i]));
      }
    }
    return text.toString();
  }
}
