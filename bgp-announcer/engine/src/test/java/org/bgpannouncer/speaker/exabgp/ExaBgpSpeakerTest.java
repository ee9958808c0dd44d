package org.bgpannouncer.speaker.exabgp;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.bgpannouncer.route.Nlri;
import org.bgpannouncer.route.Prefix;
import org.bgpannouncer.speaker.SpeakerEvent;
import org.bgpannouncer.speaker.contract.RecordedEvents;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The threads around the state machine. */
@SuppressWarnings("InputStreamSlowMultibyteRead") // streams without a byte
final class ExaBgpSpeakerTest {
  private static final Prefix A = Prefix.parse("192.0.2.0/24");

  private final RecordedEvents events = new RecordedEvents();

  /** Says nothing until it is closed, and takes everything. */
  private static class Quiet implements ExaBgpPipe {
    final CountDownLatch closed = new CountDownLatch(1);

    @Override
    public InputStream input() {
      return new InputStream() {
        @Override
        public int read() throws IOException {
          try {
            closed.await();
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException(e);
          }
          return -1;
        }
      };
    }

    @Override
    public OutputStream output() {
      return OutputStream.nullOutputStream();
    }

    @Override
    public void close() {
      closed.countDown();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"exabgp-reader", "exabgp-writer", "exabgp-clock"})
  void whateverAThreadDiesOfEndsTheSpeakerAloud(String thread) {
    AtomicBoolean failed = new AtomicBoolean();
    Quiet pipe =
        new Quiet() {
          @Override
          public InputStream input() {
            return thread.equals("exabgp-reader")
                ? new InputStream() {
                  @Override
                  public int read() {
                    throw new IllegalStateException("a bug");
                  }
                }
                : super.input();
          }

          @Override
          public boolean isOurs() {
            if (Thread.currentThread().getName().equals(thread)
                && failed.compareAndSet(false, true)) {
              throw new IllegalStateException("a bug");
            }
            return true;
          }
        };
    try (ExaBgpSpeaker speaker = new ExaBgpSpeaker(pipe, Set.of(Nlri.of(A)))) {
      speaker.start(events);
      assertThat(events.awaitEvent(SpeakerEvent.Ended.class))
          .isEqualTo(
              new SpeakerEvent.Ended(
                  SpeakerEvent.Ended.Cause.FAILED,
                  "internal error: java.lang.IllegalStateException: a bug"));
    }
  }

  @Test
  void withdrawAllAfterTheEndSaysThatNothingIsKnown() throws Exception {
    ExaBgpSpeaker speaker = new ExaBgpSpeaker(new Quiet(), Set.of(Nlri.of(A)));
    speaker.start(events);
    speaker.close();
    assertThat(
            speaker
                .withdrawAll(Duration.ofSeconds(5))
                .toCompletableFuture()
                .get(10, TimeUnit.SECONDS))
        .isFalse();
  }
}
