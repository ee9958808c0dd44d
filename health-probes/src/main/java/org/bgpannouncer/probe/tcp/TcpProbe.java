package org.bgpannouncer.probe.tcp;

import java.net.InetAddress;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import org.bgpannouncer.probe.Aspect;
import org.bgpannouncer.probe.Check;
import org.bgpannouncer.probe.Observation;
import org.bgpannouncer.probe.Observation.StageTiming;
import org.bgpannouncer.probe.ObservationListener;
import org.bgpannouncer.probe.Outcome;
import org.bgpannouncer.probe.Pace;
import org.bgpannouncer.probe.Probe;
import org.bgpannouncer.probe.Reason;
import org.bgpannouncer.probe.net.DialFailure;
import org.bgpannouncer.probe.net.Dialer;
import org.bgpannouncer.probe.net.NettyDialer;
import org.bgpannouncer.probe.pacing.AttemptClock;
import org.bgpannouncer.probe.time.Loop;
import org.jspecify.annotations.Nullable;

/**
 * Connects and closes: OK once the TCP handshake is done. It proves that a kernel holds a listening
 * socket and no more; a stopped process still passes until its backlog is full.
 *
 * <p>Its check is named by the port: {@code tcp.3000}.
 */
public final class TcpProbe implements Probe {
  private final String host;
  private final TcpConfig config;
  private final Check check;
  private final Loop loop;
  private final Dialer<Void> dialer;
  private final AttemptClock clock;
  private @Nullable ObservationListener listener;
  private Dialer.@Nullable Dial dial;

  TcpProbe(String host, TcpConfig config, Loop loop, Dialer<Void> dialer, RandomGenerator random) {
    this.host = host;
    this.config = config;
    this.check = new Check(Aspect.TCP, Integer.toString(config.address().getPort()));
    this.loop = loop;
    this.dialer = dialer;
    this.clock = new AttemptClock(loop, config.cadence(), random, this::attempt);
  }

  /** A probe of {@code host} on a loop of {@link org.bgpannouncer.probe.ProbeRuntime}. */
  public static TcpProbe create(String host, TcpConfig config, Loop loop) {
    return new TcpProbe(
        host,
        config,
        loop,
        NettyDialer.on(loop, Void.class, pipeline -> {}),
        new SplittableRandom());
  }

  @Override
  public void start(ObservationListener whom) {
    loop.execute(
        () -> {
          listener = whom;
          clock.start();
        });
  }

  @Override
  public void pace(Pace pace) {
    loop.execute(() -> clock.pace(pace));
  }

  @Override
  public Set<Check> checks() {
    return Set.of(check);
  }

  @Override
  public void close() {
    loop.execute(
        () -> {
          clock.stop();
          listener = null;
          hangUp();
        });
  }

  private void attempt() {
    long startNanos = loop.nanoTime();
    InetAddress source = config.source().orElse(null);
    long timeoutNanos = config.cadence().timeout().toNanos();
    dial =
        dialer.dial(
            config.address(),
            source,
            timeoutNanos,
            new Dialer.Handler<>() {
              @Override
              public void connected(Dialer.Link<Void> link) {
                long nowNanos = loop.nanoTime();
                hangUp();
                finish(
                    new Observation(
                        host,
                        check,
                        Outcome.OK,
                        Reason.PASSED,
                        "",
                        List.of(new StageTiming("connect", nowNanos - startNanos)),
                        Map.of(),
                        nowNanos));
              }

              @Override
              public void failed(DialFailure failure) {
                finish(
                    Observation.of(
                        host,
                        check,
                        failure.outcome(),
                        failure.reason(),
                        failure.detail(),
                        loop.nanoTime()));
              }

              @Override
              public void received(Void nothing) {}

              @Override
              public void closed(Dialer.CloseCause cause, String detail) {}
            });
  }

  private void finish(Observation observation) {
    if (listener != null) {
      listener.observed(observation);
      clock.finished();
    }
  }

  private void hangUp() {
    if (dial != null) {
      dial.cancel();
      dial = null;
    }
  }
}
