package org.bgpannouncer.bgp.session;

/** Who dials the TCP connection of a peer. */
public enum ConnectMode {
  /** We do; the peer's connections are refused. */
  ACTIVE,
  /** The peer does. */
  PASSIVE,
  /** Either; where both do, RFC 4271 section 6.8 says which connection stays. */
  BOTH;

  /** Whether we dial. */
  boolean dials() {
    return this != PASSIVE;
  }

  /** Whether the peer may. */
  boolean accepts() {
    return this != ACTIVE;
  }
}
