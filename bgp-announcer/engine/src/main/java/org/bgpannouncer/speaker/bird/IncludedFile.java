package org.bgpannouncer.speaker.bird;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The file that BIRD's configuration includes. It is replaced as a whole and is on the disk before
 * BIRD is told to read it; BIRD may start at any moment and must never find half of it. Two
 * announcers that write to it would withdraw each other's routes, so one has it at a time: who
 * holds the lock on the file beside it.
 */
final class IncludedFile {
  private static final Logger log = LoggerFactory.getLogger(IncludedFile.class);

  private static final long MAX_BYTES = 64L << 20;

  private final Path path;
  private final Path draft;
  private final Path lockPath;
  private @Nullable FileChannel lock;
  private boolean warned;

  IncludedFile(Path path) {
    this.path = path;
    // Not ending like the file itself: BIRD's include may be a pattern.
    this.draft = path.resolveSibling(path.getFileName() + ".new");
    this.lockPath = path.resolveSibling(path.getFileName() + ".lock");
  }

  /** Makes it ours until {@link #release}; false while another announcer has it. */
  boolean take() {
    if (lock != null) {
      return true;
    }
    try {
      FileChannel channel =
          FileChannel.open(lockPath, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
      lock = isLocked(channel) ? channel : null;
      if (lock == null) {
        channel.close();
      }
      return lock != null;
    } catch (IOException e) {
      // Where no file can be made nobody writes to ours; what BIRD holds can be withdrawn.
      if (!warned) {
        log.warn("the lock of the file that BIRD includes: {}", e.toString());
      }
      warned = true;
      return true;
    }
  }

  private static boolean isLocked(FileChannel channel) throws IOException {
    try {
      return channel.tryLock() != null;
    } catch (OverlappingFileLockException e) {
      return false; // another one of this process
    }
  }

  /** Leaves it to whoever wants it. */
  void release() {
    FileChannel held = lock;
    lock = null;
    if (held != null) {
      try {
        held.close();
      } catch (IOException e) {
        log.warn("the lock of the file that BIRD includes: {}", e.toString());
      }
    }
  }

  /** What stands there; nothing if there is no such file, or one that cannot be ours. */
  String load() throws IOException {
    try {
      return Files.size(path) > MAX_BYTES ? "" : Files.readString(path);
    } catch (NoSuchFileException e) {
      return "";
    }
  }

  void store(String text) throws IOException {
    try (FileChannel channel =
        FileChannel.open(
            draft,
            StandardOpenOption.CREATE,
            StandardOpenOption.TRUNCATE_EXISTING,
            StandardOpenOption.WRITE)) {
      ByteBuffer bytes = ByteBuffer.wrap(text.getBytes(StandardCharsets.US_ASCII));
      while (bytes.hasRemaining()) {
        channel.write(bytes);
      }
      channel.force(true);
    }
    Files.move(draft, path, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    try (FileChannel folder =
        FileChannel.open(path.toAbsolutePath().getParent(), StandardOpenOption.READ)) {
      folder.force(true); // the new name too
    }
  }
}
