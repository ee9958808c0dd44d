package org.bgpannouncer.probe.net;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.RejectedExecutionException;
import org.bgpannouncer.probe.time.VirtualTime;
import org.junit.jupiter.api.Test;

final class BlockingReadTest {
  private static final long SECOND = Duration.ofSeconds(1).toNanos();

  private final VirtualTime time = new VirtualTime();
  private final List<Runnable> threads = new ArrayList<>();
  private final List<String> told = new ArrayList<>();
  private BlockingRead.Source<String> source = () -> "content";
  private final BlockingRead<String> file =
      new BlockingRead<>(time, threads::add, () -> source.read());

  private void ask(String who) {
    file.start(
        SECOND,
        new BlockingRead.Receiver<>() {
          @Override
          public void read(String content) {
            told.add(who + " read " + content);
          }

          @Override
          public void failed(String why) {
            told.add(who + " failed: " + why);
          }
        });
  }

  private void threadsRun() {
    List<Runnable> now = List.copyOf(threads);
    threads.clear();
    now.forEach(Runnable::run);
    time.runDue();
  }

  @Test
  void whoAsksWhileAReadIsUnderWayGetsTheSameContent() {
    ask("a");
    time.advance(Duration.ofMillis(500));
    ask("b");
    assertThat(threads).hasSize(1);
    threadsRun();

    assertThat(told).containsExactly("a read content", "b read content");
    assertThat(time.pending()).isZero();
  }

  @Test
  void eachHasADeadlineOfItsOwnWhileAReadHangs() {
    ask("a");
    time.advance(Duration.ofMillis(600));
    ask("b");
    time.advance(Duration.ofMillis(400));
    assertThat(told).containsExactly("a failed: not read within its deadline");
    threadsRun();

    assertThat(told).hasSize(2).last().isEqualTo("b read content");
  }

  @Test
  void whatComesAfterEveryDeadlineIsForWhoeverAsksNextAndForNobodyElse() {
    ask("a");
    time.advance(Duration.ofSeconds(2));
    threadsRun();
    source = () -> "newer";
    ask("b");
    ask("c");
    threadsRun();

    assertThat(told)
        .containsExactly(
            "a failed: not read within its deadline", "b read content", "c read newer");
  }

  @Test
  void saysWhyAndReadsAgainWhateverWasThrown() {
    assertThat(after(() -> fail(new NoSuchFileException("x")))).isEqualTo("a failed: no such file");
    assertThat(after(() -> fail(new IOException("stale handle"))))
        .isEqualTo("a failed: stale handle");
    assertThat(after(() -> fail(new IllegalStateException("odd")))).isEqualTo("a failed: odd");
    assertThat(
            after(
                () -> {
                  throw new NoClassDefFoundError("org/Gone");
                }))
        .isEqualTo("a failed: java.lang.NoClassDefFoundError: org/Gone");
    assertThat(after(() -> "back")).isEqualTo("a read back");
  }

  @Test
  void aThreadThatCannotStartFailsTheRead() {
    BlockingRead<String> none =
        new BlockingRead<>(
            time,
            task -> {
              throw new RejectedExecutionException("no threads");
            },
            () -> "never");
    none.start(
        SECOND,
        new BlockingRead.Receiver<>() {
          @Override
          public void read(String content) {
            told.add(content);
          }

          @Override
          public void failed(String why) {
            told.add(why);
          }
        });

    assertThat(told).containsExactly("java.util.concurrent.RejectedExecutionException: no threads");
  }

  private String after(BlockingRead.Source<String> next) {
    source = next;
    ask("a");
    threadsRun();
    return told.get(told.size() - 1);
  }

  private static <E extends Exception> String fail(E why) throws E {
    throw why;
  }
}
