package org.bgpannouncer.probe.bitcoin.zmq;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.bgpannouncer.probe.zmtp.Octets;
import org.bgpannouncer.probe.zmtp.ZmtpSignal.Message;
import org.bgpannouncer.probe.zmtp.ZmtpSignal.Part;

/**
 * One notification of bitcoind: topic, body, and a counter of this notifier as 32 bits little
 * endian.
 *
 * @param topic e.g. {@code hashblock}
 * @param sequence the counter, 0 to 2^32 - 1
 * @param blockHash of a block that became part of the chain, as RPC writes it; empty if this is
 *     about something else
 * @see <a href="https://github.com/bitcoin/bitcoin/blob/master/doc/zmq.md">doc/zmq.md</a>
 */
record Notification(String topic, long sequence, Optional<String> blockHash) {
  /** All that is ever looked at of a part: the header at the start of a raw block. */
  static final int HEAD_BYTES = 80;

  private static final int HASH_BYTES = 32;
  private static final int SEQUENCE_BYTES = 4;

  /** The topics that tell of a new block. */
  static boolean tellsOfBlocks(String topic) {
    return topic.equals("hashblock") || topic.equals("rawblock") || topic.equals("sequence");
  }

  /** Reads a message; empty if it is not in bitcoind's form. */
  static Optional<Notification> parse(Message message) {
    List<Part> parts = message.parts();
    if (parts.size() != 3 || !parts.get(0).isWhole() || parts.get(2).bytes() != SEQUENCE_BYTES) {
      return Optional.empty();
    }
    String topic = parts.get(0).head().text();
    Part body = parts.get(1);
    if (!isBodyOf(topic, body)) {
      return Optional.empty();
    }
    return Optional.of(
        new Notification(topic, littleEndian(parts.get(2).head()), blockHash(topic, body)));
  }

  /** The parts' sizes, to be read by people. */
  static String shapeOf(Message message) {
    return message.parts().stream()
        .map(part -> Long.toString(part.bytes()))
        .collect(Collectors.joining("+", "", " bytes"));
  }

  private static boolean isBodyOf(String topic, Part body) {
    return switch (topic) {
      case "hashblock", "hashtx" -> body.bytes() == HASH_BYTES;
      case "rawblock" -> body.bytes() > HEAD_BYTES;
      case "sequence" -> isSequenceBody(body);
      default -> true;
    };
  }

  // Hash and C (connected) or D (disconnected); or A (added) or R (removed) and 8 bytes more.
  private static boolean isSequenceBody(Part body) {
    if (body.bytes() <= HASH_BYTES) {
      return false;
    }
    return switch (label(body)) {
      case 'C', 'D' -> body.bytes() == HASH_BYTES + 1;
      case 'A', 'R' -> body.bytes() == HASH_BYTES + 1 + 8;
      default -> false;
    };
  }

  private static char label(Part sequenceBody) {
    return sequenceBody.head().text().charAt(HASH_BYTES);
  }

  private static Optional<String> blockHash(String topic, Part body) {
    return switch (topic) {
      case "hashblock" -> Optional.of(body.head().hex());
      case "rawblock" -> Optional.of(hashOfHeader(body.head()));
      case "sequence" ->
          label(body) == 'C'
              ? Optional.of(body.head().hex().substring(0, 2 * HASH_BYTES))
              : Optional.empty();
      default -> Optional.empty();
    };
  }

  // The hash topics come in the order RPC prints (zmqpublishnotifier.cpp reverses them); a raw
  // block's own hash has to be reversed here.
  private static String hashOfHeader(Octets header) {
    try {
      MessageDigest sha256 = MessageDigest.getInstance("SHA-256");
      byte[] hash = sha256.digest(sha256.digest(header.toArray()));
      for (int i = 0; i < hash.length / 2; i++) {
        byte swapped = hash[i];
        hash[i] = hash[hash.length - 1 - i];
        hash[hash.length - 1 - i] = swapped;
      }
      return HexFormat.of().formatHex(hash);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }

  private static long littleEndian(Octets octets) {
    long value = 0;
    byte[] bytes = octets.toArray();
    for (int i = bytes.length - 1; i >= 0; i--) {
      value = value << 8 | (bytes[i] & 0xff);
    }
    return value;
  }
}
