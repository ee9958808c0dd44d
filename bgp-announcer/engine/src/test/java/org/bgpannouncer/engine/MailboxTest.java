package org.bgpannouncer.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.bgpannouncer.probe.Aspect;
import org.bgpannouncer.probe.Check;
import org.bgpannouncer.probe.Observation;
import org.bgpannouncer.probe.Outcome;
import org.bgpannouncer.probe.Reason;
import org.bgpannouncer.probe.time.VirtualTime;
import org.bgpannouncer.speaker.SpeakerEvent;
import org.junit.jupiter.api.Test;

class MailboxTest {
  private static final Check HELD = new Check(Aspect.P2P, "held");
  private static final Check HANDSHAKE = new Check(Aspect.P2P, "handshake");

  private final VirtualTime time = new VirtualTime();
  private final List<String> read = new ArrayList<>();
  private final Mailbox mailbox =
      new Mailbox(
          time,
          seen -> read.add(seen.detail()),
          reported -> read.add(reported.stream().map(MailboxTest::word).toList().toString()));

  private static String word(SpeakerEvent event) {
    return ((SpeakerEvent.Lost) event).reason();
  }

  private static Observation passed(String host, Check check, String detail) {
    return Observation.of(host, check, Outcome.OK, Reason.PASSED, detail, 0);
  }

  private static Observation proof(String detail) {
    return Observation.of("a", HELD, Outcome.HARD, Reason.PROVEN_DEAD, detail, 0);
  }

  private void readAll() {
    time.advance(Duration.ofNanos(Mailbox.PATIENCE_NANOS));
  }

  @Test
  void passesAreReadTogetherAfterAMoment() {
    mailbox.post(passed("a", HELD, "1"));
    mailbox.post(passed("b", HELD, "2"));
    assertThat(time.pending()).isEqualTo(1);
    time.advance(Duration.ofNanos(Mailbox.PATIENCE_NANOS - 1));
    assertThat(read).isEmpty();
    time.advance(Duration.ofNanos(1));

    assertThat(read).containsExactly("1", "2");
  }

  @Test
  void whatIsNoPassIsReadAtOnceAndWhatWaitsWithIt() {
    mailbox.post(passed("b", HELD, "1"));
    mailbox.post(passed("a", HELD, "2"));
    mailbox.post(proof("proof"));
    mailbox.post(passed("c", HELD, "after it"));
    time.runDue();
    assertThat(read).containsExactly("1", "proof", "after it");
    read.clear();

    mailbox.post(passed("b", HELD, "3"));
    mailbox.post(new SpeakerEvent.Lost("lost"));
    time.runDue();
    assertThat(read).containsExactly("3", "[lost]");
    readAll();
    mailbox.post(passed("b", HELD, "4"));
    readAll();
    assertThat(read).endsWith("4");
  }

  @Test
  void theNewestUnreadObservationOfAHostsCheckWins() {
    mailbox.post(passed("a", HELD, "a held 1"));
    mailbox.post(passed("b", HELD, "b held 1"));
    mailbox.post(passed("a", HANDSHAKE, "a handshake 1"));
    mailbox.post(passed("a", HELD, "a held 2"));
    mailbox.post(passed("a", HELD, "a held 3"));
    readAll();

    assertThat(read).containsExactly("a held 3", "b held 1", "a handshake 1");
    assertThat(mailbox.replaced()).isEqualTo(2);
  }

  @Test
  void whatWasReadIsNotReplaced() {
    mailbox.post(passed("a", HELD, "1"));
    readAll();
    mailbox.post(passed("a", HELD, "2"));
    readAll();

    assertThat(read).containsExactly("1", "2");
    assertThat(mailbox.replaced()).isZero();
  }

