package org.bgpannouncer.speaker.exabgp;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Lines of a stream, none longer than {@value #MAX_LINE_BYTES} bytes: a longer one is skipped.
 * Bytes that are not UTF-8 become replacement characters. Not thread-safe.
 */
final class LineReader {
  static final int MAX_LINE_BYTES = 1 << 20;

  private final InputStream in;
  private final byte[] buffer = new byte[1 << 16];
  private final ByteArrayOutputStream line = new ByteArrayOutputStream();
  private int position;
  private int limit;

  LineReader(InputStream in) {
    this.in = in;
  }

  /** The next whole line without its end; null at the end of the stream. */
  @Nullable String next() throws IOException {
    line.reset();
    boolean tooLong = false;
    while (true) {
      if (position == limit) {
        limit = in.read(buffer, 0, buffer.length);
        position = 0;
        if (limit < 0) {
          limit = 0;
          return null;
        }
      }
      int end = position;
      while (end < limit && buffer[end] != '\n') {
        end++;
      }
      tooLong |= line.size() + (end - position) > MAX_LINE_BYTES;
      if (!tooLong) {
        line.write(buffer, position, end - position);
      }
      position = end;
      if (end < limit) {
        position++;
        if (!tooLong) {
          return line.toString(StandardCharsets.UTF_8);
        }
        line.reset();
        tooLong = false;
      }
    }
  }
}
