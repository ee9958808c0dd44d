package org.bgpannouncer.route;

import java.util.HexFormat;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * An extended community (RFC 4360): eight octets, of which the first one or two say what the others
 * are. Route targets and route origins print as routers write them, e.g. {@code rt:64496:100},
 * {@code ro:192.0.2.1:5}, or {@code rt:64496L:100} where a number that needs two octets stands in
 * four; all others print as {@code 0x} and sixteen hexadecimal digits.
 *
 * @param octets the eight octets, the first one leftmost
 */
public record ExtendedCommunity(long octets) implements Comparable<ExtendedCommunity> {
  /** The T bit of the type (RFC 4360 section 2). */
  private static final int NON_TRANSITIVE = 0x40;

  /** Two-octet AS specific (RFC 4360 section 3.1): AS 2, number 4. */
  private static final int TWO_OCTET_AS = 0x00;

  /** IPv4 address specific (RFC 4360 section 3.2): address 4, number 2. */
  private static final int IPV4_ADDRESS = 0x01;

  /** Four-octet AS specific (RFC 5668 section 2): AS 4, number 2. */
  private static final int FOUR_OCTET_AS = 0x02;

  /** Route target (RFC 4360 section 4). */
  private static final int ROUTE_TARGET = 0x02;

  /** Route origin (RFC 4360 section 5). */
  private static final int ROUTE_ORIGIN = 0x03;

  private static final long MAX_UINT16 = 0xffffL;
  private static final long MAX_UINT32 = 0xffff_ffffL;
  private static final Pattern FORM =
      Pattern.compile("(rt|ro):([0-9]{1,10}L?|[0-9.]{7,15}):([0-9]{1,10})");
  private static final Pattern HEX = Pattern.compile("0[xX]([0-9A-Fa-f]{16})");

  /** The route target of an AS; {@code number} has four octets where the AS has two, or two. */
  public static ExtendedCommunity routeTarget(long as, long number) {
    return ofAs(ROUTE_TARGET, as, as > MAX_UINT16, number);
  }

  /** The route origin of an AS; {@code number} has four octets where the AS has two, or two. */
  public static ExtendedCommunity routeOrigin(long as, long number) {
    return ofAs(ROUTE_ORIGIN, as, as > MAX_UINT16, number);
  }

  private static ExtendedCommunity ofAs(int subtype, long as, boolean fourOctets, long number) {
    require("as", as, MAX_UINT32);
    require("number", number, fourOctets ? MAX_UINT16 : MAX_UINT32);
    return fourOctets
        ? of(FOUR_OCTET_AS, subtype, (as << 16) | number)
        : of(TWO_OCTET_AS, subtype, (as << 32) | number);
  }

  private static ExtendedCommunity of(int type, int subtype, long value) {
    return new ExtendedCommunity(((long) type << 56) | ((long) subtype << 48) | value);
  }

  private static void require(String name, long value, long max) {
    if (value < 0 || value > max) {
      throw new IllegalArgumentException(
          "extended community: " + name + " " + value + " (expected: 0 to " + max + ")");
    }
  }

  /** Parses what {@link #toString} prints. */
  public static ExtendedCommunity parse(String text) {
    Matcher hex = HEX.matcher(text);
    if (hex.matches()) {
      return new ExtendedCommunity(HexFormat.fromHexDigitsToLong(hex.group(1)));
    }
    Matcher form = FORM.matcher(text);
    if (!form.matches()) {
      throw new IllegalArgumentException(
          "extended community: "
              + IpAddress.printable(text)
              + " (expected: rt:ASN:N, ro:ASN:N, rt:IPV4:N, ro:IPV4:N or 0x and 16 digits)");
    }
    int subtype = form.group(1).equals("rt") ? ROUTE_TARGET : ROUTE_ORIGIN;
    String administrator = form.group(2);
    long number = Long.parseLong(form.group(3));
    if (administrator.contains(".")) {
      require("number", number, MAX_UINT16);
      long address = IpAddress.parse(administrator).highBits() >>> 32;
      return of(IPV4_ADDRESS, subtype, (address << 16) | number);
    }
    boolean marked = administrator.endsWith("L");
    long as = Long.parseLong(marked ? administrator.replace("L", "") : administrator);
    return ofAs(subtype, as, marked || as > MAX_UINT16, number);
  }

  /** Whether it crosses the border of an AS (RFC 4360 section 2). */
  public boolean isTransitive() {
    return (type() & NON_TRANSITIVE) == 0;
  }

  private int type() {
    return (int) (octets >>> 56);
  }

  private int subtype() {
    return (int) (octets >>> 48) & 0xff;
  }

  @Override
  public int compareTo(ExtendedCommunity other) {
    return Long.compareUnsigned(octets, other.octets);
  }

  @Override
  public String toString() {
    if (subtype() != ROUTE_TARGET && subtype() != ROUTE_ORIGIN) {
      return hex();
    }
    String kind = subtype() == ROUTE_TARGET ? "rt:" : "ro:";
    long wide = (octets >>> 16) & MAX_UINT32;
    long narrow = octets & MAX_UINT16;
    return switch (type()) {
      case TWO_OCTET_AS -> kind + ((octets >>> 32) & MAX_UINT16) + ":" + (octets & MAX_UINT32);
      case IPV4_ADDRESS -> kind + IpAddress.ofIpv4((int) wide) + ":" + narrow;
      case FOUR_OCTET_AS -> kind + wide + (wide > MAX_UINT16 ? "" : "L") + ":" + narrow;
      default -> hex();
    };
  }

  /** In the form that every kind has: {@code 0x0002fbf000000064}. */
  public String hex() {
    return String.format(Locale.ROOT, "0x%016x", octets);
  }
}
