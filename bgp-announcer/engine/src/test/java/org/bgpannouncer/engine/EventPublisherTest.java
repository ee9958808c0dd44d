package org.bgpannouncer.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.bgpannouncer.observe.AnnouncerEvent;
import org.bgpannouncer.observe.AnnouncerListener;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class EventPublisherTest {
  private static AnnouncerEvent event(int number) {
    return new AnnouncerEvent.StepFailed(Instant.EPOCH, "GVA", "step", Integer.toString(number));
  }

  private static List<AnnouncerEvent> events(int from, int to) {
    return IntStream.range(from, to).mapToObj(EventPublisherTest::event).toList();
  }

  /** Remembers what it hears; {@code expected} counts it down. */
  private static final class Recorder implements AnnouncerListener {
    final List<AnnouncerEvent> heard = new ArrayList<>();
    final CountDownLatch left;

    Recorder(int expected) {
      left = new CountDownLatch(expected);
    }

    @Override
    public void happened(AnnouncerEvent event) {
      heard.add(event);
      left.countDown();
    }

    List<AnnouncerEvent> heardAll() throws InterruptedException {
      assertThat(left.await(10, TimeUnit.SECONDS)).as("heard all").isTrue();
      return heard;
    }
  }

  @Test
  void tellsEveryListenerEveryEventInOrder() throws InterruptedException {
    Recorder one = new Recorder(100);
    Recorder two = new Recorder(100);
    try (EventPublisher publisher = new EventPublisher(List.of(one, two))) {
      events(0, 100).forEach(publisher);

      assertThat(one.heardAll()).isEqualTo(events(0, 100));
      assertThat(two.heardAll()).isEqualTo(events(0, 100));
      assertThat(publisher.lost()).isZero();
    }
  }

  @Test
  void aListenerThatThrowsKeepsNothingFromTheOthers() throws InterruptedException {
    AnnouncerListener broken =
        event -> {
          throw new StackOverflowError("an embedder's bug");
        };
    Recorder other = new Recorder(3);
    try (EventPublisher publisher = new EventPublisher(List.of(broken, other))) {
      events(0, 3).forEach(publisher);

      assertThat(other.heardAll()).isEqualTo(events(0, 3));
    }
  }

  @Test
  void aListenerThatBlocksCostsTheOldestEventsAndNeverTheCallersTime() throws InterruptedException {
    CountDownLatch entered = new CountDownLatch(1);
    CountDownLatch gate = new CountDownLatch(1);
    AnnouncerListener slow =
        event -> {
          entered.countDown();
          pass(gate);
        };
    Recorder recorder = new Recorder(1 + EventPublisher.CAPACITY);
    try (EventPublisher publisher = new EventPublisher(List.of(slow, recorder))) {
      publisher.accept(event(0));
      pass(entered);
      events(1, EventPublisher.CAPACITY + 6).forEach(publisher); // 5 more than may wait

      assertThat(publisher.lost()).isEqualTo(5);
      gate.countDown();
      List<AnnouncerEvent> kept = new ArrayList<>(events(6, EventPublisher.CAPACITY + 6));
      kept.add(0, event(0)); // that one was being told
      assertThat(recorder.heardAll()).isEqualTo(kept);
    }
  }

  @Test
  void closeStillTellsWhatWaits() {
    Recorder recorder = new Recorder(1000);
    EventPublisher publisher = new EventPublisher(List.of(recorder));
    events(0, 1000).forEach(publisher);
    publisher.close();
    publisher.close();

    assertThat(recorder.heard).isEqualTo(events(0, 1000));
  }

  @Test
  void closeDoesNotWaitForAListenerThatNeverReturns() throws InterruptedException {
    CountDownLatch entered = new CountDownLatch(1);
    CountDownLatch gate = new CountDownLatch(1);
    EventPublisher publisher =
        new EventPublisher(
            List.of(
                event -> {
                  entered.countDown();
                  while (gate.getCount() > 0) { // deaf to interrupts
                    Thread.onSpinWait();
                  }
                }));
    publisher.accept(event(0));
    pass(entered);

    publisher.close(); // the class's time-out is the assertion

    gate.countDown();
  }

  private static void pass(CountDownLatch gate) {
    try {
      assertThat(gate.await(10, TimeUnit.SECONDS)).isTrue();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }
}
