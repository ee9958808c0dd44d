package org.bgpannouncer.daemon;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.bgpannouncer.docs.Page;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConfigSourceTest {
  @TempDir Path directory;
  private Path file = Path.of("/");

  @BeforeEach
  void choosePath() {
    file = directory.resolve("site.yaml");
  }

  @Test
  void whatIsReadIsHandedOverOnTheReadersThread() throws Exception {
    Files.writeString(file, Page.README.block("yaml", "local-as"));
    CompletableFuture<String> thread =
        source(Duration.ofSeconds(60))
            .reread(
                reading -> {
                  assertThat(reading.config()).isPresent();
                  return Thread.currentThread().getName();
                })
            .toCompletableFuture();
    assertThat(thread.get(60, TimeUnit.SECONDS)).isEqualTo("announcer-reload");
  }

  @Test
  void aFileThatNeverAnswersIsAProblemAfterTheDeadline() throws Exception {
    mkfifo();
    ConfigSource source = source(Duration.ofMillis(50));
    for (int i = 0; i < ConfigSource.MAX_READERS; i++) {
      assertThat(problems(source))
          .containsExactly(file + ": not read within 50 ms (expected: a file that answers)");
    }
    assertThat(problems(source))
        .containsExactly(file + ": 8 readings of it hang (expected: a file that answers)");

    Files.writeString(file, "# whoever waited for the pipe reads to its end\n");
    Files.delete(file);
    Files.writeString(file, Page.README.block("yaml", "local-as"));
    await().atMost(OneSite.PATIENCE).until(() -> problems(source).isEmpty());
  }

  @Test
  void aFileThatIsGoneIsAProblem() throws Exception {
    assertThat(problems(source(Duration.ofSeconds(60))))
        .containsExactly("java.nio.file.NoSuchFileException: " + file);
  }

  private static List<String> problems(ConfigSource source) throws Exception {
    Function<ConfigSource.Reading, List<String>> problems = ConfigSource.Reading::problems;
    return source.reread(problems).toCompletableFuture().get(60, TimeUnit.SECONDS);
  }

  private ConfigSource source(Duration bound) {
    return new ConfigSource(new RunOptions(file, Optional.empty(), false, false), bound);
  }

  private void mkfifo() throws IOException {
    assertThat(new ProcessBuilder("mkfifo", file.toString()).start().onExit().join().exitValue())
        .isZero();
  }
}
