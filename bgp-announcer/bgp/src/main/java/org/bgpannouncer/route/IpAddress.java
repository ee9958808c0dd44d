package org.bgpannouncer.route;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.regex.Pattern;

/** A numeric IPv4 or IPv6 address; never resolves a name. Prints in RFC 5952 form. */
public final class IpAddress implements Comparable<IpAddress> {
  private static final Pattern IPV4 =
      Pattern.compile("(0|[1-9][0-9]{0,2})(\\.(0|[1-9][0-9]{0,2})){3}");
  private static final Pattern IPV6 = Pattern.compile("[0-9A-Fa-f:]*:[0-9A-Fa-f:.]*");

  private final byte[] bytes;
  private final int hash;

  private IpAddress(byte[] bytes) {
    this.bytes = bytes;
    this.hash = hash(bytes);
  }

  // FNV-1a: a table of routes is full of addresses that differ in one or two octets, which
  // Arrays.hashCode gives the same value by the dozen.
  private static int hash(byte[] bytes) {
    int hash = 0x811c9dc5;
    for (byte each : bytes) {
      hash = (hash ^ (each & 0xff)) * 0x01000193;
    }
    return hash ^ (hash >>> 16);
  }

  /** The address with these 4 or 16 bytes in network order. */
  public static IpAddress of(byte[] bytes) {
    if (bytes.length != 4 && bytes.length != 16) {
      throw new IllegalArgumentException("length: " + bytes.length + " (expected: 4 or 16)");
    }
    return new IpAddress(bytes.clone());
  }

  /** The address of a socket. */
  public static IpAddress of(InetAddress address) {
    return new IpAddress(address.getAddress());
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
      return new IpAddress(quad);
    }
    if (!IPV6.matcher(text).matches()) {
      throw invalid(text);
    }
    try {
      InetAddress address = InetAddress.getByName(text);
      if (!(address instanceof Inet6Address)) {
        throw invalid(text);
      }
      return new IpAddress(address.getAddress());
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
    return bytes.length == 4;
  }

  /** 32 or 128. */
  public int bits() {
    return bytes.length * 8;
  }

  /** A copy in network order. */
  public byte[] toBytes() {
    return bytes.clone();
  }

  /** For sockets. */
  public InetAddress toInetAddress() {
    try {
      return InetAddress.getByAddress(bytes);
    } catch (UnknownHostException e) {
      throw new IllegalStateException("4 or 16 bytes are always an address", e);
    }
  }

  boolean bit(int index) {
    return (bytes[index / 8] & (0x80 >> (index % 8))) != 0;
  }

  @Override
  public int compareTo(IpAddress other) {
    return bytes.length != other.bytes.length
        ? Integer.compare(bytes.length, other.bytes.length)
        : Arrays.compareUnsigned(bytes, other.bytes);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof IpAddress that && Arrays.equals(bytes, that.bytes);
  }

  @Override
  public int hashCode() {
    return hash;
  }

  @Override
  public String toString() {
    return isIpv4() ? ipv4() : ipv6();
  }

  private String ipv4() {
    return (bytes[0] & 0xff)
        + "."
        + (bytes[1] & 0xff)
        + "."
        + (bytes[2] & 0xff)
        + "."
        + (bytes[3] & 0xff);
  }

  // RFC 5952 section 4: lower case, no leading zeros, the longest (first) run of two or more zero
  // groups as "::".
  private String ipv6() {
    int[] groups = new int[8];
    for (int i = 0; i < 8; i++) {
      groups[i] = ((bytes[2 * i] & 0xff) << 8) | (bytes[2 * i + 1] & 0xff);
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
