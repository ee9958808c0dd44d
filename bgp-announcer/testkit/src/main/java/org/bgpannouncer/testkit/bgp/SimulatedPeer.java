package org.bgpannouncer.testkit.bgp;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import org.bgpannouncer.bgp.BgpMessage;
import org.bgpannouncer.bgp.NotificationMessage;
import org.bgpannouncer.bgp.UpdateMessage;
import org.bgpannouncer.bgp.session.BgpListener;
import org.bgpannouncer.bgp.session.BgpSession;
import org.bgpannouncer.bgp.session.SessionConfig;
import org.bgpannouncer.bgp.session.SessionEvent;
import org.bgpannouncer.route.IpAddress;
import org.bgpannouncer.route.Prefix;
import org.bgpannouncer.route.Rib;
import org.bgpannouncer.route.Route;
import org.bgpannouncer.route.RouteChange;
import org.jspecify.annotations.Nullable;

/**
 * A BGP peer to test against: it listens on a free port, or dials, talks to anybody, and keeps what
 * it hears with the time it was heard. Its sessions are real ones; what a {@link PeerFault} does to
 * them happens on the connection. The await methods return as soon as it is so, and throw an {@link
 * AssertionError} with the conversation when it is not so within the bound.
 *
 * <p>Keeps the latest {@value #MAX_RECORDED} changes and messages. One thread injects faults, heals
 * and closes; the other methods may be called from any thread.
 */
public final class SimulatedPeer implements AutoCloseable {
  /** The changes that {@link #changes}, and the messages that {@link #messages} can give back. */
  public static final int MAX_RECORDED = 100_000;

  /** The AS number of a peer that was not told another one. */
  public static final long DEFAULT_AS = 65000;

  /** The router ID of a peer that was not told another one. */
  public static final IpAddress DEFAULT_ROUTER_ID = IpAddress.parse("192.0.2.254");

