package org.bgpannouncer.probe;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.bgpannouncer.probe.time.Loop;

/**
 * All probes of one host as one: they share a loop, so whatever they share needs no lock.
 *
 * <p>The start is splayed: a thousand hosts whose daemon starts at one moment are not all dialled
 * at that moment. Members know nothing of it; they look as soon as they are started.
 */
final class CompositeProbe implements Probe {
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
    loop.schedule(
        splayNanos,
        () -> {
          if (!closed) {
            members.forEach(member -> member.start(listener));
          }
        });
  }

  @Override
  public void pace(Pace pace) {
    members.forEach(member -> member.pace(pace));
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
