package org.bgpannouncer.bgp;

/**
 * ROUTE-REFRESH (RFC 2918 section 3, RFC 7313 section 3.2): asks for all routes of a family once
 * more, or marks where such a repetition begins and ends.
 *
 * @param family of any number; who does not have it ignores the message (RFC 2918 section 4)
 * @param subtype {@link #REQUEST}, {@link #BEGIN}, {@link #END}; a receiver ignores the message
 *     with any other (RFC 7313 section 5)
 */
public record RouteRefreshMessage(AddressFamily family, int subtype) implements BgpMessage {
  /** A normal route refresh request (RFC 7313 section 3.2). */
  public static final int REQUEST = 0;

  /** The repetition begins: BoRR (RFC 7313 section 3.2). */
  public static final int BEGIN = 1;

  /** The repetition ends: EoRR (RFC 7313 section 3.2). */
  public static final int END = 2;

  /** Rejects a subtype beyond an octet. */
  public RouteRefreshMessage {
    Ranges.require("subtype", subtype, 0, 255);
  }

  /** Asks for all routes of {@code family}. */
  public static RouteRefreshMessage request(AddressFamily family) {
    return new RouteRefreshMessage(family, REQUEST);
  }

  /** Marks the beginning of the routes of {@code family}. */
  public static RouteRefreshMessage begin(AddressFamily family) {
    return new RouteRefreshMessage(family, BEGIN);
  }

  /** Marks the end of the routes of {@code family}. */
  public static RouteRefreshMessage end(AddressFamily family) {
    return new RouteRefreshMessage(family, END);
  }

  @Override
  public MessageType type() {
    return MessageType.ROUTE_REFRESH;
  }

  @Override
  public String toString() {
    return MessageText.of(this);
  }
}
