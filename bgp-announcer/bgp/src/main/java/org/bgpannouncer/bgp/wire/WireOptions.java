package org.bgpannouncer.bgp.wire;

/**
 * What two OPENs have settled about the form of the messages that follow.
 *
 * @param fourOctetAs whether AS_PATH has four octets a number (RFC 6793 section 4.1)
 */
public record WireOptions(boolean fourOctetAs) {
  /** Before both OPENs are read, and with a peer that names no capabilities. */
  public static final WireOptions INITIAL = new WireOptions(false);

  int asBytes() {
    return fourOctetAs ? 4 : 2;
  }
}
