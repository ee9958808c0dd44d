package org.bgpannouncer.engine;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.bgpannouncer.announcement.ServiceConfig;
import org.bgpannouncer.announcement.ServiceConfig.NextHopChoice;
import org.bgpannouncer.decision.ServiceState;
import org.bgpannouncer.health.HealthThresholds;
import org.bgpannouncer.observe.AnnouncerEvent;
import org.bgpannouncer.observe.StatusSnapshot;
import org.bgpannouncer.probe.Aspect;
import org.bgpannouncer.probe.Cadence;
import org.bgpannouncer.probe.Check;
import org.bgpannouncer.probe.HostTarget;
import org.bgpannouncer.probe.ObservationListener;
import org.bgpannouncer.probe.Pace;
import org.bgpannouncer.probe.Probe;
import org.bgpannouncer.probe.bitcoin.BitcoinNetwork;
import org.bgpannouncer.probe.bitcoin.p2p.P2pConfig;
import org.bgpannouncer.probe.bitcoin.rpc.RpcConfig;
import org.bgpannouncer.probe.time.VirtualTime;
import org.bgpannouncer.route.IpAddress;
import org.bgpannouncer.route.NextHop;
import org.bgpannouncer.route.PathAttributes;
import org.bgpannouncer.route.Prefix;
import org.bgpannouncer.route.Rib;
import org.bgpannouncer.route.Route;

/** The real engine on virtual time, between simulated nodes and a simulated speaker. */
final class EngineLab {
  static final Prefix PREFIX = Prefix.parse("192.0.2.0/24");
  static final long LOCAL_AS = 64496;
  static final Cadence CADENCE =
      new Cadence(Duration.ofSeconds(5), Duration.ofSeconds(1), Duration.ofSeconds(3), 0);

  /** As RpcConfig's defaults: an uptime that takes 2 s is overdue. */
  private static final Cadence RPC_CADENCE =
      new Cadence(CADENCE.interval(), CADENCE.fastInterval(), Duration.ofSeconds(2), 0);

  final VirtualTime time = new VirtualTime();
  final InstantSource clock;
  final Map<String, Map<Aspect, SimulatedNode>> nodes = new HashMap<>();
  final List<SimulatedNode> made = new ArrayList<>();
  final List<AnnouncerEvent> events = new ArrayList<>();
  final SimulatedSpeaker speaker;
  final Engine engine;

  /** The host whose probe cannot be made. */
  String impossible = "";

  EngineLab(SiteConfig site) {
    this(site, Rib.EMPTY);
  }

  EngineLab(SiteConfig site, Rib held) {
    clock = () -> Instant.EPOCH.plusNanos(time.nanoTime());
    speaker = new SimulatedSpeaker(time, held);
    engine = new Engine(site, speaker, this::probeOf, time, clock, events::add);
  }

  static EngineLab started(SiteConfig site) {
    return started(site, Rib.EMPTY);
  }

  static EngineLab started(SiteConfig site, Rib held) {
    EngineLab lab = new EngineLab(site, held);
    lab.engine.start();
    return lab;
  }

  /** One site with these hosts, each probed by P2P, and one service of all of them. */
  static SiteConfig site(int atLeast, String... hosts) {
    return site(HealthThresholds.DEFAULT, EnumSet.of(Aspect.P2P), atLeast, hosts);
  }

  static SiteConfig site(
      HealthThresholds thresholds, Set<Aspect> probed, int atLeast, String... hosts) {
    List<HostConfig> configs = new ArrayList<>();
    for (int i = 0; i < hosts.length; i++) {
      configs.add(host(hosts[i], i, thresholds, probed));
    }
    return new SiteConfig(
        "GVA",
        LOCAL_AS,
        List.of(AllowRule.exact(PREFIX)),
        List.of(),
        configs,
        List.of(service("bitcoin", PREFIX, atLeast, List.of(hosts))),
        SiteConfig.DEFAULT_ADOPT_FOR,
        false);
  }

  /** As {@link #site(int, String...)}, at least one, under {@code next-hop: host}. */
  static SiteConfig pointingAtHosts(String... hosts) {
    return pointing(new NextHopChoice.HealthyHost(), hosts);
  }

  /** As {@link #site(int, String...)}, at least one, with another next hop. */
  static SiteConfig pointing(NextHopChoice nextHop, String... hosts) {
    SiteConfig site = site(1, hosts);
    ServiceConfig service = site.services().get(0);
    return new SiteConfig(
        site.site(),
        site.localAs(),
        site.allow(),
        site.physicalRanges(),
        site.hosts(),
        List.of(
            new ServiceConfig(
                service.name(),
                service.address(),
                service.port(),
                service.prefixes(),
                nextHop,
                service.atLeast(),
                service.hosts(),
                service.by(),
                service.attributes())),
        site.adoptFor(),
        site.dryRun());
  }

