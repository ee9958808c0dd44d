package org.bgpannouncer.speaker.exabgp;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class PipeOwnershipTest {
  @TempDir Path folder = Path.of("");

  @Test
  void theNewestOwnsThePipe() throws Exception {
    PipeOwnership older = claim("pipe:[1]");
    assertThat(older.isMine()).isTrue();
    PipeOwnership newer = claim("pipe:[1]");
    assertThat(older.isMine()).isFalse();
    assertThat(newer.isMine()).isTrue();
  }

  @Test
  void anotherPipeIsNobodysBusiness() throws Exception {
    PipeOwnership one = claim("pipe:[1]");
    PipeOwnership two = claim("pipe:[2]");
    assertThat(one.isMine()).isTrue();
    assertThat(two.isMine()).isTrue();
  }

  @Test
  void anOlderOneLeavesTheFileToTheNewer() throws Exception {
    PipeOwnership older = claim("pipe:[1]");
    PipeOwnership newer = claim("pipe:[1]");
    older.release();
    assertThat(newer.isMine()).isTrue();
    newer.release();
    try (var left = Files.list(folder)) {
      assertThat(left).isEmpty();
    }
  }

  @Test
  void aFileThatIsLockedOrCannotBeHadIsDoneWithout() throws Exception {
    claim("pipe:[1]");
    Path file;
    try (var files = Files.list(folder)) {
      file = files.findFirst().orElseThrow();
    }
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE);
        FileLock lock = channel.lock()) {
      assertThat(lock.isValid()).isTrue();
      assertThat(PipeOwnership.claim(folder, "pipe:[1]")).isEmpty();
    }
    assertThat(PipeOwnership.claim(folder, "pipe:[1]")).isPresent();
    assertThat(PipeOwnership.claim(folder.resolve("missing"), "pipe:[1]")).isEmpty();
    Files.delete(file);
    Files.createSymbolicLink(file, folder.resolve("elsewhere"));
    assertThat(PipeOwnership.claim(folder, "pipe:[1]")).isEmpty();
  }

  @Test
  void whoeverComesBehindTheLastOwnerStartsAnewAndIsSeenByTheNext() throws Exception {
    PipeOwnership first = claim("pipe:[1]");
    first.release();
    first.release();
    PipeOwnership second = claim("pipe:[1]");
    PipeOwnership third = claim("pipe:[1]");
    assertThat(second.isMine()).isFalse();
    assertThat(third.isMine()).isTrue();
  }

  private PipeOwnership claim(String pipe) {
    return PipeOwnership.claim(folder, pipe).orElseThrow();
  }
}
