package org.bgpannouncer.route;

/** Where a route points: at the speaker itself, or at an address. */
public sealed interface NextHop {
  /** The speaker's own address of the session: {@code next-hop self}. */
  NextHop SELF = new Self();

  /** The next hop at {@code address}. */
  static NextHop of(IpAddress address) {
    return new At(address);
  }

  /** {@code next-hop self}. */
  record Self() implements NextHop {
    @Override
    public String toString() {
      return "self";
    }
  }

  /**
   * An explicit next hop.
   *
   * @param address of the same family as the prefix, unless RFC 8950 is negotiated
   */
  record At(IpAddress address) implements NextHop {
    @Override
    public String toString() {
      return address.toString();
    }
  }
}
