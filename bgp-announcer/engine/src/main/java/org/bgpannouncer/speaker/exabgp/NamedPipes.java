package org.bgpannouncer.speaker.exabgp;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * ExaBGP's command line pipes ({@code exabgp.in}, {@code exabgp.out}; {@code exabgp_api_cli=true})
 * for an announcer that ExaBGP does not start.
 *
 * <p>ExaBGP copies commands from the one and answers to the other. No events come this way, and
 * answers to several clients mix: no other client may use the pipes. Both are held open for reading
 * and writing, so that opening never waits for ExaBGP, and its answers always find a reader
 * (without one each costs it 50 ms). When a second process of ours opens the same pair, this one
 * {@linkplain #isOurs falls silent}.
 */
public final class NamedPipes implements ExaBgpPipe {
  private final Path in;
  private final FileChannel answers;
  private final FileChannel commands;
  private final InputStream input;
  private final OutputStream output;
  private final Optional<PipeOwnership> ownership;

  private NamedPipes(
      Path in, FileChannel answers, FileChannel commands, Optional<PipeOwnership> ownership) {
    this.ownership = ownership;
    this.in = in;
    this.answers = answers;
    this.commands = commands;
    this.input = Channels.newInputStream(answers);
    this.output = Channels.newOutputStream(commands);
  }

  /**
   * Opens the pair.
   *
   * @param in what ExaBGP reads, e.g. {@code /run/exabgp/exabgp.in}
   * @param out what ExaBGP writes, e.g. {@code /run/exabgp/exabgp.out}
   * @throws IOException when one is missing or no named pipe
   */
  public static NamedPipes open(Path in, Path out) throws IOException {
    FileChannel answers = openPipe(out);
    try {
      FileChannel commands = openPipe(in);
      return new NamedPipes(in, answers, commands, claim(in));
    } catch (IOException e) {
      answers.close();
      throw e;
    }
  }

  /** By device and inode, so that two names of one pipe are one pipe. */
  private static Optional<PipeOwnership> claim(Path in) throws IOException {
    Path beside = Optional.ofNullable(in.toAbsolutePath().getParent()).orElse(Path.of("/"));
    return PipeOwnership.claim(
        Files.isWritable(beside) ? beside : Path.of(System.getProperty("java.io.tmpdir", "/tmp")),
        "fifo-" + Files.readAttributes(in, BasicFileAttributes.class).fileKey());
  }

  private static FileChannel openPipe(Path path) throws IOException {
    // A regular file would swallow every command.
    if (!Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS)
        .isOther()) {
      throw new IOException(path + ": no named pipe (expected: mkfifo " + path + ")");
    }
    return FileChannel.open(path, StandardOpenOption.READ, StandardOpenOption.WRITE);
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
  public boolean isOurs() {
    return ownership.map(PipeOwnership::isMine).orElse(true);
  }

  @Override
  public boolean outlivesExaBgp() {
    return true;
  }

  /**
   * Reads back what ExaBGP has not taken, else it would execute it at its next start. Java cannot
   * read without blocking from a pipe that ExaBGP may empty at the same moment; dd can.
   */
  @Override
  public void drain() throws IOException {
    Process dd =
        new ProcessBuilder("dd", "if=" + in, "iflag=nonblock", "bs=65536", "status=none")
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    try {
      if (!dd.waitFor(1, TimeUnit.SECONDS)) {
        dd.destroyForcibly();
      }
    } catch (InterruptedException e) {
      dd.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void close() throws IOException {
    try (answers;
        commands) {
      if (ownership.isPresent()) {
        ownership.get().release();
      }
    }
  }
}
