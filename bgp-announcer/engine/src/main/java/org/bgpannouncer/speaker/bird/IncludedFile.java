package org.bgpannouncer.speaker.bird;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;

/**
 * The file that BIRD's configuration includes. It is replaced as a whole and is on the disk before
 * BIRD is told to read it; BIRD may start at any moment and must never find half of it.
 */
final class IncludedFile {
  private static final long MAX_BYTES = 64L << 20;

  private final Path path;
  private final Path draft;

  IncludedFile(Path path) {
    this.path = path;
    // Not ending like the file itself: BIRD's include may be a pattern.
    this.draft = path.resolveSibling(path.getFileName() + ".new");
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
