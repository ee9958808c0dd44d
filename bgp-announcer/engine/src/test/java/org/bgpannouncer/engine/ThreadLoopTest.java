package org.bgpannouncer.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.bgpannouncer.probe.time.Loop;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class ThreadLoopTest {
  private final ThreadLoop loop = new ThreadLoop("thread-loop-test");
  private final List<Object> done = new ArrayList<>(); // written by the loop, read after a handover

  @AfterEach
  void end() {
    loop.close();
  }

  /** Waits until the loop has run everything that was due before this call. */
  private void caughtUp() {
    CompletableFuture<Void> reached = new CompletableFuture<>();
    loop.execute(() -> reached.complete(null));
    reached.orTimeout(10, TimeUnit.SECONDS).join();
  }

  /** Keeps the loop's thread busy until the latch is counted down. */
  private CountDownLatch occupied() {
    CountDownLatch gate = new CountDownLatch(1);
    CountDownLatch entered = new CountDownLatch(1);
    loop.execute(
        () -> {
          entered.countDown();
          pass(gate);
        });
    pass(entered);
    return gate;
  }

  private static void pass(CountDownLatch gate) {
    try {
      assertThat(gate.await(10, TimeUnit.SECONDS)).isTrue();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  private Thread thread() {
    return CompletableFuture.supplyAsync(Thread::currentThread, loop)
        .orTimeout(10, TimeUnit.SECONDS)
        .join();
  }

  @Test
  void runsTasksInOrderOnItsOwnThreadOnceStarted() {
    IntStream.range(0, 100).forEach(i -> loop.execute(() -> done.add(i)));
    loop.execute(() -> done.add(loop.isCurrent()));
    assertThat(loop.isCurrent()).isFalse();
    loop.start();
    caughtUp();

    List<Object> expected = new ArrayList<>(IntStream.range(0, 100).boxed().toList());
    expected.add(true);
    assertThat(done).isEqualTo(expected);
    assertThat(thread().getName()).isEqualTo("thread-loop-test");
  }

  @Test
  void runsTimersByTimeAndThenInOrder() {
    loop.start();
    CountDownLatch last = new CountDownLatch(1);
    CountDownLatch gate = occupied();
    loop.schedule(
        Duration.ofMillis(300).toNanos(),
        () -> {
          done.add("later");
          last.countDown();
        });
    IntStream.range(0, 50).forEach(i -> loop.schedule(0, () -> done.add(i)));
    loop.schedule(-1, () -> done.add("overdue"));
    gate.countDown();
    pass(last);

    List<Object> expected = new ArrayList<>(IntStream.range(0, 50).boxed().toList());
    expected.add("overdue");
    expected.add("later");
    assertThat(done).isEqualTo(expected);
  }

  @Test
  void neverRunsATimerEarly() {
    loop.start();
    long delayNanos = Duration.ofMillis(20).toNanos();
    CompletableFuture<Long> ranAt = new CompletableFuture<>();
    long before = loop.nanoTime();
    loop.schedule(delayNanos, () -> ranAt.complete(loop.nanoTime()));

    assertThat(ranAt.orTimeout(10, TimeUnit.SECONDS).join() - before)
        .isGreaterThanOrEqualTo(delayNanos);
  }

  @Test
  void anEarlierTimerWakesItFromTheWaitForALaterOne() {
    loop.start();
    loop.schedule(Duration.ofHours(1).toNanos(), () -> done.add("in an hour"));
    caughtUp();
    CountDownLatch ran = new CountDownLatch(1);
    loop.schedule(Duration.ofMillis(1).toNanos(), ran::countDown);

    pass(ran);
    assertThat(done).isEmpty();
  }

  @Test
  void aCancelledTimerDoesNotRunEvenIfItIsDue() {
    loop.start();
    CountDownLatch gate = occupied();
    Loop.Timer cancelled = loop.schedule(0, () -> done.add("cancelled"));
    loop.schedule(0, () -> done.add("kept"));
    cancelled.cancel();
    cancelled.cancel();
    gate.countDown();
    caughtUp();

    assertThat(done).containsExactly("kept");
  }

  @Test
  void whateverATaskOrTimerThrowsTheNextOneRuns() {
    loop.start();
    Thread before = thread();
    loop.execute(
        () -> {
          throw new IllegalStateException("a bug of ours");
        });
    loop.schedule(
        0,
        () -> {
          throw new StackOverflowError("a worse one");
        });
    caughtUp();

    assertThat(thread()).isSameAs(before);
  }

  @Test
  void anInterruptDoesNotEndIt() {
    loop.start();
    Thread before = thread();
    before.interrupt(); // while it waits
    caughtUp();
    loop.execute(() -> Thread.currentThread().interrupt()); // while it works
    CountDownLatch ran = new CountDownLatch(1);
    loop.schedule(Duration.ofMillis(1).toNanos(), ran::countDown);
    pass(ran);

    assertThat(thread()).isSameAs(before);
  }

  @Test
  void closeEndsItAfterTheTaskUnderWayAndDropsWhatWaits() throws InterruptedException {
    loop.start();
    Thread thread = thread();
    CountDownLatch gate = occupied();
    loop.execute(() -> done.add("task"));
    loop.schedule(0, () -> done.add("timer"));
    loop.close();
    loop.close();
    loop.execute(() -> done.add("task after close"));
    loop.schedule(0, () -> done.add("timer after close")).cancel();
    gate.countDown();
    thread.join(10_000);

    assertThat(thread.isAlive()).isFalse();
    assertThat(done).isEmpty();
  }

  @Test
  void saysForHowLongATaskHasKeptItBusy() {
    loop.start();
    CountDownLatch gate = occupied();
    assertThat(loop.busyNanos()).isPositive();
    gate.countDown();

    await().atMost(Duration.ofSeconds(10)).until(() -> loop.busyNanos() == 0);
  }
}
