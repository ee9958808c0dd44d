package org.bgpannouncer.announcer;

import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.bgpannouncer.engine.ProbeFactory;
import org.bgpannouncer.probe.Aspect;
import org.bgpannouncer.probe.Check;
import org.bgpannouncer.probe.HostTarget;
import org.bgpannouncer.probe.Observation;
import org.bgpannouncer.probe.ObservationListener;
import org.bgpannouncer.probe.Outcome;
import org.bgpannouncer.probe.Pace;
import org.bgpannouncer.probe.Probe;
import org.bgpannouncer.probe.Reason;
import org.jspecify.annotations.Nullable;

/** Probes that pass once when they are started, and then observe what a test says. */
final class ScriptedProbes implements ProbeFactory {
  private static final Check HELD = new Check(Aspect.P2P, "held");

  final List<String> made = new CopyOnWriteArrayList<>();
  private final Map<String, Scripted> probes = new ConcurrentHashMap<>();
  volatile boolean failOnClose;

  @Override
  public Probe probeOf(HostTarget target) {
    made.add(target.name());
    Scripted probe = new Scripted(target.name());
    probes.put(target.name(), probe);
    return probe;
  }

  Scripted of(String host) {
    return Objects.requireNonNull(probes.get(host), host);
  }

  final class Scripted implements Probe {
    private final String host;
    private volatile @Nullable ObservationListener listener;
    private volatile @Nullable Thread startedOn;
    volatile boolean closed;

    Scripted(String host) {
      this.host = host;
    }

    @Override
    public void start(ObservationListener newListener) {
      startedOn = Thread.currentThread();
      listener = newListener;
      passes();
    }

    @Override
    public void pace(Pace pace) {}

    @Override
    public void close() {
      closed = true;
      if (failOnClose) {
        throw new IllegalStateException("a bug in a probe");
      }
    }

    Thread startedOn() {
      return Objects.requireNonNull(startedOn);
    }

    void passes() {
      observe(Outcome.OK, Reason.PASSED);
    }

    void diesProven() {
      observe(Outcome.HARD, Reason.PROVEN_DEAD);
    }

    private void observe(Outcome outcome, Reason reason) {
      Objects.requireNonNull(listener)
          .observed(Observation.of(host, HELD, outcome, reason, "", System.nanoTime()));
    }
  }
}
