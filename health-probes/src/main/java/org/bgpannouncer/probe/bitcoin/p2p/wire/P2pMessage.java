package org.bgpannouncer.probe.bitcoin.p2p.wire;

import org.bgpannouncer.probe.bitcoin.BitcoinNetwork;

/** What the codec decodes and encodes. */
public sealed interface P2pMessage {
  /** Which of the records it is, for a switch. */
  Kind kind();

  /** One constant per record. */
  enum Kind {
    /** {@link Version}. */
    VERSION,
    /** {@link Verack}. */
    VERACK,
    /** {@link Ping}. */
    PING,
    /** {@link Pong}. */
    PONG,
    /** {@link OtherNetwork}. */
    OTHER_NETWORK
  }

  /**
   * The first message of either side.
   *
   * @param payload what it says
   */
  record Version(VersionPayload payload) implements P2pMessage {
    @Override
    public Kind kind() {
      return Kind.VERSION;
    }
  }

  /** The answer to a version; has no payload. */
  record Verack() implements P2pMessage {
    @Override
    public Kind kind() {
      return Kind.VERACK;
    }
  }

  /**
   * A question that a living node answers with the same nonce (BIP 31).
   *
   * @param nonce any 64 bits
   */
  record Ping(long nonce) implements P2pMessage {
    @Override
    public Kind kind() {
      return Kind.PING;
    }
  }

  /**
   * The answer to a ping.
   *
   * @param nonce that of the ping
   */
  record Pong(long nonce) implements P2pMessage {
    @Override
    public Kind kind() {
      return Kind.PONG;
    }
  }

  /**
   * Never sent: what the decoder says of a connection that starts with another known network's
   * message start. Nothing follows it.
   *
   * @param network whose message start it was
   */
  record OtherNetwork(BitcoinNetwork network) implements P2pMessage {
    @Override
    public Kind kind() {
      return Kind.OTHER_NETWORK;
    }
  }
}
