package org.bgpannouncer.engine;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.bgpannouncer.observe.StatusSnapshot.HostDrain;
import org.bgpannouncer.route.Nlri;
import org.bgpannouncer.route.Route;

/** Takes hosts out of their services for the operator, and back; on the engine's loop. */
final class HostDrains {
  private final Site site;

  HostDrains(Site site) {
    this.site = site;
  }

  DrainResult drain(DrainRequest request) {
    long nowNanos = site.timers().nanoTime();
    List<String> needed =
        site.servicesOf(request.host()).stream()
            .filter(service -> !request.force() && service.needs(request.host(), nowNanos))
            .map(
                service ->
                    "service "
                        + service.config.name()
                        + ": too few others are fit (expected: "
                        + service.config.atLeast()
                        + ", or --force)")
            .toList();
    if (!needed.isEmpty()) {
      return refused(needed);
    }
    return change(
        request.host(),
        host -> {
          Instant now = site.clock.instant();
          Instant until = now.plus(request.bound());
          host.drainUntilNanos = nowNanos + request.bound().toNanos();
          site.drained(host, new HostDrain(request.reason(), now, until), request.reason());
        });
  }

  DrainResult undrain(String name) {
    HostSlot slot = site.hosts.get(name);
    if (slot != null && slot.drain == null) {
      return refused(List.of("host: " + name + " (expected: one that is drained)"));
    }
    return change(name, host -> site.drained(host, null, "by the operator"));
  }

  private DrainResult change(String name, Consumer<HostSlot> how) {
    HostSlot host = site.hosts.get(name);
    if (host == null) {
      return refused(
          List.of("host: " + name + " (expected: " + String.join(", ", site.hosts.keySet()) + ")"));
    }
    Map<Nlri, Route> before = site.target().routes();
    how.accept(host);
    List<ServiceSlot> concerned = site.servicesOf(name);
    concerned.forEach(service -> service.look(host));
    site.decide(concerned, site.timers().nanoTime());
    host.alarm.set(host.nextDeadlineNanos());
    return new DrainResult(Reload.differences(before, site.target().routes()), List.of());
  }

  private static DrainResult refused(List<String> problems) {
    return new DrainResult(List.of(), problems);
  }
}
