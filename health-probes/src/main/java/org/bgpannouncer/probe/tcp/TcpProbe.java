package org.bgpannouncer.probe.tcp;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import org.bgpannouncer.probe.Check;
import org.bgpannouncer.probe.Observation.StageTiming;
import org.bgpannouncer.probe.ObservationListener;
import org.bgpannouncer.probe.Pace;
import org.bgpannouncer.probe.Probe;
import org.bgpannouncer.probe.finding.Finding;
import org.bgpannouncer.probe.net.DialFailure;
import org.bgpannouncer.probe.net.Dialer;
import org.bgpannouncer.probe.net.NettyDialer;
import org.bgpannouncer.probe.pacing.AttemptRunner;
import org.bgpannouncer.probe.time.Loop;
import org.jspecify.annotations.Nullable;

/**
 * Connects and closes: OK once the TCP handshake is done. It proves that a kernel holds a listening
 * socket and no more; a stopped process still passes until its backlog is full.
 *
 * <p>Its check is named by what it dials: {@code tcp.192.0.2.1:3000}.
 */
public final class TcpProbe implements Probe {
  private final TcpConfig config;
  private final Loop loop;
  private final Dialer<Void> dialer;
  private final AttemptRunner runner;

  TcpProbe(String host, TcpConfig config, Loop loop, Dialer<Void> dialer, RandomGenerator random) {
    this.config = config;
    this.loop = loop;
    this.dialer = dialer;
    this.runner =
        new AttemptRunner(host, config.check(), loop, config.cadence(), random, this::attempt);
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
  public void start(ObservationListener listener) {
    runner.start(listener);
  }

  @Override
  public void pace(Pace pace) {
    runner.pace(pace);
  }

  @Override
  public Set<Check> checks() {
    return runner.checks();
  }

  @Override
  public void close() {
    runner.close();
  }

  private Runnable attempt(AttemptRunner.End end) {
    Connect connect = new Connect(end, loop.nanoTime());
    connect.dial =
        dialer.dial(
            config.address(),
            config.source().orElse(null),
            config.cadence().timeout().toNanos(),
            connect);
    return connect::hangUp;
  }

  private final class Connect implements Dialer.Handler<Void> {
    private final AttemptRunner.End end;
    private final long startNanos;
    private Dialer.@Nullable Dial dial;

    Connect(AttemptRunner.End end, long startNanos) {
      this.end = end;
      this.startNanos = startNanos;
    }

    @Override
    public void connected(Dialer.Link<Void> link) {
      StageTiming took = new StageTiming("connect", loop.nanoTime() - startNanos);
      hangUp();
      end.tell(() -> Finding.passed(Map.of()), List.of(took));
    }

    @Override
    public void failed(DialFailure failure) {
      end.tell(failure::finding, List.of());
    }

    @Override
    public void received(Void nothing) {}

    @Override
    public void closed(Dialer.CloseCause cause, String detail) {}

    private void hangUp() {
      if (dial != null) {
        dial.cancel();
        dial = null;
      }
    }
  }
}
