package org.bgpannouncer.speaker.bird;

import java.io.ByteArrayOutputStream;
import java.net.ProtocolException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.function.Consumer;

/**
 * Turns what BIRD's control socket says into lines: {@code CCCC-TEXT}, {@code CCCC TEXT} where a
 * reply ends, or a blank and the text where the code is that of the line before. Not thread-safe.
 *
 * <p>Source: BIRD, nest/cli.c; it writes no line of more than 512 bytes.
 */
final class ReplyReader {
  static final int MAX_LINE = 4096;

  private static final int CODE_DIGITS = 4;

  private final ByteArrayOutputStream line = new ByteArrayOutputStream();
  private int code = -1;

  /**
   * Takes in what was read, and hands on the lines that are whole.
   *
   * @throws ProtocolException when this is not BIRD's control socket
   */
  void read(ByteBuffer bytes, Consumer<ReplyLine> lines) throws ProtocolException {
    while (bytes.hasRemaining()) {
      byte each = bytes.get();
      if (each != '\n') {
        if (line.size() == MAX_LINE) {
          throw new ProtocolException("a line of more than " + MAX_LINE + " bytes");
        }
        line.write(each);
        continue;
      }
      String text = line.toString(StandardCharsets.UTF_8);
      line.reset();
      if (!text.startsWith("+")) { // what "echo" asked for on this socket; nobody did
        lines.accept(parse(text));
      }
    }
  }

  private ReplyLine parse(String text) throws ProtocolException {
    if (text.startsWith(" ") && code >= 0) {
      return new ReplyLine(code, false, text.substring(1));
    }
    if (!startsWithCode(text)) {
      throw new ProtocolException("a line without a reply code");
    }
    boolean last = text.charAt(CODE_DIGITS) == ' ';
    int own = Integer.parseInt(text.substring(0, CODE_DIGITS));
    code = last ? -1 : own;
    return new ReplyLine(own, last, text.substring(CODE_DIGITS + 1));
  }

  private static boolean startsWithCode(String text) {
    if (text.length() <= CODE_DIGITS) {
      return false;
    }
    for (int i = 0; i < CODE_DIGITS; i++) {
      if (text.charAt(i) < '0' || text.charAt(i) > '9') {
        return false;
      }
    }
    return text.charAt(CODE_DIGITS) == ' ' || text.charAt(CODE_DIGITS) == '-';
  }
}
