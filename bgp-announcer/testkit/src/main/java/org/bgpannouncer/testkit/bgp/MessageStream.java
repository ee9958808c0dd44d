package org.bgpannouncer.testkit.bgp;

import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Cuts what comes off a socket into messages by their length fields (RFC 4271 section 4.1), and
 * gives them as octets: what they say, and whether they are right, is the session's business.
 */
final class MessageStream {
  private static final int HEADER = 19;
  private static final int LENGTH_AT = 16;
  private static final int TYPE_AT = 18;
  private static final int UPDATE_TYPE = 2;
  private static final int KEEPALIVE_TYPE = 4;

  /** Longer ones (RFC 8654) are not collected, because the receiver may refuse their header. */
  private static final int MAX_COLLECTED = 4096;

  /** Says how many octets may be read now; blocks while none may. */
  interface Pace {
    int octets() throws IOException;
  }

  private final InputStream in;
  private final Pace pace;
  private int left;

  MessageStream(InputStream in, Pace pace) {
    this.in = in;
    this.pace = pace;
  }

  static boolean isKeepalive(byte[] message) {
    return message.length == HEADER && message[TYPE_AT] == KEEPALIVE_TYPE;
  }

  static boolean isUpdate(byte[] message) {
    return message.length >= HEADER && message[TYPE_AT] == UPDATE_TYPE;
  }

  /** Whether the next octets begin a message. */
  boolean isBetweenMessages() {
    return left == 0;
  }

  /** The next message, or a piece of one that is too long or too short; null at the end. */
  byte @Nullable [] next() throws IOException {
    if (left > 0) {
      byte[] piece = new byte[Math.min(left, MAX_COLLECTED)];
      int read = in.read(piece, 0, Math.min(piece.length, pace.octets()));
      left -= Math.max(0, read);
      return read < 0 ? null : Arrays.copyOf(piece, read);
    }
    byte[] header = new byte[HEADER];
    int filled = fill(header, 0);
    if (filled < HEADER) {
      return filled == 0 ? null : Arrays.copyOf(header, filled);
    }
    int length = (header[LENGTH_AT] & 0xff) << 8 | (header[LENGTH_AT + 1] & 0xff);
    if (length <= HEADER || length > MAX_COLLECTED) {
      left = Math.max(0, length - HEADER);
      return header;
    }
    byte[] message = Arrays.copyOf(header, length);
    return Arrays.copyOf(message, fill(message, HEADER));
  }

  /** Reads until {@code target} is full or the stream ends, and says how far it got. */
  private int fill(byte[] target, int from) throws IOException {
    int filled = from;
    while (filled < target.length) {
      int read = in.read(target, filled, Math.min(target.length - filled, pace.octets()));
      if (read < 0) {
        return filled;
      }
      filled += read;
    }
    return filled;
  }
}
