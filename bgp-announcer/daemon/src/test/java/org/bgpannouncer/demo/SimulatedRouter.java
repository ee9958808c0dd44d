package org.bgpannouncer.demo;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Predicate;
import org.bgpannouncer.bgp.AddressFamily;
import org.bgpannouncer.bgp.UpdateMessage;
import org.bgpannouncer.bgp.session.BgpListener;
import org.bgpannouncer.bgp.session.BgpSession;
import org.bgpannouncer.bgp.session.SessionConfig;
import org.bgpannouncer.bgp.session.SessionEvent;
import org.bgpannouncer.route.IpAddress;
import org.bgpannouncer.route.PathAttributes;
import org.bgpannouncer.route.Prefix;
import org.bgpannouncer.route.RouteChange;
import org.bgpannouncer.speaker.exabgp.ExaBgpPipe;
import org.bgpannouncer.testkit.exabgp.SimulatedExaBgp;

/**
 * A site's edge router: what it holds for one prefix after the UPDATEs of its iBGP session with a
 * simulated ExaBGP, and each change with the time at which its UPDATE came off the socket.
 * Thread-safe.
 */
final class SimulatedRouter implements AutoCloseable {
  /** How long a change that must come may take. */
  static final Duration PATIENCE = Duration.ofSeconds(20);

  private static final long AS = 42275;
  private static final SessionConfig EXABGP_SIDE = side("192.0.2.2");
  private static final SessionConfig ROUTER_SIDE = side("192.0.2.1");

  private final SimulatedExaBgp exabgp = new SimulatedExaBgp(SimulatedExaBgp.Version.V4_2);
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final List<Change> changes = new ArrayList<>();
  private final String site;
  private final Prefix prefix;
  private final BgpListener listener;
  private Optional<Path> current = Optional.empty();

  SimulatedRouter(String site, Prefix prefix) throws IOException {
    this.site = site;
    this.prefix = prefix;
    listener =
        BgpListener.open(
            new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
            ROUTER_SIDE,
            this::happened);
    exabgp.connect(listener.address(), EXABGP_SIDE);
  }

  private static SessionConfig side(String routerId) {
    return new SessionConfig(
        AS,
        OptionalLong.of(AS),
        IpAddress.parse(routerId),
        SessionConfig.DEFAULT_HOLD_TIME,
        List.of(AddressFamily.IPV4_UNICAST));
  }

  /** The path it holds; empty: none. */
  Optional<Path> path() {
    lock.lock();
    try {
      return current;
    } finally {
      lock.unlock();
    }
  }

  /**
   * Waits for the first change since then to what {@code wanted} accepts.
   *
   * @throws AssertionError when it does not come
   */
  Change await(String what, long sinceNanos, Predicate<Optional<Path>> wanted) {
    return find(sinceNanos, PATIENCE, change -> wanted.test(change.to()))
        .orElseThrow(
            () -> new AssertionError("%s: not %s within %s".formatted(site, what, PATIENCE)));
  }

  /**
   * Waits {@code quiet} for a change since then that a neighbour hears.
   *
   * @throws AssertionError when there is one
   */
  void requireNothingHeard(long sinceNanos, Duration quiet) {
    find(sinceNanos, quiet, Change::isHeard)
        .ifPresent(
            change -> {
              throw new AssertionError("%s: %s (expected: no change)".formatted(site, change));
            });
  }

  private Optional<Change> find(long sinceNanos, Duration bound, Predicate<Change> wanted) {
    lock.lock();
    try {
      long leftNanos = bound.toNanos();
      while (true) {
        Optional<Change> found =
            changes.stream()
                .filter(change -> change.nanos() - sinceNanos >= 0 && wanted.test(change))
                .findFirst();
        if (found.isPresent() || leftNanos <= 0) {
          return found;
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

  /** The announcer's end of the pipe. */
  ExaBgpPipe pipe() {
    return ExaBgpPipe.of(exabgp.answers(), exabgp.commands());
  }

  private void happened(BgpSession session, SessionEvent event) {
    if (event instanceof SessionEvent.Received received
        && received.message() instanceof UpdateMessage update) {
      for (RouteChange change : update.changes()) {
        if (change.prefix().equals(prefix)) {
          heard(received.nanos(), Path.of(change));
        }
      }
    } else if (event instanceof SessionEvent.Ended) {
      heard(System.nanoTime(), Optional.empty());
    }
  }

  private void heard(long nanos, Optional<Path> now) {
    lock.lock();
    try {
      if (!now.equals(current)) {
        changes.add(new Change(nanos, current, now));
        current = now;
        changed.signalAll();
      }
    } finally {
      lock.unlock();
    }
  }

  /**
   * Ends ExaBGP, and the session with it.
   *
   * @throws AssertionError if it was told what a real one, or its router, would have choked on
   */
  @Override
  public void close() {
    exabgp.close();
    listener.close();
    if (!exabgp.violations().isEmpty()) {
      throw new AssertionError(site + ": " + exabgp.violations());
    }
  }

  /**
   * A change of the path.
   *
   * @param nanos when, as {@link System#nanoTime}
   * @param from before; empty: none
   * @param to now; empty: none
   */
  record Change(long nanos, Optional<Path> from, Optional<Path> to) {
    /** An edge router tells its neighbours its own next hop: another host is no news to them. */
    boolean isHeard() {
      return !from.map(Path::attributes).equals(to.map(Path::attributes));
    }
  }

  /**
   * A path.
   *
   * @param nextHop the address of a host
   * @param attributes everything else
   */
  record Path(String nextHop, PathAttributes attributes) {
    static Optional<Path> of(RouteChange change) {
      return change instanceof RouteChange.Announce announce
          ? Optional.of(
              new Path(announce.route().nextHop().toString(), announce.route().attributes()))
          : Optional.empty();
    }

    /** The AS numbers on the path; a route of its own AS has none but prepends. */
    int prepends() {
      return attributes.asPath().size();
    }
  }
}
