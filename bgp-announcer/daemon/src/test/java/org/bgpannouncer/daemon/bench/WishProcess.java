package org.bgpannouncer.daemon.bench;

import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.stream.IntStream;
import org.bgpannouncer.announcement.ServiceConfig;
import org.bgpannouncer.announcer.Announcer;
import org.bgpannouncer.engine.AllowRule;
import org.bgpannouncer.engine.HostConfig;
import org.bgpannouncer.engine.ReloadResult;
import org.bgpannouncer.engine.SiteConfig;
import org.bgpannouncer.health.HealthThresholds;
import org.bgpannouncer.observe.AnnouncerEvent;
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
import org.bgpannouncer.speaker.SpeakerEvent;
import org.bgpannouncer.speaker.exabgp.ExaBgpPipe;
import org.bgpannouncer.speaker.exabgp.ExaBgpSpeaker;

/**
 * ExaBGP's API process for the rows {@code bulk} and {@code urgent}: a whole announcer, as an
 * embedder has it, with two hosts whose observations are made up here. What they are is said over a
 * TCP connection. Argument: the port to connect to.
 *
 * <pre>
 * announce N    a service of 10.0.0.0/24 and the N - 1 prefixes behind it comes up
 * add PREFIX    a service of one prefix does
 * remove PREFIX its host dies, proven
 * clear         both die
 * </pre>
 *
 * <p>Each line is answered with the CLOCK_MONOTONIC nanoseconds of just before the observation was
 * handed to the announcer. The first line, {@code ready}, says that the session is up.
 */
public final class WishProcess {
  private static final String LOAD = "load";
  private static final String URGENT = "urgent";

  private static final List<AllowRule> ALLOW =
      List.of(
          new AllowRule(Prefix.parse("10.0.0.0/8"), 24, false),
          new AllowRule(Prefix.parse("203.0.113.0/24"), 32, false));

  /** What is measured begins with one observation, so one is enough. */
  private static final HealthThresholds AT_ONCE =
      new HealthThresholds(
          1,
          1,
          Duration.ZERO,
          HealthThresholds.DEFAULT.stallDown(),
          HealthThresholds.DEFAULT.stallDownAlone());

  private final Map<String, ObservationListener> hosts = new ConcurrentHashMap<>();
  private final CountDownLatch probed = new CountDownLatch(2);
  private List<Prefix> load = prefixes(1);
  private List<Prefix> urgent = List.of(Prefix.parse("203.0.113.0/32"));

  private WishProcess() {}

  /** Runs until the connection ends. */
  public static void main(String[] arguments) throws IOException, InterruptedException {
    new WishProcess().run(Integer.parseInt(arguments[0]));
  }

  private void run(int port) throws IOException, InterruptedException {
    CountDownLatch up = new CountDownLatch(1);
    ExaBgpPipe pipe =
        ExaBgpPipe.of(
            new FileInputStream(FileDescriptor.in), new FileOutputStream(FileDescriptor.out));
    try (Announcer announcer =
            Announcer.builder(site())
                .speaker(new ExaBgpSpeaker(pipe, Set.of()))
                .probes(target -> new ToldProbe(target.name()))
                .listener(
                    event -> {
                      if (event instanceof AnnouncerEvent.SpeakerReported reported
                          && reported.event() instanceof SpeakerEvent.SessionUp) {
                        up.countDown();
                      }
                    })
                .build();
        Orders orders = Orders.connect(port)) {
      announcer.start();
      probed.await();
      up.await();
      orders.serve(order -> obey(announcer, order));
    }
  }

  private long obey(Announcer announcer, String order) {
    String[] words = order.split(" ", -1);
    switch (words[0]) {
      case "announce" -> {
        load = prefixes(Integer.parseInt(words[1]));
        reload(announcer);
        return observe(LOAD, Outcome.OK, Reason.PASSED);
      }
      case "add" -> {
        urgent = List.of(Prefix.parse(words[1]));
        reload(announcer);
        return observe(URGENT, Outcome.OK, Reason.PASSED);
      }
      case "remove" -> {
        return observe(URGENT, Outcome.HARD, Reason.PROVEN_DEAD);
      }
      case "clear" -> {
        observe(URGENT, Outcome.HARD, Reason.PROVEN_DEAD);
        return observe(LOAD, Outcome.HARD, Reason.PROVEN_DEAD);
      }
      default ->
          throw new IllegalArgumentException(
              "order: " + order + " (expected: announce, add, remove or clear)");
    }
  }

  /** The prefixes change before the observation that is measured. */
  private void reload(Announcer announcer) {
    ReloadResult result = announcer.reload(site()).toCompletableFuture().join();
    if (!result.accepted()) {
      throw new IllegalStateException("reload: " + result.problems());
    }
  }

  private long observe(String host, Outcome outcome, Reason reason) {
    ObservationListener listener = Objects.requireNonNull(hosts.get(host), host);
    long nanos = System.nanoTime();
    listener.observed(Observation.of(host, Check.P2P_HELD, outcome, reason, "", nanos));
    return nanos;
  }

  private SiteConfig site() {
    return new SiteConfig(
        "BENCH",
        64496,
        ALLOW,
        List.of(),
        List.of(host(LOAD), host(URGENT)),
        List.of(service(LOAD, load), service(URGENT, urgent)),
        SiteConfig.DEFAULT_ADOPT_FOR,
        false);
  }

  private static List<Prefix> prefixes(int count) {
    return IntStream.range(0, count)
        .mapToObj(i -> Prefix.parse("10." + i / 256 + "." + i % 256 + ".0/24"))
        .toList();
  }

  private static HostConfig host(String name) {
    InetSocketAddress nobody = new InetSocketAddress(InetAddress.getLoopbackAddress(), 1);
    HostTarget target =
        new HostTarget(
            name,
            Optional.of(P2pConfig.of(nobody, BitcoinNetwork.REGTEST)),
            Optional.empty(),
            List.of(),
            List.of(),
            List.of());
    return new HostConfig(
        name, IpAddress.of(nobody.getAddress()), Optional.empty(), target, AT_ONCE);
  }

  private static ServiceConfig service(String host, List<Prefix> prefixes) {
    return new ServiceConfig(
        host,
        Optional.empty(),
        Optional.empty(),
        prefixes,
        new ServiceConfig.NextHopChoice.Self(),
        1,
        List.of(host),
        Set.of(Aspect.P2P),
        PathAttributes.NONE);
  }

  /** Observes what the connection says. */
  private final class ToldProbe implements Probe {
    private final String host;

    ToldProbe(String host) {
      this.host = host;
    }

    @Override
    public void start(ObservationListener listener) {
      hosts.put(host, listener);
      probed.countDown();
    }

    @Override
    public void pace(Pace pace) {}

    @Override
    public void close() {}
  }
}
