package org.bgpannouncer.rehearsal;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.LongConsumer;
import org.bgpannouncer.announcement.ServiceConfig;
import org.bgpannouncer.announcer.Announcer;
import org.bgpannouncer.engine.AllowRule;
import org.bgpannouncer.engine.HostConfig;
import org.bgpannouncer.engine.SiteConfig;
import org.bgpannouncer.health.HealthThresholds;
import org.bgpannouncer.observe.AnnouncerEvent;
import org.bgpannouncer.probe.Aspect;
import org.bgpannouncer.probe.Cadence;
import org.bgpannouncer.probe.HostTarget;
import org.bgpannouncer.probe.bitcoin.BitcoinNetwork;
import org.bgpannouncer.probe.bitcoin.p2p.P2pConfig;
import org.bgpannouncer.route.IpAddress;
import org.bgpannouncer.route.PathAttributes;
import org.bgpannouncer.route.Prefix;
import org.bgpannouncer.route.RouteChange;
import org.bgpannouncer.speaker.Speaker;

/**
 * A node's death, rehearsed: a real announcer probes a node of this process over loopback, the node
 * dies, and the withdraw arrives at a router of this process, through a speaker of the kind that
 * the daemon has. Nothing leaves the machine.
 *
 * <p>A JVM interprets what it runs for the first time, after loading and linking it: the first
 * death of a fresh process costs some 10 ms more than the hundredth. After the rehearsal the real
 * one is as quick as any.
 */
public final class Rehearsal {
  /** With the flags of scripts/announcer, C1 compiles a method at its 128th call. */
  static final int ROUNDS = 150;

  private static final Duration STEP_BOUND = Duration.ofSeconds(5);
  private static final Prefix PREFIX = Prefix.parse("192.0.2.0/24"); // TEST-NET-1, RFC 5737
  private static final Duration SHORTEST = Cadence.MIN_INTERVAL;

  private final List<Long> reactionsNanos = new ArrayList<>(ROUNDS);
  private final BlockingQueue<Long> withdrawnNanos = new LinkedBlockingQueue<>();
  private final BlockingQueue<RouteChange> acknowledged = new LinkedBlockingQueue<>();

  private Rehearsal() {}

  /** How the withdraw gets to the router. */
  public enum Way {
    /** ExaBGP's process pipe. */
    EXABGP {
      @Override
      RehearsalRouter router(LongConsumer withdrawn) throws IOException {
        return new RehearsalExaBgp(PREFIX, withdrawn);
      }
    },
    /** The embedded speaker's session. */
    EMBEDDED {
      @Override
      RehearsalRouter router(LongConsumer withdrawn) throws IOException {
        return new RehearsalNeighbor(PREFIX, withdrawn);
      }
    };

    abstract RehearsalRouter router(LongConsumer withdrawn) throws IOException;
  }

  /**
   * From the node's death to the withdraw at the router.
   *
   * @param rounds how many deaths there were
   * @param first of the first one
   * @param last the median of the last tenth of them
   */
  public record Result(int rounds, Duration first, Duration last) {}

  /**
   * Runs for one to two seconds, at some half of a core.
   *
   * @throws IOException if there is no loopback to play on
   * @throws TimeoutException if a death was not seen, or a life not announced, within 5 s
   */
  public static Result run(Way way) throws IOException, TimeoutException, InterruptedException {
    Rehearsal rehearsal = new Rehearsal();
    try (RehearsalNode node = new RehearsalNode();
        RehearsalRouter router = way.router(rehearsal.withdrawnNanos::add);
        Announcer announcer = rehearsal.announcer(node.address(), router.speaker())) {
      announcer.start();
      for (int round = 0; round < ROUNDS; round++) {
        rehearsal.die(node);
      }
    }
    return rehearsal.result();
  }

  private void die(RehearsalNode node) throws IOException, TimeoutException, InterruptedException {
    awaitAcknowledged(RouteChange.Announce.class);
    long killedNanos = System.nanoTime();
    node.die();
    reactionsNanos.add(next(withdrawnNanos, "withdraw") - killedNanos);
    awaitAcknowledged(RouteChange.Withdraw.class);
    node.revive();
  }

  private void awaitAcknowledged(Class<? extends RouteChange> kind)
      throws TimeoutException, InterruptedException {
    RouteChange change;
    do {
      change = next(acknowledged, "receipt of " + kind.getSimpleName());
    } while (!kind.isInstance(change));
  }

  private static <T> T next(BlockingQueue<T> queue, String what)
      throws TimeoutException, InterruptedException {
    T next = queue.poll(STEP_BOUND.toNanos(), TimeUnit.NANOSECONDS);
    if (next == null) {
      throw new TimeoutException("no " + what + " within " + STEP_BOUND);
    }
    return next;
  }

  private Result result() {
    List<Long> last =
        new ArrayList<>(reactionsNanos.subList(ROUNDS - ROUNDS / 10, reactionsNanos.size()));
    Collections.sort(last);
    return new Result(
        reactionsNanos.size(),
        Duration.ofNanos(reactionsNanos.get(0)),
        Duration.ofNanos(last.get(last.size() / 2)));
  }

  private Announcer announcer(InetSocketAddress node, Speaker speaker) throws IOException {
    return Announcer.builder(site(node, nobody()))
        .speaker(speaker)
        .listener(
            event -> {
              if (event instanceof AnnouncerEvent.RouteAcknowledged receipt) {
                acknowledged.add(receipt.change());
              }
            })
        .build();
  }

  /** Where nobody listens: the witness of every death. */
  private static InetSocketAddress nobody() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return new InetSocketAddress(socket.getInetAddress(), socket.getLocalPort());
    }
  }

  private static SiteConfig site(InetSocketAddress node, InetSocketAddress witness) {
    P2pConfig shipped = P2pConfig.of(node, BitcoinNetwork.REGTEST);
    P2pConfig p2p =
        new P2pConfig(
            node,
            Optional.empty(),
            shipped.network(),
            new Cadence(SHORTEST, SHORTEST, STEP_BOUND, 0),
            shipped.pongLate(),
            shipped.stallDown(),
            shipped.handshakeInterval(),
            shipped.fullHandshakeInterval(),
            Optional.empty(),
            false,
            Optional.of(witness),
            0, // the node repeats our own version, and we offer nothing
            0,
            Optional.empty(),
            shipped.maxClockSkew());
    HostTarget target =
        new HostTarget("node", Optional.of(p2p), Optional.empty(), List.of(), List.of(), List.of());
    HealthThresholds impatient =
        new HealthThresholds(
            3,
            1,
            Duration.ZERO,
            HealthThresholds.DEFAULT.stallDown(),
            HealthThresholds.DEFAULT.stallDownAlone());
    HostConfig host =
        new HostConfig(
            "node", IpAddress.of(node.getAddress()), Optional.empty(), target, impatient);
    ServiceConfig service =
        new ServiceConfig(
            "rehearsal",
            Optional.empty(),
            Optional.empty(),
            List.of(PREFIX),
            new ServiceConfig.NextHopChoice.Self(),
            1,
            List.of("node"),
            Set.of(Aspect.P2P),
            PathAttributes.NONE);
    return new SiteConfig(
        "rehearsal",
        64496,
        List.of(AllowRule.exact(PREFIX)),
        List.of(),
        List.of(host),
        List.of(service),
        SiteConfig.DEFAULT_ADOPT_FOR,
        false);
  }
}
