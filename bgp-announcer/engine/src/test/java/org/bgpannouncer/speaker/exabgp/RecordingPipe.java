package org.bgpannouncer.speaker.exabgp;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.UnaryOperator;

/** A pipe that remembers the lines written, and may change them on their way. */
final class RecordingPipe implements ExaBgpPipe {
  private final ExaBgpPipe pipe;
  private final List<String> lines = new CopyOnWriteArrayList<>();
  private volatile UnaryOperator<String> change = UnaryOperator.identity();

  RecordingPipe(ExaBgpPipe pipe) {
    this.pipe = pipe;
  }

  /** The lines as the speaker wrote them. */
  List<String> lines() {
    return lines;
  }

  /** The lines that concern routes. */
  List<String> routeLines() {
    return lines.stream().filter(line -> line.matches("(announce|withdraw) .*")).toList();
  }

  void change(UnaryOperator<String> each) {
    change = each;
  }

  @Override
  public InputStream input() {
    return pipe.input();
  }

  @Override
  public OutputStream output() {
    OutputStream to = pipe.output();
    return new OutputStream() {
      @Override
      public void write(int value) throws IOException {
        throw new IOException("one byte at a time (expected: whole lines)");
      }

      @Override
      public void write(byte[] bytes, int offset, int length) throws IOException {
        String text = new String(bytes, offset, length, StandardCharsets.ISO_8859_1);
        StringBuilder changed = new StringBuilder();
        for (String line : text.split("\n", -1)) {
          if (!line.isEmpty()) {
            lines.add(line);
            changed.append(change.apply(line)).append('\n');
          }
        }
        to.write(changed.toString().getBytes(StandardCharsets.ISO_8859_1));
      }
    };
  }

  @Override
  public boolean outlivesExaBgp() {
    return pipe.outlivesExaBgp();
  }

  @Override
  public void drain() throws IOException {
    pipe.drain();
  }

  @Override
  public void close() throws IOException {
    pipe.close();
  }
}