  static HostConfig host(String name, int index, HealthThresholds thresholds, Set<Aspect> probed) {
    InetSocketAddress socket = new InetSocketAddress(InetAddress.getLoopbackAddress(), 8333);
    RpcConfig rpc =
        RpcConfig.of(
            socket, BitcoinNetwork.REGTEST, new RpcConfig.Credentials.CookieFile(Path.of("x")));
    HostTarget target =
        new HostTarget(
            name,
            Optional.of(P2pConfig.of(socket, BitcoinNetwork.REGTEST)),
            probed.contains(Aspect.RPC) ? Optional.of(rpc) : Optional.empty(),
            List.of(),
            List.of(),
            List.of());
    IpAddress address = IpAddress.parse("198.51.100." + (11 + index));
    return new HostConfig(name, address, Optional.empty(), target, thresholds);
  }

  static ServiceConfig service(String name, Prefix prefix, int atLeast, List<String> hosts) {
    return new ServiceConfig(
        name,
        Optional.empty(),
        Optional.empty(),
        List.of(prefix),
        new NextHopChoice.Self(),
        atLeast,
        hosts,
        EnumSet.of(Aspect.P2P),
        PathAttributes.NONE);
  }

  private Probe probeOf(HostTarget target) {
    if (target.name().equals(impossible)) {
      throw new IllegalArgumentException("target: " + impossible + " (expected: a possible one)");
    }
    Map<Aspect, SimulatedNode> members = new EnumMap<>(Aspect.class);
    members.put(Aspect.P2P, new SimulatedNode(target.name(), SimulatedNode.HELD, time, CADENCE));
    target
        .rpc()
        .ifPresent(
            rpc ->
                members.put(
                    Aspect.RPC,
                    new SimulatedNode(target.name(), Check.RPC_LIVENESS, time, RPC_CADENCE)));
    target
        .tcp()
        .forEach(
            tcp ->
                members.put(
                    Aspect.TCP, new SimulatedNode(target.name(), tcp.check(), time, CADENCE)));
    nodes.put(target.name(), members);
    made.addAll(members.values());
    return new Probe() {
      @Override
      public void start(ObservationListener listener) {
        members.values().forEach(member -> member.start(listener));
      }

      @Override
      public void pace(Pace pace) {
        members.values().forEach(member -> member.pace(pace));
      }

      @Override
      public void close() {
        members.values().forEach(SimulatedNode::close);
      }
    };
  }

  SimulatedNode node(String host) {
    return node(host, Aspect.P2P);
  }

  SimulatedNode node(String host, Aspect aspect) {
    return Objects.requireNonNull(Objects.requireNonNull(nodes.get(host)).get(aspect));
  }

  EngineLab seconds(double seconds) {
    time.advance(Duration.ofNanos((long) (seconds * 1e9)));
    return this;
  }

  /** Lets all hosts become UP and the route be acknowledged: 61 s at the defaults. */
  EngineLab untilUp() {
    return seconds(61);
  }

  boolean announced() {
    return speaker.advertised().route(PREFIX).isPresent();
  }

  Route route() {
    return speaker.advertised().route(PREFIX).orElseThrow();
  }

  /** The route of a service in UP. */
  static Route upRoute() {
    return new Route(PREFIX, NextHop.SELF, PathAttributes.NONE.withMed(100));
  }

  static Route degradedRoute() {
    return new Route(
        PREFIX, NextHop.SELF, PathAttributes.NONE.withMed(200).withPrepend(LOCAL_AS, 2));
  }

  List<AnnouncerEvent.WithdrawOverdue> overdue() {
    return events.stream()
        .filter(AnnouncerEvent.WithdrawOverdue.class::isInstance)
        .map(AnnouncerEvent.WithdrawOverdue.class::cast)
        .toList();
  }

  StatusSnapshot status() {
    var answer = engine.status().toCompletableFuture();
    time.runDue();
    return answer.join();
  }

  ServiceState state() {
    return status().services().get(0).state();
  }

  /** How long, in seconds, until the truth is (or no longer is) announced; at most {@code max}. */
  double secondsUntil(boolean announced, double max) {
    long startNanos = time.nanoTime();
    while (announced() != announced) {
      if (time.nanoTime() - startNanos > max * 1e9) {
        throw new AssertionError("announced: " + !announced + " still after " + max + " s");
      }
      time.advance(Duration.ofMillis(1));
    }
    return (time.nanoTime() - startNanos) / 1e9;
  }
}
