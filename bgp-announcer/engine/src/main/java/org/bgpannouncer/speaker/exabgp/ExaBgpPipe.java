package org.bgpannouncer.speaker.exabgp;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;

/**
 * Both directions between ExaBGP and us.
 *
 * <p>{@link #close} must end a {@code read} that another thread is blocked in.
 */
public interface ExaBgpPipe extends Closeable {
  /** What ExaBGP says. Ends when ExaBGP does. */
  InputStream input();

  /** What ExaBGP is told. A write may block; each one is made of whole lines. */
  OutputStream output();

  /** Whether ExaBGP may be absent without {@link #input} ending: named pipes. */
  default boolean outlivesExaBgp() {
    return false;
  }

  /** Takes back what was written and not read yet. Named pipes only. */
  default void drain() throws IOException {}

  /** Whether this pipe is still ours: false once another process of ours has taken it over. */
  default boolean isOurs() {
    return true;
  }

  /** A pipe of two streams, for tests and for embedding. */
  static ExaBgpPipe of(InputStream input, OutputStream output) {
    return new ExaBgpPipe() {
      @Override
      public InputStream input() {
        return input;
      }

      @Override
      public OutputStream output() {
        return output;
      }

      @Override
      public void close() throws IOException {
        try (input) {
          output.close();
        }
      }
    };
  }
}
