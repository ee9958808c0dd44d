package org.bgpannouncer.speaker.exabgp;

import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Which of our processes may speak on a pipe: the newest.
 *
 * <p>A file named after the pipe holds a generation number. A new process raises it under a lock
 * and remembers its own; an older one sees through shared memory that it was overtaken, for the
 * price of a memory read before each write.
 *
 * <p>This guards against a mistake, and must not become one: where the file cannot be had (a full
 * or foreign folder, another user's file or lock) the process warns and speaks as if it were alone.
 * Thread-safe.
 */
final class PipeOwnership {
  /** How long a lock may be held by somebody else: ours is held for microseconds. */
  static final Duration LOCK_BOUND = Duration.ofSeconds(1);

  private static final Logger log = LoggerFactory.getLogger(PipeOwnership.class);
  private static final VarHandle LONG =
      MethodHandles.byteBufferViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);
  private static final Duration LOCK_PAUSE = Duration.ofMillis(10);

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
   * @return empty when there is no telling who else is there
   */
  static Optional<PipeOwnership> claim(Path folder, String pipe) {
    Path file =
        folder.resolve(
            "bgp-announcer-"
                + System.getProperty("user.name", "")
                + "-"
                + pipe.replaceAll("[^0-9A-Za-z]+", "-"));
    try {
      PipeOwnership claimed = claim(file);
      // An owner that left meanwhile has removed the file which we opened before.
      while (!claimed.isOf(file)) {
        claimed = claim(file);
      }
      log.debug("generation {} on {} ({})", claimed.mine, pipe, file);
      return Optional.of(claimed);
    } catch (IOException e) {
      log.warn("a second announcer on {} would not be noticed: {} ({})", pipe, file, e.toString());
      return Optional.empty();
    }
  }

  private static PipeOwnership claim(Path file) throws IOException {
    try (FileChannel channel =
        FileChannel.open(
            file,
            Set.of(
                StandardOpenOption.CREATE,
                StandardOpenOption.READ,
                StandardOpenOption.WRITE,
                LinkOption.NOFOLLOW_LINKS),
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")))) {
      requireOurs(file);
      try (FileLock lock = lock(channel)) {
        if (lock.isValid() && channel.size() < Long.BYTES) {
          // Written, not mapped: on a full disk that is an exception and no SIGBUS.
          channel.write(ByteBuffer.allocate(Long.BYTES), 0);
        }
        MappedByteBuffer shared = channel.map(FileChannel.MapMode.READ_WRITE, 0, Long.BYTES);
        long mine = (long) LONG.getVolatile(shared, 0) + 1;
        LONG.setVolatile(shared, 0, mine);
        return new PipeOwnership(file, shared, mine);
      }
    }
  }

  /** Whoever owns the file could hold its lock, or rewind it. */
  private static void requireOurs(Path file) throws IOException {
    Object owner = Files.getAttribute(file, "unix:uid", LinkOption.NOFOLLOW_LINKS);
    Object us = Files.getAttribute(Path.of("/proc/self"), "unix:uid");
    if (!owner.equals(us)) {
      throw new IOException("owned by uid " + owner + " (expected: " + us + ")");
    }
  }

  private static FileLock lock(FileChannel channel) throws IOException {
    long byNanos = System.nanoTime() + LOCK_BOUND.toNanos();
    do {
      try {
        FileLock lock = channel.tryLock();
        if (lock != null) {
          return lock;
        }
      } catch (OverlappingFileLockException e) {
        log.trace("locked by another speaker of this process", e);
      }
      LockSupport.parkNanos(LOCK_PAUSE.toNanos());
    } while (System.nanoTime() - byNanos < 0);
    throw new IOException("locked for " + LOCK_BOUND.toSeconds() + " s by another process");
  }

  private boolean isOf(Path path) throws IOException {
    try {
      byte[] bytes = Files.readAllBytes(path);
      return bytes.length >= Long.BYTES && ByteBuffer.wrap(bytes).getLong() >= mine;
    } catch (NoSuchFileException e) {
      return false;
    }
  }

  boolean isMine() {
    return (long) LONG.getVolatile(shared, 0) == mine;
  }

  /** Removes the file, unless somebody else needs it now. */
  void release() throws IOException {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE);
        FileLock lock = lock(channel)) {
      if (lock.isValid() && isMine()) {
        Files.deleteIfExists(file);
      }
    } catch (NoSuchFileException e) {
      log.debug("released already: {}", file);
    }
  }
}
