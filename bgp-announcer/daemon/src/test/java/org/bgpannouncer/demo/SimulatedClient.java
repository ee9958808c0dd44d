package org.bgpannouncer.demo;

import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.bgpannouncer.probe.HostTarget;
import org.bgpannouncer.probe.Observation;
import org.bgpannouncer.probe.Outcome;
import org.bgpannouncer.probe.ProbeRuntime;
import org.bgpannouncer.probe.Probes;
import org.bgpannouncer.probe.bitcoin.BitcoinNetwork;
import org.bgpannouncer.probe.bitcoin.p2p.P2pConfig;

/** A Bitcoin peer somewhere in the Internet, which BGP takes to one of the sites. */
final class SimulatedClient {
  private static final Duration BOUND = Duration.ofSeconds(5);

  private final String name;
  private final ProbeRuntime runtime;
  private final List<SimulatedSite> nearestFirst;

  SimulatedClient(String name, ProbeRuntime runtime, List<SimulatedSite> nearestFirst) {
    this.name = name;
    this.runtime = runtime;
    this.nearestFirst = nearestFirst;
  }

  /**
   * Connects, and exchanges version, verack, ping and pong with a node of the expected site.
   *
   * @return the node's user agent
   * @throws AssertionError if it cannot, or ends up elsewhere
   */
  String reaches(SimulatedSite expected) {
    InetSocketAddress node = route();
    HostTarget target =
        new HostTarget(
            name,
            Optional.of(P2pConfig.of(node, BitcoinNetwork.MAINNET)),
            Optional.empty(),
            List.of(),
            List.of(),
            List.of());
    List<Observation> seen = Probes.once(runtime, target, BOUND).toCompletableFuture().join();
    if (seen.isEmpty() || seen.stream().anyMatch(each -> each.outcome() != Outcome.OK)) {
      throw new AssertionError("%s: no handshake with %s: %s".formatted(name, node, seen));
    }
    String agent =
        seen.stream()
            .map(each -> each.values().get("user-agent"))
            .filter(Objects::nonNull)
            .findFirst()
            .orElseThrow(() -> new AssertionError(name + ": no user agent in " + seen));
    if (!agent.contains("(" + expected.name() + ";")) {
      throw new AssertionError(
          "%s reached %s (expected: a node of %s)".formatted(name, agent, expected.name()));
    }
    return agent;
  }

  /** The shortest AS path wins, then the nearest exit (RFC 4271 section 9.1.2.2 a and e). */
  private InetSocketAddress route() {
    SimulatedSite best = null;
    SimulatedRouter.Path bestPath = null;
    for (SimulatedSite site : nearestFirst) {
      Optional<SimulatedRouter.Path> path = site.router().path();
      if (path.isPresent() && (bestPath == null || path.get().prepends() < bestPath.prepends())) {
        best = site;
        bestPath = path.get();
      }
    }
    if (best == null || bestPath == null) {
      throw new AssertionError(name + ": no route to " + SimulatedSite.SERVICE_PREFIX);
    }
    return best.behind(bestPath.nextHop());
  }
}
