package org.bgpannouncer.engine;

import java.time.Instant;
import java.util.EnumSet;
import java.util.Set;
import org.bgpannouncer.health.HostHealth;
import org.bgpannouncer.health.HostVerdict;
import org.bgpannouncer.probe.Aspect;
import org.bgpannouncer.probe.HostTarget;
import org.bgpannouncer.probe.Pace;
import org.bgpannouncer.probe.Probe;

/** What the engine holds of one host; confined to its loop. */
final class HostSlot {
  HostConfig config;
  HostHealth health;
  Probe probe;
  Pace pace = Pace.NORMAL;

  /** The aspects that any service names; by them the host's own state is judged. */
  Set<Aspect> by;

  HostVerdict verdict;
  Instant since;
  final Alarm alarm;

  HostSlot(
      HostConfig config,
      HostHealth health,
      Probe probe,
      Set<Aspect> by,
      Instant since,
      Alarm alarm) {
    this.config = config;
    this.health = health;
    this.probe = probe;
    this.by = by;
    this.verdict = health.verdict(by);
    this.since = since;
    this.alarm = alarm;
  }

  /** The aspects a target has probes for. */
  static Set<Aspect> aspectsOf(HostTarget target) {
    Set<Aspect> aspects = EnumSet.noneOf(Aspect.class);
    target.p2p().ifPresent(p2p -> aspects.add(Aspect.P2P));
    target.rpc().ifPresent(rpc -> aspects.add(Aspect.RPC));
    if (!target.zmq().isEmpty()) {
      aspects.add(Aspect.ZMQ);
    }
    if (!target.tcp().isEmpty()) {
      aspects.add(Aspect.TCP);
    }
    if (!target.http().isEmpty()) {
      aspects.add(Aspect.HTTP);
    }
    return aspects;
  }

  /** The aspects that any of {@code site}'s services names for {@code host}, or all it has. */
  static Set<Aspect> namedFor(HostConfig host, SiteConfig site) {
    Set<Aspect> named = EnumSet.noneOf(Aspect.class);
    site.services().stream()
        .filter(service -> service.hosts().contains(host.name()))
        .forEach(service -> named.addAll(service.by()));
    return named.isEmpty() ? aspectsOf(host.target()) : named;
  }
}
