package org.bgpannouncer.speaker.exabgp;

import static org.awaitility.Awaitility.await;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import org.bgpannouncer.announcement.ServiceConfig;
import org.bgpannouncer.announcement.ServiceConfig.NextHopChoice;
import org.bgpannouncer.announcer.Announcer;
import org.bgpannouncer.announcer.StopMode;
import org.bgpannouncer.decision.ServiceState;
import org.bgpannouncer.engine.AllowRule;
import org.bgpannouncer.engine.HostConfig;
import org.bgpannouncer.engine.SiteConfig;
import org.bgpannouncer.health.HealthThresholds;
import org.bgpannouncer.probe.Aspect;
import org.bgpannouncer.probe.Check;
import org.bgpannouncer.probe.HostTarget;
import org.bgpannouncer.probe.Observation;
import org.bgpannouncer.probe.ObservationListener;
import org.bgpannouncer.probe.Outcome;
import org.bgpannouncer.probe.Pace;
import org.bgpannouncer.probe.Probe;
import org.bgpannouncer.probe.Reason;
import org.bgpannouncer.probe.bitcoin.BitcoinNetwork;
import org.bgpannouncer.probe.bitcoin.p2p.P2pConfig;
import org.bgpannouncer.route.IpAddress;
import org.bgpannouncer.route.PathAttributes;
import org.bgpannouncer.route.Prefix;
import org.bgpannouncer.speaker.Speaker;
import org.jspecify.annotations.Nullable;

/** The whole announcer on a speaker, with one service of one host, which is as a test says. */
final class ToldSite implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(15);

  private final ToldProbe probe = new ToldProbe();
  private final Announcer announcer;

  /**
   * Starts it; nobody knows yet how the host is.
   *
   * @param prefix the service's
   * @param allow what else may be announced
   */
  ToldSite(Speaker speaker, Prefix prefix, List<Prefix> allow, Duration adoptFor) {
    HostTarget target =
        new HostTarget(
            "a",
            Optional.of(
                P2pConfig.of(
                    new InetSocketAddress(InetAddress.getLoopbackAddress(), 8333),
                    BitcoinNetwork.REGTEST)),
            Optional.empty(),
            List.of(),
            List.of(),
            List.of());
    HostConfig host =
        new HostConfig(
            "a",
            IpAddress.parse("198.51.100.11"),
            Optional.empty(),
            target,
            new HealthThresholds(
                1, 1, Duration.ZERO, Duration.ofMinutes(2), Duration.ofMinutes(15)));
    ServiceConfig service =
        new ServiceConfig(
            "bitcoin",
            Optional.empty(),
            Optional.empty(),
            List.of(prefix),
            new NextHopChoice.Self(),
            1,
            List.of("a"),
            EnumSet.of(Aspect.P2P),
            PathAttributes.NONE);
    SiteConfig site =
        new SiteConfig(
            "A",
            RealExaBgp.AS,
            allow.stream().map(AllowRule::exact).toList(),
            List.of(),
            List.of(host),
            List.of(service),
            adoptFor,
            false);
    announcer = Announcer.builder(site).speaker(speaker).probes(each -> probe).build();
    announcer.start();
  }

  /** The host is found to be like this, once. */
  void observe(Outcome outcome, Reason reason) {
    await().atMost(PATIENCE).until(() -> probe.listener != null);
    ObservationListener listener = probe.listener;
    if (listener != null) {
      listener.observed(
          Observation.of(
              "a", new Check(Aspect.P2P, "held"), outcome, reason, "", System.nanoTime()));
    }
  }

  void awaitState(ServiceState state) {
    await("service " + state)
        .atMost(PATIENCE)
        .until(() -> announcer.status().services().get(0).state() == state);
  }

  /** Leaves the routes. */
  @Override
  public void close() {
    announcer.stop(StopMode.HANDOVER, Duration.ofSeconds(5)).toCompletableFuture().join();
  }

  private static final class ToldProbe implements Probe {
    private volatile @Nullable ObservationListener listener;

    @Override
    public void start(ObservationListener newListener) {
      listener = newListener;
    }

    @Override
    public void pace(Pace pace) {}

    @Override
    public void close() {}
  }
}
