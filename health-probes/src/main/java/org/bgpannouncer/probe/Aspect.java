package org.bgpannouncer.probe;

import java.util.Locale;
import java.util.Optional;

/** One side of a host that a service can depend on: the words of {@code healthy.by}. */
public enum Aspect {
  /** Bitcoin's peer-to-peer port. */
  P2P,
  /** bitcoind's JSON-RPC. */
  RPC,
  /** bitcoind's ZMQ notifications. */
  ZMQ,
  /** A plain TCP connect. */
  TCP,
  /** HTTP or HTTPS. */
  HTTP;

  /** The configuration's spelling: {@code p2p}, {@code rpc}, ... */
  public String key() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** The aspect spelled {@code key}, or empty if there is none. */
  public static Optional<Aspect> ofKey(String key) {
    for (Aspect aspect : values()) {
      if (aspect.key().equals(key)) {
        return Optional.of(aspect);
      }
    }
    return Optional.empty();
  }
}
