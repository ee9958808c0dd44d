package org.bgpannouncer.probe;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.bgpannouncer.probe.time.Loop;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * All probes of one host as one: they share a loop, so whatever they share needs no lock.
 *
 * <p>The start is splayed: a thousand hosts whose daemon starts at one moment are not all dialled
 * at that moment. Members know nothing of it; they look as soon as they are started.
 */
final class CompositeProbe implements Probe {
  private static final Logger log = LoggerFactory.getLogger(CompositeProbe.class);

  private final Loop loop;
  private final List<Probe> members;
  private final long splayNanos;
  private boolean closed;

  CompositeProbe(Loop loop, List<Probe> members, long splayNanos) {
    this.loop = loop;
    this.members = List.copyOf(members);
    this.splayNanos = splayNanos;
  }

  @Override
  public void start(ObservationListener listener) {
    ObservationListener guarded = guarded(listener);
    loop.schedule(
        splayNanos,
        () -> {
          if (!closed) {
            members.forEach(member -> member.start(guarded));
          }
        });
  }

  // What a listener throws is no failure of the probe in whose midst it is called.
  private static ObservationListener guarded(ObservationListener listener) {
    return observation -> {
      try {
        listener.observed(observation);
      } catch (RuntimeException e) {
        log.error(
            "event=listener-bug host={} check={}", observation.host(), observation.check(), e);
      }
    };
  }

  @Override
  public void pace(Pace pace) {
    members.forEach(member -> member.pace(pace));
  }

  /** The checks of each member. */
  List<Set<Check>> checksOfEach() {
    return members.stream().map(Probe::checks).toList();
  }

  @Override
  public Set<Check> checks() {
    Set<Check> all = new LinkedHashSet<>();
    members.forEach(member -> all.addAll(member.checks()));
    return all;
  }

  @Override
  public void close() {
    loop.execute(() -> closed = true);
    members.forEach(Probe::close);
  }
}
