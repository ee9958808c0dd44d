package org.bgpannouncer.testkit.bitcoin;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;

/**
 * The node's side of the wire format, written apart from the probe's so that each tests the other.
 */
final class P2pFrames {
  static final int HEADER_BYTES = 24;

  private P2pFrames() {}

  static ByteBuf frame(int messageStart, String command, byte[] payload) {
    return header(messageStart, command, payload.length, checksum(payload)).writeBytes(payload);
  }

  static ByteBuf header(int messageStart, String command, int length, byte[] checksum) {
    byte[] padded = Arrays.copyOf(command.getBytes(StandardCharsets.US_ASCII), 12);
    return Unpooled.buffer(HEADER_BYTES)
        .writeInt(messageStart)
        .writeBytes(padded)
        .writeIntLE(length)
        .writeBytes(checksum);
  }

  static byte[] version(NodeIdentity identity, long nowSeconds) {
    byte[] agent = identity.userAgent().getBytes(StandardCharsets.US_ASCII);
    if (agent.length > 252) {
      throw new IllegalArgumentException(
          "user-agent: " + agent.length + " bytes (expected: <= 252)");
    }
    ByteBuf out = Unpooled.buffer();
    out.writeIntLE(70016);
    out.writeLongLE(identity.services());
    out.writeLongLE(nowSeconds + identity.clockAheadSeconds());
    out.writeZero(26); // the receiver
    out.writeLongLE(identity.services()).writeZero(18); // the sender
    out.writeLongLE(0x0123456789abcdefL);
    out.writeByte(agent.length).writeBytes(agent);
    out.writeIntLE(identity.startHeightBlocks());
    out.writeByte(1);
    byte[] payload = new byte[out.readableBytes()];
    out.readBytes(payload);
    return payload;
  }

  static byte[] checksum(byte[] payload) {
    try {
      MessageDigest sha256 = MessageDigest.getInstance("SHA-256");
      return Arrays.copyOf(sha256.digest(sha256.digest(payload)), 4);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("SHA-256 (expected: in every JDK)", e);
    }
  }
}
