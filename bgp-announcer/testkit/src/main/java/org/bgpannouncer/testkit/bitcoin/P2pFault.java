package org.bgpannouncer.testkit.bitcoin;

/**
 * A way in which a {@link SimulatedP2pServer} misbehaves; toward the connections that it has
 * already, too, where it is not about the accept.
 */
public enum P2pFault {
  /** Closes each connection as it is accepted, without a byte: banned, or slots full. */
  CLOSE_AT_ACCEPT,
  /** Reads the peer's version, then closes without a byte: of another network. */
  CLOSE_BEFORE_VERSION,
  /** Closes after its own version. */
  CLOSE_AFTER_VERSION,
  /** Reads and never answers. */
  MUTE,
  /** Shakes hands, then leaves every ping unanswered. */
  NO_PONG,
  /**
   * Starts its messages as testnet4 does (or mainnet, if it is itself on testnet4). Bitcoin Core of
   * another network closes without a byte instead: {@link #CLOSE_BEFORE_VERSION}.
   */
  WRONG_NETWORK,
  /** Answers with bytes that start no known network's message, as a BIP 324 peer would. */
  GARBAGE,
  /** Announces a version of four gigabytes. */
  HUGE_LENGTH,
  /** Sends a version whose checksum does not match. */
  BAD_CHECKSUM,
  /** Sends a block's worth of a message nobody asked for before each pong. */
  LARGE_FRAMES,
  /**
   * Has no file descriptor left: the kernel accepts, and the process reads nothing of it; the
   * connections of before live on.
   */
  NOT_ACCEPTED,
  /** Is full: each accept evicts the connection accepted before it. */
  EVICT_AT_ACCEPT
}
