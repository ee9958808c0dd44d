package org.bgpannouncer.testkit.bgp;

import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.bgpannouncer.bgp.UpdateMessage;
import org.bgpannouncer.bgp.session.BgpListener;
import org.bgpannouncer.bgp.session.BgpSession;
import org.bgpannouncer.bgp.session.SessionConfig;
import org.bgpannouncer.bgp.session.SessionEvent;
import org.bgpannouncer.route.IpAddress;
import org.bgpannouncer.route.Prefix;
import org.bgpannouncer.route.Rib;
import org.jspecify.annotations.Nullable;

/**
 * A passive BGP peer on a free port of the loopback: whoever connects gets a session, and what it
 * advertises is kept with the time it was heard. The await methods return as soon as it is so, and
 * throw an {@link AssertionError} with the conversation when it is not so within the bound.
 *
 * <p>Keeps the latest {@value #MAX_CHANGES} changes. One thread injects faults, heals and closes;
 * the other methods may be called from any thread.
 */
public final class SimulatedPeer implements AutoCloseable {
  /** The changes that {@link #changes} can give back. */
  public static final int MAX_CHANGES = 100_000;

  /** The AS number of a peer that was not told another one. */
  public static final long DEFAULT_AS = 65000;

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition happened = lock.newCondition();
  private final SessionConfig config;
  private final InetSocketAddress address;
  private final AdjRibIn adjRibIn = new AdjRibIn();
  private final ArrayDeque<HeardChange> changes = new ArrayDeque<>();
  private final Map<Long, BgpSession> established = new LinkedHashMap<>();
  private final Conversation conversation = new Conversation(System.nanoTime());
  private @Nullable BgpListener listener;
  private @Nullable Closeable placeholder;
  private @Nullable PeerFault fault;

  private SimulatedPeer(SessionConfig config, InetSocketAddress local) throws IOException {
    this.config = config;
    BgpListener first = BgpListener.open(local, config, this::happened);
    this.listener = first;
    this.address = first.address();
  }

  /** A peer of AS {@value #DEFAULT_AS} that talks to anyone, on a free port of the loopback. */
  public static SimulatedPeer start() {
    return start(SessionConfig.of(DEFAULT_AS, IpAddress.parse("192.0.2.254")));
  }

