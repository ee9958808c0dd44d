package org.bgpannouncer.testkit.exabgp;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * The pipe from ExaBGP to its API process, which outlives the process: what a dead one left unread
 * comes to the next. Without bound. Thread-safe.
 */
final class AnswerStream {
  private final Deque<Byte> unread = new ArrayDeque<>();
  private boolean ended;
  private int reader;

  /** The reading end of a new process. An earlier one ends. */
  synchronized InputStream open() {
    reader++;
    notifyAll();
    return new Reader(reader);
  }

  /** Writes a line. */
  synchronized void say(String line) {
    for (byte each : (line + "\n").getBytes(StandardCharsets.UTF_8)) {
      unread.add(each);
    }
    notifyAll();
  }

  /** Nothing more will be said. */
  synchronized void end() {
    ended = true;
    notifyAll();
  }

  private synchronized int read(int as, byte[] into, int offset, int length) throws IOException {
    while (unread.isEmpty() && !ended && as == reader) {
      try {
        wait();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IOException("interrupted", e);
      }
    }
    if (unread.isEmpty() || as != reader) {
      return -1;
    }
    int count = 0;
    while (count < length && !unread.isEmpty()) {
      into[offset + count++] = unread.remove();
    }
    return count;
  }

  private final class Reader extends InputStream {
    private final int as;

    Reader(int as) {
      this.as = as;
    }

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] into, int offset, int length) throws IOException {
      return length == 0 ? 0 : AnswerStream.this.read(as, into, offset, length);
    }
  }
}
