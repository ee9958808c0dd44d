package org.bgpannouncer.speaker.contract;

import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.function.Predicate;
import org.bgpannouncer.speaker.SpeakerEvent;
import org.bgpannouncer.speaker.SpeakerListener;
import org.jspecify.annotations.Nullable;

/** A listener that remembers, and can be waited for. */
public final class RecordedEvents implements SpeakerListener {
  private final List<SpeakerEvent> all = new CopyOnWriteArrayList<>();

  private volatile @Nullable CountDownLatch latch;

  @Override
  public void happened(SpeakerEvent event) {
    CountDownLatch wait = latch;
    if (wait != null) {
      try {
        wait.await();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
    all.add(event);
  }

  /** From now on, until it is released, every event blocks its sender. */
  public void block(CountDownLatch until) {
    latch = until;
  }

  /** What has come so far; it does not grow with what comes next. */
  public List<SpeakerEvent> all() {
    return List.copyOf(all);
  }

  /** Those of one type, in order. */
  public <T extends SpeakerEvent> List<T> of(Class<T> type) {
    return all.stream().filter(type::isInstance).map(type::cast).toList();
  }

  /** Waits until the n-th event of this type has come. */
  public <T extends SpeakerEvent> T awaitEvent(Class<T> type, int n) {
    await("event " + n + " of " + type.getSimpleName())
        .atMost(Duration.ofSeconds(15))
        .pollInterval(Duration.ofMillis(2))
        .until(() -> of(type).size() >= n);
    return of(type).get(n - 1);
  }

  /** Waits until the first event of this type has come. */
  public <T extends SpeakerEvent> T awaitEvent(Class<T> type) {
    return awaitEvent(type, 1);
  }

  /** Waits until such an event has come. */
  public void awaitEvent(String what, Predicate<SpeakerEvent> wanted) {
    awaitEvent(what, 0, wanted);
  }

  /** Waits until such an event has come after the first {@code seen} ones. */
  public void awaitEvent(String what, int seen, Predicate<SpeakerEvent> wanted) {
    await(what)
        .atMost(Duration.ofSeconds(15))
        .pollInterval(Duration.ofMillis(2))
        .until(() -> all.stream().skip(seen).anyMatch(wanted));
  }
}