  private static final InetSocketAddress INSIDE =
      new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);

  private final SessionConfig config;
  private final Recording recording = new Recording();
  private final ScriptPlayer scripts = new ScriptPlayer(recording);
  private final Cable cable;
  private volatile BgpListener inside;
  private volatile PeerFault.@Nullable Notify notify;
  private boolean isOpenWrong;

  private SimulatedPeer(SessionConfig config, Cable.Ends ends) throws IOException {
    this.config = config;
    this.inside = BgpListener.open(INSIDE, config, this::happened);
    try {
      this.cable = new Cable(ends, () -> inside.address(), recording::note);
    } catch (IOException e) {
      inside.close();
      throw e;
    }
  }

  /** A peer of AS {@value #DEFAULT_AS} that listens on a free port of the loopback. */
  public static SimulatedPeer start() {
    return start(SessionConfig.of(DEFAULT_AS, DEFAULT_ROUTER_ID));
  }

  /** A peer with {@code config} that listens on a free port of the loopback. */
  public static SimulatedPeer start(SessionConfig config) {
    try {
      return start(config, INSIDE);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * A peer with {@code config} that listens on {@code local}; port 0 takes a free one.
   *
   * @throws IOException when the address cannot be bound
   */
  public static SimulatedPeer start(SessionConfig config, InetSocketAddress local)
      throws IOException {
    return new SimulatedPeer(config, new Cable.Ends(local, Optional.empty()));
  }

  /** A peer of AS {@value #DEFAULT_AS} that dials {@code remote}. */
  public static SimulatedPeer dial(InetSocketAddress remote) {
    return dial(SessionConfig.of(DEFAULT_AS, DEFAULT_ROUTER_ID), remote, new InetSocketAddress(0));
  }

  /**
   * A peer with {@code config} that dials {@code remote}, again and again while there is no
   * connection.
   *
   * @param local its source; the wildcard address and port 0 leave it to the kernel
   */
  public static SimulatedPeer dial(
      SessionConfig config, InetSocketAddress remote, InetSocketAddress local) {
    try {
      return new SimulatedPeer(config, new Cable.Ends(local, Optional.of(remote)));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  // ---- what there is ----

  /** Where it listens, which stays the same through every fault; where it dials from. */
  public InetSocketAddress address() {
    return cable.address();
  }

  /** What is advertised now, all sessions together. */
  public Rib adjRibIn() {
    return recording.rib();
  }

  /** Every change heard so far, oldest first. */
  public List<HeardChange> changes() {
    return recording.changes();
  }

  /** Every message of this kind heard so far, oldest first. */
  public <M extends BgpMessage> List<HeardMessage<M>> messages(Class<M> kind) {
    return recording.messages(kind);
  }

  /** The sessions that are established now. */
  public List<PeerSession> sessions() {
    return recording.sessions();
  }

  /** The ends of all sessions that are over, oldest first. */
  public List<HeardEnd> ends() {
    return recording.ends();
  }

  /** What was said on all sessions lately, decoded, a line a message. */
  public String conversation() {
    return recording.conversation();
  }

  // ---- waiting ----

  /** Waits for an established session. */
  public PeerSession awaitSession(Duration bound) {
    return recording.await(
        "an established session", bound, () -> recording.sessions().stream().findFirst());
  }

  /** Waits until {@code prefix} is advertised, and gives the announcement heard last. */
  public HeardChange awaitAnnounced(Prefix prefix, Duration bound) {
    return recording.await(
        prefix + " announced",
        bound,
        () -> recording.holds(prefix) ? recording.latest(of(prefix)) : Optional.empty());
  }

  /**
   * Waits until {@code prefix} is advertised with such a route.
   *
   * @param what the route is to be like, for the text of a failure
   */
  public HeardChange awaitAnnounced(
      Prefix prefix, String what, Predicate<Route> route, Duration bound) {
    return recording.await(
        prefix + " announced with " + what,
        bound,
        () -> recording.latest(of(prefix)).filter(heard -> announces(heard, route)));
  }

  /**
   * Waits until {@code prefix} is advertised no more, after it was or after an explicit withdraw,
   * and gives the withdraw heard last. A prefix that nobody ever spoke of was not withdrawn.
   */
  public HeardChange awaitWithdrawn(Prefix prefix, Duration bound) {
    return recording.await(
        prefix + " withdrawn",
        bound,
        () -> recording.holds(prefix) ? Optional.empty() : recording.latest(of(prefix)));
  }

  /** Waits for the end of a session, if none has ended yet, and gives the one that ended last. */
  public HeardEnd awaitEnded(Duration bound) {
    return recording.await(
        "the end of a session", bound, () -> recording.ends().stream().reduce((a, b) -> b));
  }

  /** Waits for a NOTIFICATION, if none has come yet, and gives the one that came last. */
  public HeardMessage<NotificationMessage> awaitNotification(Duration bound) {
    return recording.await(
        "a NOTIFICATION",
        bound,
        () -> recording.messages(NotificationMessage.class).stream().reduce((a, b) -> b));
  }

  /** Takes the next message of this kind; those before it are passed over, and never taken. */
  public <M extends BgpMessage> HeardMessage<M> take(Class<M> kind, Duration bound) {
    return recording.await(kind.getSimpleName(), bound, () -> recording.take(kind));
  }

  /** Waits {@code time} and fails at once if {@code prefix} is not advertised all the while. */
  public void assertStaysAnnounced(Prefix prefix, Duration time) {
    long sinceNanos = System.nanoTime();
    if (!recording.holds(prefix)) {
      throw recording.failure("expected " + prefix + " to be announced; heard:\n");
    }
    Predicate<HeardChange> withdrawn = of(prefix).and(heard -> !heard.reachable());
    recording.refuse(
        "withdraw of " + prefix,
        time,
        () -> recording.latest(withdrawn.and(heard -> heard.nanos() - sinceNanos >= 0)));
  }

  /** Waits {@code time} and fails at once if {@code prefix} is advertised meanwhile. */
  public void assertNotAnnounced(Prefix prefix, Duration time) {
    long sinceNanos = System.nanoTime();
    Predicate<HeardChange> announced = of(prefix).and(heard -> announces(heard, route -> true));
    recording.refuse(
        "announcement of " + prefix,
        time,
        () ->
            recording
                .latest(announced)
                .filter(heard -> recording.holds(prefix) || heard.nanos() - sinceNanos >= 0));
  }

  private static Predicate<HeardChange> of(Prefix prefix) {
    return heard -> heard.change().prefix().equals(prefix);
  }

  private static boolean announces(HeardChange heard, Predicate<Route> wanted) {
    return heard.change() instanceof RouteChange.Announce announce && wanted.test(announce.route());
  }

  // ---- doing ----

  /** Sends {@code update} on every established session. */
  public void send(UpdateMessage update) {
    sessions().forEach(session -> session.send(update));
  }

  /** The next session that has no script goes through these steps once it is established. */
  public void script(PeerStep... steps) {
    scripts.add(List.of(steps));
  }

  /** Waits until every script was played to its end, or its session ended. */
  public void awaitPlayed(Duration bound) {
    recording.await(
        "every script played",
        bound,
        () -> scripts.isDone() ? Optional.of(scripts) : Optional.empty());
  }

  /**
   * Misbehaves from now on, until {@link #heal}. Replaces an earlier fault.
   *
   * @throws UncheckedIOException when the port is lost to another program meanwhile
   */
  public void inject(PeerFault fault) {
    try {
      notify = null;
      if (fault instanceof PeerFault.Refuse) {
        cable.refuse();
        cut(config);
      } else if (fault instanceof PeerFault.Stall) {
        cable.stall();
        cut(config);
      } else if (fault instanceof PeerFault.WrongAs wrong) {
        pretend(
            new SessionConfig(
                wrong.as(),
                config.peerAs(),
                config.routerId(),
                config.holdTime(),
                config.families(),
                config.capabilities()));
      } else if (fault instanceof PeerFault.OtherFamilies other) {
        pretend(
            new SessionConfig(
                config.localAs(),
                config.peerAs(),
                config.routerId(),
                config.holdTime(),
                other.families(),
                config.capabilities()));
      } else if (fault instanceof PeerFault.Notify newNotify) {
        honestOpen();
        cable.heal();
        notify = newNotify;
        sessions().forEach(session -> session.inject(newNotify));
      } else if (fault instanceof PeerFault.OfSession ofSession) {
        honestOpen();
        cable.heal();
        cable.misbehave(ofSession);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Behaves again: takes connections, and goes on reading and talking on those that stand. Whoever
   * was stalled or lied to in an OPEN must reconnect.
   *
   * @throws UncheckedIOException when the port is lost to another program meanwhile
   */
  public void heal() {
    try {
      notify = null;
      honestOpen();
      cable.heal();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void pretend(SessionConfig other) throws IOException {
    // Refuses meanwhile: who comes back at once shall not hear the truth.
    cable.refuse();
    cut(other);
    isOpenWrong = true;
    cable.heal();
  }

  private void honestOpen() throws IOException {
    if (isOpenWrong) {
      cable.refuse();
      cut(config);
      isOpenWrong = false;
    }
  }

  /** Ends every session without a word; those to come say what {@code next} is. */
  private void cut(SessionConfig next) throws IOException {
    // What was sent before is sent: the listener closes when it has been.
    inside.close();
    cable.awaitCut();
    inside = BgpListener.open(INSIDE, next, this::happened);
  }

  @Override
  public void close() {
    cable.close();
    inside.close();
    cable.awaitCut();
  }

  private void happened(BgpSession session, SessionEvent event) {
    Optional<CableConnection> connection = cable.connection(session.remote());
    if (connection.isEmpty()) {
      return;
    }
    Optional<PeerSession> started = recording.add(connection.get(), session, event);
    PeerFault.Notify toNotify = notify;
    if (event instanceof SessionEvent.Connected && toNotify != null) {
      session.stop(toNotify.notification());
    } else if (event instanceof SessionEvent.Ended) {
      cable.forget(session.remote());
    }
    started.ifPresent(scripts::begin);
  }
}
