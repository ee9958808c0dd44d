package org.bgpannouncer.speaker.exabgp;

import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Which of our processes may speak on a pipe: the newest.
 *
 * <p>A file named after the pipe holds a generation number. A new process raises it under a lock
 * and remembers its own; an older one sees through shared memory that it was overtaken, for the
 * price of a memory read before each write. Thread-safe.
 */
final class PipeOwnership {
  private static final Logger log = LoggerFactory.getLogger(PipeOwnership.class);
  private static final VarHandle LONG =
      MethodHandles.byteBufferViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

  private final Path file;
  private final MappedByteBuffer shared;
  private final long mine;

  private PipeOwnership(Path file, MappedByteBuffer shared, long mine) {
    this.file = file;
    this.shared = shared;
    this.mine = mine;
  }

  /**
   * Takes the pipe over from whoever had it.
   *
   * @param folder for the file; every process on this pipe must name the same
   * @param pipe what names the pipe, e.g. {@code pipe:[12345]}
   */
  static PipeOwnership claim(Path folder, String pipe) throws IOException {
    Path file =
        folder.resolve(
            "bgp-announcer-"
                + System.getProperty("user.name", "")
                + "-"
                + pipe.replaceAll("[^0-9A-Za-z]+", "-"));
    try (FileChannel channel =
            FileChannel.open(
                file,
                Set.of(
                    StandardOpenOption.CREATE,
                    StandardOpenOption.READ,
                    StandardOpenOption.WRITE,
                    LinkOption.NOFOLLOW_LINKS),
                PosixFilePermissions.asFileAttribute(
                    PosixFilePermissions.fromString("rw-------")));
        FileLock lock = channel.lock()) {
      MappedByteBuffer shared = channel.map(FileChannel.MapMode.READ_WRITE, 0, Long.BYTES);
      long mine = (long) LONG.getVolatile(shared, 0) + 1;
      LONG.setVolatile(shared, 0, mine);
      log.debug("generation {} on {} ({}, {})", mine, pipe, file, lock);
      return new PipeOwnership(file, shared, mine);
    }
  }

  boolean isMine() {
    return (long) LONG.getVolatile(shared, 0) == mine;
  }

  long generation() {
    return mine;
  }

  /** Removes the file, unless somebody else needs it now. */
  void release() throws IOException {
    if (isMine()) {
      Files.deleteIfExists(file);
    }
  }
}
