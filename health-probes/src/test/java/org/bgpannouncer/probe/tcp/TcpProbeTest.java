package org.bgpannouncer.probe.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import org.bgpannouncer.probe.Cadence;
import org.bgpannouncer.probe.Observation;
import org.bgpannouncer.probe.Outcome;
import org.bgpannouncer.probe.Reason;
import org.bgpannouncer.probe.net.DialFailure;
import org.bgpannouncer.probe.net.Dialer;
import org.bgpannouncer.probe.time.VirtualTime;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

final class TcpProbeTest {
  private final VirtualTime time = new VirtualTime();
  private final List<Observation> observations = new ArrayList<>();
  private @Nullable DialFailure failure;
  private @Nullable InetAddress source;
  private int dials;
  private int open;

  private TcpProbe probe(Optional<InetAddress> from) {
    Dialer<Void> dialer =
        (remote, source, timeoutNanos, handler) -> {
          dials++;
          this.source = source;
          DialFailure current = failure;
          if (current == null) {
            open++;
            time.schedule(2_000_000, () -> handler.connected(message -> {}));
          } else {
            time.execute(() -> handler.failed(current));
          }
          return () -> open--;
        };
    return new TcpProbe("web1", config(from), time, dialer, new SplittableRandom(7));
  }

  private static TcpConfig config(Optional<InetAddress> from) {
    InetSocketAddress address = new InetSocketAddress(InetAddress.getLoopbackAddress(), 3000);
    return new TcpConfig(address, from, Cadence.DEFAULT);
  }

  @Test
  void passesWhenTheConnectionStandsAndClosesIt() {
    probe(Optional.empty()).start(observations::add);
    time.advance(Duration.ofSeconds(1));

    Observation only = observations.get(0);
    assertThat(observations).hasSize(1);
    assertThat(only.check()).hasToString("tcp.127.0.0.1:3000");
    assertThat(only.outcome()).isEqualTo(Outcome.OK);
    assertThat(only.stages()).containsExactly(new Observation.StageTiming("connect", 2_000_000));
    assertThat(open).isZero();
  }

  @Test
  void reportsWhyTheDialFailed() {
    failure = new DialFailure(Outcome.HARD, Reason.HOST_UNREACHABLE, "No route to host");
    probe(Optional.empty()).start(observations::add);
    time.advance(Duration.ofMillis(1));

    assertThat(observations.get(0))
        .extracting(Observation::outcome, Observation::reason, Observation::detail)
        .containsExactly(Outcome.HARD, Reason.HOST_UNREACHABLE, "No route to host");
  }

  @Test
  void aDialThatThrowsIsOurFaultAndTheNextFollows() {
    Dialer<Void> broken =
        (remote, source, timeoutNanos, handler) -> {
          throw new IllegalStateException("bug");
        };
    new TcpProbe("web1", config(Optional.empty()), time, broken, new SplittableRandom(7))
        .start(observations::add);
    time.advance(Duration.ofSeconds(12));

    assertThat(observations)
        .hasSizeBetween(2, 3)
        .allMatch(
            each -> each.outcome() == Outcome.UNKNOWN && each.reason() == Reason.INTERNAL_ERROR);
  }

  @Test
  void dialsFromTheConfiguredSource() {
    InetAddress from = InetAddress.getLoopbackAddress();
    probe(Optional.of(from)).start(observations::add);
    time.advance(Duration.ofMillis(1));

    assertThat(source).isEqualTo(from);
  }

  @Test
  void repeatsUntilClosed() {
    TcpProbe probe = probe(Optional.empty());
    probe.start(observations::add);
    time.advance(Duration.ofMinutes(1));
    assertThat(observations).hasSizeBetween(11, 14);

    probe.close();
    int before = dials;
    time.advance(Duration.ofHours(1));
    assertThat(dials).isEqualTo(before);
    assertThat(time.pending()).isZero();
  }
}
