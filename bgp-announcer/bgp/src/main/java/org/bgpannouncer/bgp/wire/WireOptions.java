package org.bgpannouncer.bgp.wire;

import java.util.Set;
import org.bgpannouncer.bgp.AddressFamily;

/**
 * What two OPENs have settled about the form of the messages that follow. A reader and a writer
 * have options of their own: a peer sends what we offered to receive, whatever it offers itself.
 *
 * @param fourOctetAs whether AS_PATH has four octets a number (RFC 6793 section 4.1)
 * @param extendedMessages whether messages may be longer than 4096 octets (RFC 8654 section 4)
 * @param addPathSend families whose prefixes we write with a path identifier (RFC 7911 section 4)
 * @param addPathReceive families whose prefixes we read with one
 * @param extendedNextHop whether IPv4 routes may have an IPv6 next hop (RFC 8950 section 4)
 * @param enhancedRouteRefresh whether ROUTE-REFRESH has a subtype (RFC 7313 section 3.2)
 * @param external whether the peer is of another AS (RFC 7606 sections 7.5, 7.9, 7.10)
 */
public record WireOptions(
    boolean fourOctetAs,
    boolean extendedMessages,
    Set<AddressFamily> addPathSend,
    Set<AddressFamily> addPathReceive,
    boolean extendedNextHop,
    boolean enhancedRouteRefresh,
    boolean external) {
  /** Before both OPENs are read, and with a peer that names no capabilities. */
  public static final WireOptions INITIAL =
      new WireOptions(false, false, Set.of(), Set.of(), false, false, false);

  /** Copies the families. */
  public WireOptions {
    addPathSend = Set.copyOf(addPathSend);
    addPathReceive = Set.copyOf(addPathReceive);
  }

  /** These options with another {@link #fourOctetAs}. */
  public WireOptions withFourOctetAs(boolean value) {
    return new WireOptions(
        value,
        extendedMessages,
        addPathSend,
        addPathReceive,
        extendedNextHop,
        enhancedRouteRefresh,
        external);
  }

  /** These options with another {@link #extendedMessages}. */
  public WireOptions withExtendedMessages(boolean value) {
    return new WireOptions(
        fourOctetAs,
        value,
        addPathSend,
        addPathReceive,
        extendedNextHop,
        enhancedRouteRefresh,
        external);
  }

  /** These options with other families of several paths to a prefix. */
  public WireOptions withAddPath(Set<AddressFamily> send, Set<AddressFamily> receive) {
    return new WireOptions(
        fourOctetAs,
        extendedMessages,
        send,
        receive,
        extendedNextHop,
        enhancedRouteRefresh,
        external);
  }

  /** These options with another {@link #extendedNextHop}. */
  public WireOptions withExtendedNextHop(boolean value) {
    return new WireOptions(
        fourOctetAs,
        extendedMessages,
        addPathSend,
        addPathReceive,
        value,
        enhancedRouteRefresh,
        external);
  }

  /** These options with another {@link #enhancedRouteRefresh}. */
  public WireOptions withEnhancedRouteRefresh(boolean value) {
    return new WireOptions(
        fourOctetAs,
        extendedMessages,
        addPathSend,
        addPathReceive,
        extendedNextHop,
        value,
        external);
  }

  /** These options with another {@link #external}. */
  public WireOptions withExternal(boolean value) {
    return new WireOptions(
        fourOctetAs,
        extendedMessages,
        addPathSend,
        addPathReceive,
        extendedNextHop,
        enhancedRouteRefresh,
        value);
  }

  int asBytes() {
    return fourOctetAs ? 4 : 2;
  }
}
