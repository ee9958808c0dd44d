package org.bgpannouncer.speaker.exabgp;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class PipeOwnershipTest {
  @TempDir Path folder = Path.of("");

  @Test
  void theNewestOwnsThePipe() throws Exception {
    PipeOwnership older = PipeOwnership.claim(folder, "pipe:[1]");
    assertThat(older.isMine()).isTrue();
    PipeOwnership newer = PipeOwnership.claim(folder, "pipe:[1]");
    assertThat(older.isMine()).isFalse();
    assertThat(newer.isMine()).isTrue();
    assertThat(newer.generation()).isEqualTo(older.generation() + 1);
  }

  @Test
  void anotherPipeIsNobodysBusiness() throws Exception {
    PipeOwnership one = PipeOwnership.claim(folder, "pipe:[1]");
    PipeOwnership two = PipeOwnership.claim(folder, "pipe:[2]");
    assertThat(one.isMine()).isTrue();
    assertThat(two.isMine()).isTrue();
  }

  @Test
  void anOlderOneLeavesTheFileToTheNewer() throws Exception {
    PipeOwnership older = PipeOwnership.claim(folder, "pipe:[1]");
    PipeOwnership newer = PipeOwnership.claim(folder, "pipe:[1]");
    older.release();
    assertThat(newer.isMine()).isTrue();
    newer.release();
    try (var left = Files.list(folder)) {
      assertThat(left).isEmpty();
    }
  }
}
