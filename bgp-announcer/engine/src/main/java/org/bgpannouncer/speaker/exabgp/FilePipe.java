package org.bgpannouncer.speaker.exabgp;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** A pipe of two paths, e.g. {@code /dev/fd/0} and {@code /dev/fd/3}. */
final class FilePipe implements ExaBgpPipe {
  // Closing a FileChannel ends a read that another thread is blocked in; closing a stream does not.
  private final FileChannel from;
  private final FileChannel to;
  private final InputStream input;
  private final OutputStream output;

  private FilePipe(FileChannel from, FileChannel to) {
    this.from = from;
    this.to = to;
    this.input = Channels.newInputStream(from);
    this.output = Channels.newOutputStream(to);
  }

  static FilePipe open(Path from, Path to) throws IOException {
    FileChannel input = FileChannel.open(from, StandardOpenOption.READ);
    try {
      return new FilePipe(input, FileChannel.open(to, StandardOpenOption.WRITE));
    } catch (IOException e) {
      input.close();
      throw e;
    }
  }

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
    try (from) {
      to.close();
    }
  }
}
