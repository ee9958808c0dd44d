package org.bgpannouncer.demo;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.bgpannouncer.announcer.Announcer;
import org.bgpannouncer.config.ConfigFile;
import org.bgpannouncer.engine.SiteConfig;
import org.bgpannouncer.health.HostState;
import org.bgpannouncer.observe.AnnouncerEvent;
import org.bgpannouncer.route.IpAddress;
import org.bgpannouncer.route.Nlri;
import org.bgpannouncer.route.Prefix;
import org.bgpannouncer.speaker.exabgp.ExaBgpSpeaker;
import org.bgpannouncer.testkit.bitcoin.SimulatedBitcoind;
import org.bgpannouncer.testkit.bitcoin.SimulatorLoop;

/** Two simulated nodes, the announcer as it is shipped, and the site's router. */
final class SimulatedSite implements AutoCloseable {
  static final Prefix SERVICE_PREFIX = Prefix.parse("85.208.69.0/24");

  /** How long a host that heals must be healthy; the shipped default is a minute. */
  static final Duration HOLD_DOWN = Duration.ofSeconds(1);

  /** The shipped defaults: 5s, 1s, 3s, 6, 1m, 2m. */
  static final String HEALTH =
      "interval: 500ms, fast-interval: 100ms, timeout: 1s, rise: 2, hold-down: %ds, stall-down: 5s"
          .formatted(HOLD_DOWN.toSeconds());

  /** The shipped defaults: 2s, 15s, 10s. */
  static final String RPC_TIMERS = "liveness-timeout: 1s, chain-interval: 1s, chain-timeout: 2s";

  private final String name;
  private final Map<String, SimulatedBitcoind> nodes = new LinkedHashMap<>();
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final Map<String, HostState> states = new HashMap<>();
  private final SimulatedRouter router;
  private final Announcer announcer;

  /**
   * Starts it.
   *
   * @param network the third octet of its hosts' addresses, 127.42.NETWORK.11 and 12
   * @param password a file with any RPC password
   */
  SimulatedSite(String name, int network, SimulatorLoop loop, Path password) throws IOException {
    this.name = name;
    for (int i = 1; i <= 2; i++) {
      String host = "%s-btc%d".formatted(name.toLowerCase(Locale.ROOT), i);
      IpAddress address = IpAddress.parse("127.42.%d.%d".formatted(network, 10 + i));
      nodes.put(
          host,
          SimulatedBitcoind.start(
              loop, name + "; " + host, address.toInetAddress(), SimulatedBitcoind.Ports.ANY));
    }
    router = new SimulatedRouter(name, SERVICE_PREFIX);
    announcer =
        Announcer.builder(config(password))
            .speaker(new ExaBgpSpeaker(router.pipe(), Set.of(Nlri.of(SERVICE_PREFIX))))
            .listener(this::happened)
            .build();
    announcer.start();
  }

  /** The site file, read as the daemon reads it. */
  private SiteConfig config(Path password) {
    StringBuilder hosts = new StringBuilder();
    nodes.forEach((host, node) -> hosts.append(hostEntry(host, node, password)));
    ConfigFile file =
        ConfigFile.parse(
            name + ".yaml",
            """
            site: %s
            local-as: 42275
            speaker: { type: exabgp }
            allow: [%s]
            health: { %s }
            hosts:
            %sservices:
              - name: bitcoin
                prefixes: [%s]
                next-hop: host
                healthy: { of: [%s], by: [p2p] }
            """
                .formatted(
                    name,
                    SERVICE_PREFIX,
                    HEALTH,
                    hosts,
                    SERVICE_PREFIX,
                    String.join(", ", nodes.keySet())));
    if (!file.problems().isEmpty()) {
      throw new IllegalStateException(file.problems().toString());
    }
    return file.site(Optional.of(name)).orElseThrow().site();
  }

  private static String hostEntry(String host, SimulatedBitcoind node, Path password) {
    InetSocketAddress p2p = node.p2p().address();
    return """
      - name: %s
        address: %s
        p2p: { port: %d, pong-late: 1s }
        rpc: { port: %d, user: lab, password-file: %s, %s }
        zmq: [ { endpoint: "tcp://%s:%d", topics: [hashblock, sequence] } ]
    """
        .formatted(
            host,
            p2p.getAddress().getHostAddress(),
            p2p.getPort(),
            node.rpc().address().getPort(),
            password,
            RPC_TIMERS,
            p2p.getAddress().getHostAddress(),
            node.zmq().address().getPort());
  }

  String name() {
    return name;
  }

  SimulatedRouter router() {
    return router;
  }

  /** Its hosts, in the order in which the announcer prefers them. */
  List<String> hosts() {
    return List.copyOf(nodes.keySet());
  }

  SimulatedBitcoind node(String host) {
    SimulatedBitcoind node = nodes.get(host);
    if (node == null) {
      throw new IllegalArgumentException(
          "host: " + host + " (expected: one of " + nodes.keySet() + ")");
    }
    return node;
  }

  /** Who listens behind a next hop, as the kernel and the LAN of a real site find out. */
  InetSocketAddress behind(String nextHop) {
    return nodes.values().stream()
        .map(node -> node.p2p().address())
        .filter(address -> address.getAddress().getHostAddress().equals(nextHop))
        .findFirst()
        .orElseThrow(() -> new AssertionError(name + ": nobody has the next hop " + nextHop));
  }

  /**
   * Waits until the announcer has put every one of {@code hosts} into that state.
   *
   * @throws AssertionError when it does not
   */
  void await(HostState state, List<String> hosts) {
    lock.lock();
    try {
      long leftNanos = SimulatedRouter.PATIENCE.toNanos();
      while (!hosts.stream().allMatch(host -> states.get(host) == state)) {
        if (leftNanos <= 0) {
          throw new AssertionError("%s (expected: %s %s)".formatted(states, hosts, state));
        }
        leftNanos = changed.awaitNanos(leftNanos);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError("interrupted", e);
    } finally {
      lock.unlock();
    }
  }

  private void happened(AnnouncerEvent event) {
    if (event instanceof AnnouncerEvent.HostTransition transition) {
      lock.lock();
      try {
        states.put(transition.host(), transition.to());
        changed.signalAll();
      } finally {
        lock.unlock();
      }
    }
  }

  @Override
  public void close() {
    announcer.close();
    nodes.values().forEach(SimulatedBitcoind::close);
    router.close();
  }
}