  @Test
  void whatTheSpeakerReportsInARowIsReadTogetherAndInOrder() {
    mailbox.post(new SpeakerEvent.Lost("1"));
    mailbox.post(new SpeakerEvent.Lost("2"));
    mailbox.post(passed("a", HELD, "seen"));
    mailbox.post(new SpeakerEvent.Lost("3"));
    readAll();
    mailbox.post(new SpeakerEvent.Lost("4"));
    readAll();

    assertThat(read).containsExactly("[1, 2]", "seen", "[3]", "[4]");
  }

  @Test
  void anUnreadProofIsNotReplacedByWhatFollowsIt() {
    mailbox.post(proof("proof"));
    mailbox.post(passed("a", HELD, "1"));
    mailbox.post(passed("a", HELD, "2"));
    readAll();

    assertThat(read).containsExactly("proof", "2");
    assertThat(mailbox.replaced()).isEqualTo(1);
  }

  @Test
  void aProofReplacesEverythingBeforeIt() {
    mailbox.post(proof("proof 1"));
    mailbox.post(passed("a", HELD, "1"));
    mailbox.post(proof("proof 2"));
    readAll();

    assertThat(read).containsExactly("proof 2");
    assertThat(mailbox.replaced()).isEqualTo(2);
  }

  @Test
  void atMostTwoWaitHoweverOftenTheHostDiesAndComesBack() {
    for (int i = 0; i < 10_000; i++) {
      mailbox.post(proof("proof " + i));
      mailbox.post(passed("a", HELD, "passed " + i));
    }
    readAll();

    assertThat(read).containsExactly("proof 9999", "passed 9999");
    assertThat(mailbox.replaced()).isEqualTo(19_998);
  }

  @Test
  void noTaskIsDroppedAndAllRunInOrderAndInTurns() {
    IntStream.range(0, 1000).forEach(i -> mailbox.post(() -> read.add("task " + i)));
    assertThat(time.pending()).as("one reading is scheduled, whatever waits").isEqualTo(1);

    time.schedule(0, () -> read.add("timer"));
    readAll();
    assertThat(read.indexOf("timer")).as("the loop's timers get their turn").isBetween(1, 999);
    read.remove("timer");

    assertThat(read)
        .containsExactlyElementsOf(IntStream.range(0, 1000).mapToObj(i -> "task " + i).toList());
  }

  @Test
  void aTaskRunsAfterTheObservationsPostedBeforeIt() {
    mailbox.post(passed("a", HELD, "1"));
    mailbox.post(() -> read.add("task"));
    mailbox.post(passed("b", HELD, "2"));
    readAll();

    assertThat(read).containsExactly("1", "task", "2");
  }

  @Test
  void whatATaskPostsIsRead() {
    mailbox.post(() -> mailbox.post(() -> read.add("posted by a task")));
    readAll();

    assertThat(read).containsExactly("posted by a task");
  }

  @Test
  void nothingIsLostBetweenManyWritersAndOneReader() throws InterruptedException {
    int writers = 4;
    int each = 5_000;
    List<List<Integer>> found = new ArrayList<>();
    CountDownLatch left = new CountDownLatch(writers * each);
    try (ThreadLoop loop = new ThreadLoop("mailbox-test")) {
      loop.start();
      Mailbox shared = new Mailbox(loop, seen -> {}, reported -> {});
      List<Thread> threads = new ArrayList<>();
      for (int w = 0; w < writers; w++) {
        List<Integer> mine = new ArrayList<>();
        found.add(mine);
        threads.add(
            new Thread(
                () -> {
                  for (int i = 0; i < each; i++) {
                    int number = i;
                    shared.post(
                        () -> {
                          mine.add(number);
                          left.countDown();
                        });
                  }
                }));
      }
      threads.forEach(Thread::start);
      assertThat(left.await(30, TimeUnit.SECONDS)).as("all tasks ran").isTrue();
    }

    List<Integer> all = IntStream.range(0, each).boxed().toList();
    assertThat(found).allSatisfy(mine -> assertThat(mine).isEqualTo(all));
  }
}
