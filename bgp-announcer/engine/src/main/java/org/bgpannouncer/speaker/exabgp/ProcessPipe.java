package org.bgpannouncer.speaker.exabgp;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/**
 * The pipe of an ExaBGP process: answers on fd 0, commands on the fd that {@code scripts/launcher}
 * moved them to, because a JVM prints to fd 1 by itself.
 *
 * <p>When a second process of ours opens the same pipe, this one {@linkplain #isOurs falls silent}.
 */
public final class ProcessPipe implements ExaBgpPipe {
  /** Names the fd of the pipe to ExaBGP; without it fd 1. */
  public static final String PIPE_FD = "ANNOUNCER_PIPE_FD";

  private static final Path DESCRIPTORS = Path.of("/proc/self/fd");

  private final FilePipe pipe;
  private final Optional<PipeOwnership> ownership;

  private ProcessPipe(FilePipe pipe, Optional<PipeOwnership> ownership) {
    this.pipe = pipe;
    this.ownership = ownership;
  }

  /**
   * Opens the pipe that this process was started with.
   *
   * @param environment of this process: {@value #PIPE_FD}, and {@code RUNTIME_DIRECTORY}
   *     (systemd's) as the folder for the lock file instead of {@code java.io.tmpdir}
   * @throws IOException when this is no pipe, e.g. a terminal; the message says how to start it
   */
  public static ProcessPipe open(Map<String, String> environment) throws IOException {
    Path from = descriptor("0");
    Path to = descriptor(environment.getOrDefault(PIPE_FD, "1"));
    requirePipe("stdin", from);
    String name = requirePipe("the pipe to ExaBGP", to);
    FilePipe pipe = FilePipe.open(from, to);
    return new ProcessPipe(pipe, PipeOwnership.claim(folder(environment), name));
  }

  private static Path descriptor(String number) throws IOException {
    if (!number.matches("[0-9]{1,4}")) {
      throw new IOException("file descriptor: " + number + " (expected: a number)");
    }
    return DESCRIPTORS.resolve(number);
  }

  private static Path folder(Map<String, String> environment) {
    String runtime = environment.getOrDefault("RUNTIME_DIRECTORY", "").split(":", 2)[0];
    return Path.of(runtime.isEmpty() ? System.getProperty("java.io.tmpdir", "/tmp") : runtime);
  }

  private static String requirePipe(String name, Path descriptor) throws IOException {
    String target = Files.readSymbolicLink(descriptor).toString();
    if (!target.startsWith("pipe:")) {
      throw new IOException(
          name
              + ": "
              + target
              + " (expected: a pipe; the announcer is started by ExaBGP, with \"process announcer {"
              + " run .../announcer run --config FILE; encoder json; }\" in its configuration)");
    }
    return target;
  }

  @Override
  public InputStream input() {
    return pipe.input();
  }

  @Override
  public OutputStream output() {
    return pipe.output();
  }

  @Override
  public boolean isOurs() {
    return ownership.map(PipeOwnership::isMine).orElse(true);
  }

  /** Closes both directions. The launcher keeps its own end, and hears the end of this process. */
  @Override
  public void close() throws IOException {
    try (pipe) {
      if (ownership.isPresent()) {
        ownership.get().release();
      }
    }
  }
}
