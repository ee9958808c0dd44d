package org.bgpannouncer.bgp;

import org.bgpannouncer.route.Prefix;

/**
 * An address family with its subsequent identifier (RFC 4760 section 3), e.g. IPv4 unicast.
 *
 * @param afi 0 to 65535
 * @param safi 0 to 255
 */
public record AddressFamily(int afi, int safi) {
  /** AFI 1, SAFI 1. */
  public static final AddressFamily IPV4_UNICAST = new AddressFamily(1, 1);

  /** AFI 2, SAFI 1. */
  public static final AddressFamily IPV6_UNICAST = new AddressFamily(2, 1);

  /** Rejects numbers beyond their fields. */
  public AddressFamily {
    Ranges.require("afi", afi, 0, Ranges.MAX_UINT16);
    Ranges.require("safi", safi, 0, 255);
  }

  /** The unicast family of {@code prefix}. */
  public static AddressFamily of(Prefix prefix) {
    return prefix.isIpv4() ? IPV4_UNICAST : IPV6_UNICAST;
  }

  /** Whether we read and write prefixes of this family. */
  public boolean isSupported() {
    return equals(IPV4_UNICAST) || equals(IPV6_UNICAST);
  }

  @Override
  public String toString() {
    if (equals(IPV4_UNICAST)) {
      return "ipv4 unicast";
    }
    return equals(IPV6_UNICAST) ? "ipv6 unicast" : "afi " + afi + " safi " + safi;
  }
}