  /** A peer with {@code config} on a free port of the loopback. */
  public static SimulatedPeer start(SessionConfig config) {
    try {
      return start(config, new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * A peer with {@code config} on {@code local}.
   *
   * @throws IOException when the address cannot be bound
   */
  public static SimulatedPeer start(SessionConfig config, InetSocketAddress local)
      throws IOException {
    return new SimulatedPeer(config, local);
  }

  /** Where it listens; stays the same through every fault. */
  public InetSocketAddress address() {
    return address;
  }

  /** What is advertised now, all sessions together. */
  public Rib adjRibIn() {
    return locked(adjRibIn::rib);
  }

  /** Every change heard so far, oldest first. */
  public List<HeardChange> changes() {
    return locked(() -> List.copyOf(changes));
  }

  /** The sessions that are established now. */
  public List<BgpSession> sessions() {
    return locked(() -> List.copyOf(established.values()));
  }

  /** Waits for an established session. */
  public BgpSession awaitSession(Duration bound) {
    return await("an established session", bound, () -> established.values().stream().findFirst());
  }

  /** Waits until {@code prefix} is advertised, and gives the announcement heard last. */
  public HeardChange awaitAnnounced(Prefix prefix, Duration bound) {
    return await(
        prefix + " announced",
        bound,
        () -> adjRibIn.holds(prefix) ? latest(prefix) : Optional.empty());
  }

  /**
   * Waits until {@code prefix} is advertised no more, after it was or after an explicit withdraw,
   * and gives the withdraw heard last. A prefix that nobody ever spoke of was not withdrawn.
   */
  public HeardChange awaitWithdrawn(Prefix prefix, Duration bound) {
    return await(
        prefix + " withdrawn",
        bound,
        () -> adjRibIn.holds(prefix) ? Optional.empty() : latest(prefix));
  }

  /** Sends {@code update} on every established session. */
  public void send(UpdateMessage update) {
    sessions().forEach(session -> session.send(update));
  }

  /**
   * Misbehaves from now on, until {@link #heal}. Replaces an earlier fault.
   *
   * @throws IOException when the port is lost to another program meanwhile
   */
  public void inject(PeerFault newFault) throws IOException {
    locked(() -> fault = newFault);
    if (newFault instanceof PeerFault.Notify notify) {
      listen();
      sessions().forEach(session -> session.stop(notify.notification()));
    } else if (newFault instanceof PeerFault.Silence) {
      release();
      // A backlog that nobody accepts from: the kernel completes the handshake, no byte follows.
      placeholder = new ServerSocket(address.getPort(), 64, address.getAddress());
    } else if (newFault instanceof PeerFault.Refuse) {
      release();
      // Bound and not listening: the kernel refuses, and nobody else gets the port.
      Socket bound = new Socket();
      placeholder = bound;
      bound.setReuseAddress(true);
      bound.bind(address);
    }
  }

  /**
   * Behaves again; whoever is connected must reconnect.
   *
   * @throws IOException when the port is lost to another program meanwhile
   */
  public void heal() throws IOException {
    locked(() -> fault = null);
    listen();
  }

  /** What was said on all sessions lately, decoded, a line a message. */
  public String conversation() {
    return locked(conversation::toString);
  }

  @Override
  public void close() {
    try {
      release();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void listen() throws IOException {
    if (listener == null) {
      release();
      listener = BgpListener.open(address, config, this::happened);
    }
  }

  private void release() throws IOException {
    BgpListener currentListener = listener;
    listener = null;
    if (currentListener != null) {
      currentListener.close();
    }
    Closeable currentPlaceholder = placeholder;
    placeholder = null;
    if (currentPlaceholder != null) {
      currentPlaceholder.close();
    }
  }

  private void happened(BgpSession session, SessionEvent event) {
    long nowNanos = System.nanoTime();
    lock.lock();
    try {
      conversation.add(session, event, nowNanos);
      if (event instanceof SessionEvent.Connected && fault instanceof PeerFault.Notify notify) {
        session.stop(notify.notification());
      } else if (event instanceof SessionEvent.Established) {
        established.put(session.id(), session);
      } else if (event instanceof SessionEvent.Received received
          && received.message() instanceof UpdateMessage update) {
        keep(adjRibIn.apply(session, update, received.nanos()));
      } else if (event instanceof SessionEvent.Ended) {
        established.remove(session.id());
        keep(adjRibIn.ended(session.id(), session.remote(), nowNanos));
      }
      happened.signalAll();
    } finally {
      lock.unlock();
    }
  }

  private void keep(List<HeardChange> heard) {
    for (HeardChange change : heard) {
      if (changes.size() == MAX_CHANGES) {
        changes.removeFirst();
      }
      changes.add(change);
    }
  }

  private Optional<HeardChange> latest(Prefix prefix) {
    var newestFirst = changes.descendingIterator();
    while (newestFirst.hasNext()) {
      HeardChange change = newestFirst.next();
      if (change.change().prefix().equals(prefix)) {
        return Optional.of(change);
      }
    }
    return Optional.empty();
  }

  private <T> T await(String what, Duration bound, Supplier<Optional<T>> probe) {
    lock.lock();
    try {
      long leftNanos = bound.toNanos();
      Optional<T> found = probe.get();
      while (found.isEmpty() && leftNanos > 0) {
        leftNanos = happened.awaitNanos(leftNanos);
        found = probe.get();
      }
      return found.orElseThrow(
          () ->
              new AssertionError(
                  "expected " + what + " within " + bound + "; heard:\n" + conversation));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError("interrupted while waiting for " + what, e);
    } finally {
      lock.unlock();
    }
  }

  private <T> T locked(Supplier<T> body) {
    lock.lock();
    try {
      return body.get();
    } finally {
      lock.unlock();
    }
  }
}
