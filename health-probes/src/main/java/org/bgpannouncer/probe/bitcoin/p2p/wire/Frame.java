package org.bgpannouncer.probe.bitcoin.p2p.wire;

import io.netty.buffer.ByteBuf;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/**
 * The 24-byte header before every message: message start (4), command (12, zero-padded ASCII),
 * payload length (4, little endian), checksum (4). Bitcoin Core, protocol.h: CMessageHeader.
 */
final class Frame {
  static final int HEADER_BYTES = 24;
  static final int START_BYTES = 4;
  static final int COMMAND_BYTES = 12;

  /** Bitcoin Core, net.h: MAX_PROTOCOL_MESSAGE_LENGTH. */
  static final int MAX_PAYLOAD_BYTES = 4_000_000;

  private Frame() {}

  static MessageDigest newSha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("SHA-256 (expected: in every JDK)", e);
    }
  }

  /** The first four bytes of SHA-256 applied twice to what {@code digest} was fed; resets it. */
  static int checksum(MessageDigest digest) {
    byte[] twice = digest.digest(digest.digest());
    return (twice[0] & 0xff) << 24
        | (twice[1] & 0xff) << 16
        | (twice[2] & 0xff) << 8
        | (twice[3] & 0xff);
  }

  static void feed(MessageDigest digest, ByteBuf bytes, int index, int length) {
    digest.update(bytes.nioBuffer(index, length));
  }
}
