package org.bgpannouncer.engine;

import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Predicate;
import org.bgpannouncer.announcement.ServiceConfig;
import org.bgpannouncer.announcement.ServiceConfig.NextHopChoice;
import org.bgpannouncer.announcement.ServiceRoutes;
import org.bgpannouncer.decision.HostView;
import org.bgpannouncer.decision.ServiceDecision;
import org.bgpannouncer.decision.ServiceState;
import org.bgpannouncer.health.HostHealth;
import org.bgpannouncer.route.IpAddress;
import org.bgpannouncer.route.NextHop;
import org.bgpannouncer.route.Nlri;
import org.bgpannouncer.route.Prefix;
import org.bgpannouncer.route.Route;

/** What the engine holds of one service; confined to its loop. */
final class ServiceSlot {
  final ServiceConfig config;
  final List<HostView> views = new ArrayList<>();

  /** Where the view of a host is. */
  private final Map<String, Integer> places = new HashMap<>();

  ServiceDecision decision;
  ServiceRoutes routes;

  /** Routes found at the speaker and kept, while {@link ServiceDecision#keepsAdopted}. */
  final Map<Nlri, Route> adopted;

  Instant since;
  final Alarm alarm;

  ServiceSlot(ServiceConfig config, Instant since, Alarm alarm) {
    this.config = config;
    this.decision = ServiceDecision.initial();
    this.routes = ServiceRoutes.NONE;
    this.adopted = new HashMap<>();
    this.since = since;
    this.alarm = alarm;
    findPlaces();
  }

  /** The same service under another configuration. */
  ServiceSlot(ServiceConfig config, ServiceSlot before, Alarm alarm) {
    this.config = config;
    this.decision = before.decision;
    this.routes = before.routes;
    this.adopted = new HashMap<>(before.adopted);
    Set<Prefix> prefixes = Set.copyOf(config.prefixes());
    this.adopted.keySet().removeIf(nlri -> !prefixes.contains(nlri.prefix()));
    this.since = before.since;
    this.alarm = alarm;
    findPlaces();
  }

  private void findPlaces() {
    config.hosts().forEach(host -> places.put(host, places.size()));
  }

  /** Keeps a route found at the speaker as it is, at most until the deadline. */
  void adopt(Route route, long deadlineNanos, Map<String, IpAddress> addresses) {
    adopted.put(route.nlri(), route);
    decision = decision.adopting(deadlineNanos, Set.copyOf(pointedAt(addresses)));
  }

  /** Why a route found at the speaker now would be given up; empty: it would stay. */
  Optional<String> wouldGiveUp(long deadlineNanos, long nowNanos) {
    ServiceDecision trial =
        decision.adopting(deadlineNanos, Set.of()).step(config.atLeast(), views, nowNanos);
    return trial.keepsAdopted() || trial.state().isAnnounced()
        ? Optional.empty()
        : Optional.of(trial.reason());
  }

  /** The hosts that the adopted routes point at, if the next hop is theirs to give. */
  private List<String> pointedAt(Map<String, IpAddress> addresses) {
    if (!(config.nextHop() instanceof NextHopChoice.HealthyHost) && !hasPathPerHost()) {
      return List.of();
    }
    Set<NextHop> nextHops = new HashSet<>();
    adopted.values().forEach(route -> nextHops.add(route.nextHop()));
    return config.hosts().stream()
        .filter(
            host ->
                Optional.ofNullable(addresses.get(host))
                    .map(NextHop::of)
                    .filter(nextHops::contains)
                    .isPresent())
        .toList();
  }

  private boolean hasPathPerHost() {
    return config.nextHop() instanceof NextHopChoice.HealthyHosts;
  }

  /**
   * The fit hosts whose paths may stand: what confirms an adopted path is not enough for a new one,
   * for which a host must have risen. All of them where that would leave none.
   */
  private List<String> believed(Map<String, IpAddress> addresses) {
    Set<Nlri> standing = new HashSet<>(adopted.keySet());
    routes.routes().forEach(route -> standing.add(route.nlri()));
    List<String> believed = new ArrayList<>();
    for (String host : decision.fitHosts()) {
      HostView view = views.get(Objects.requireNonNull(places.get(host)));
      if (!view.isUndecided()
          || config.pathsBy(host, addresses).stream().anyMatch(standing::contains)) {
        believed.add(host);
      }
    }
    return believed.isEmpty() ? decision.fitHosts() : believed;
  }

  /** The paths of hosts that have failed: they are given up, whatever becomes of the others. */
  Set<Nlri> failedPaths(Map<String, IpAddress> addresses) {
    Set<Nlri> failed = new LinkedHashSet<>();
    if (hasPathPerHost()) {
      for (HostView view : views) {
        if (view.hasFailed()) {
          failed.addAll(config.pathsBy(view.host(), addresses));
        }
      }
    }
    return failed;
  }

  /** Looks at one host again; says whether anything that matters here has changed. */
  boolean look(HostSlot host) {
    String name = host.config.name();
    HostView view = view(name, host.health, host.drain != null);
    int index = Objects.requireNonNull(places.get(name));
    if (views.get(index).equals(view)) {
      return false;
    }
    views.set(index, view);
    return true;
  }

  void lookAtAll(Function<String, HostHealth> healthOf, Predicate<String> drained) {
    views.clear();
    config.hosts().forEach(host -> views.add(view(host, healthOf.apply(host), drained.test(host))));
  }

  private HostView view(String host, HostHealth health, boolean drained) {
    return new HostView(host, health.verdict(config.by()), health.evidence(config.by()), drained);
  }

  /** Whether too few other hosts would be left if this one were drained too. */
  boolean needs(String host, long nowNanos) {
    List<HostView> trial = new ArrayList<>();
    for (HostView view : views) {
      boolean drained = view.drained() || view.host().equals(host);
      trial.add(new HostView(view.host(), view.verdict(), view.evidence(), drained));
    }
    return decision.state() != ServiceState.DRAIN
        && decision.step(config.atLeast(), trial, nowNanos).state() == ServiceState.DRAIN;
  }

  void decide(long nowNanos) {
    decision = decision.step(config.atLeast(), views, nowNanos);
  }

  /** Works out the routes that go with the decision; returns all that is wished now. */
  Map<Nlri, Route> wish(Map<String, IpAddress> addresses, SiteConfig site) {
    if (decision.keepsAdopted()) {
      adopted.keySet().removeAll(failedPaths(addresses));
      return Map.copyOf(adopted);
    }
    for (String host : pointedAt(addresses)) {
      if (decision.fitHosts().contains(host)) {
        routes = routes.pointingAt(host); // it goes on pointing there
        break;
      }
    }
    List<String> hosts = hasPathPerHost() ? believed(addresses) : decision.fitHosts();
    adopted.clear();
    routes = routes.next(config, decision.state(), hosts, addresses, site::scopeOf, site.localAs());
    Map<Nlri, Route> wished = new LinkedHashMap<>();
    routes.routes().forEach(route -> wished.put(route.nlri(), route));
    return wished;
  }
}
