package org.bgpannouncer.testkit.bgp;

import java.io.Closeable;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BiConsumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What lies between a simulated peer's sessions, which are real ones, and the world: it listens or
 * dials outside, connects each connection with the session's listener inside, and can be cut,
 * pinched and mistreated as a real connection can. The octets on it are not changed.
 */
final class Cable implements Closeable {
  /** As little as the kernel gives: Linux makes about 2 KiB of it. */
  static final int SMALL_WINDOW_OCTETS = 1024;

  private static final int BACKLOG = 64;
  private static final int DIAL_TIMEOUT_MILLIS = 1000;
  private static final long REDIAL_NANOS = TimeUnit.MILLISECONDS.toNanos(50);

  private enum Manner {
    OPEN,
    /** Connections are taken and left alone. */
    STALLED,
    REFUSING,
    CLOSED
  }

  private final Ends ends;
  private final Supplier<InetSocketAddress> inside;
  private final BiConsumer<CableConnection, String> notes;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final AtomicLong ids = new AtomicLong();
  private final Map<Integer, CableConnection> byInsidePort = new ConcurrentHashMap<>();
  private final Set<CableConnection> standing = ConcurrentHashMap.newKeySet();
  private final List<Socket> stalled = new ArrayList<>();
  private Manner manner = Manner.OPEN;
  private volatile boolean smallWindow;
  private PeerFault.@Nullable OfSession fault;
  private @Nullable Closeable port;
  private @Nullable Thread acceptor;
  private InetSocketAddress address;

  /**
   * Where the cable leads.
   *
   * @param local where it listens, or the source of what it dials
   * @param remote what it dials; empty: it listens
   */
  record Ends(InetSocketAddress local, Optional<InetSocketAddress> remote) {}

  /**
   * A cable that listens or dials from now on.
   *
   * @param inside where the session's listener is
   * @throws IOException when {@code local} cannot be listened on
   */
  Cable(Ends ends, Supplier<InetSocketAddress> inside, BiConsumer<CableConnection, String> notes)
      throws IOException {
    this.ends = ends;
    this.inside = inside;
    this.notes = notes;
    this.address = ends.local();
    if (ends.remote().isPresent()) {
      InetSocketAddress remote = ends.remote().get();
      thread("simulated-peer-dial", () -> dial(remote));
    } else {
      listen();
    }
  }

  private static Thread thread(String name, Runnable body) {
    Thread thread = new Thread(body, name);
    thread.setDaemon(true);
    thread.start();
    return thread;
  }

  /** Where it listens; of one that dials, what it dials from, as it was given. */
  InetSocketAddress address() {
    return address;
  }

  /** The connection whose inside end is this. */
  Optional<CableConnection> connection(InetSocketAddress insideEnd) {
    return Optional.ofNullable(byInsidePort.get(insideEnd.getPort()));
  }

  /** The session of this connection is over. */
  void forget(InetSocketAddress insideEnd) {
    byInsidePort.remove(insideEnd.getPort());
  }

  // ---- faults ----

  /** Connections are refused from now on. */
  void refuse() throws IOException {
    become(Manner.REFUSING);
    if (ends.remote().isEmpty()) {
      closePort();
      // Bound and not listening: the kernel refuses, and nobody else gets the port.
      Socket bound = new Socket();
      port = bound;
      bound.setReuseAddress(true);
      bound.bind(address);
    }
  }

  /** Connections are taken from now on, and nothing is read or said. */
  void stall() throws IOException {
    become(Manner.STALLED);
    listen();
  }

  /** Every session, those that stand and those to come, misbehaves. */
  void misbehave(PeerFault.OfSession newFault) throws IOException {
    lock.lock();
    try {
      fault = newFault;
      smallWindow =
          newFault instanceof PeerFault.ZeroWindow || newFault instanceof PeerFault.SlowReader;
    } finally {
      lock.unlock();
    }
    behave();
    if (smallWindow && port instanceof ServerSocket server) {
      // What is accepted inherits it, and so says it in its SYN.
      server.setReceiveBufferSize(SMALL_WINDOW_OCTETS);
    }
    standing.forEach(connection -> connection.misbehave(newFault));
  }

  /** Every connection to come is well, and those that stand go on where they can. */
  void heal() throws IOException {
    boolean narrow = smallWindow;
    lock.lock();
    try {
      fault = null;
      smallWindow = false;
    } finally {
      lock.unlock();
    }
    if (narrow && ends.remote().isEmpty()) {
      closePort();
    }
    behave();
    standing.forEach(CableConnection::heal);
  }

  /** Takes connections again; those that were stalled are cut. */
  private void behave() throws IOException {
    become(Manner.OPEN);
    listen();
  }

  /** Waits until the connections of sessions that have been closed are closed outside as well. */
  void awaitCut() {
    List.copyOf(standing).forEach(CableConnection::awaitEnd);
  }

  private void become(Manner newManner) {
    List<Socket> cut = List.of();
    lock.lock();
    try {
      manner = manner == Manner.CLOSED ? Manner.CLOSED : newManner;
      if (newManner != Manner.STALLED) {
        cut = List.copyOf(stalled);
        stalled.clear();
      }
      changed.signalAll();
    } finally {
      lock.unlock();
    }
    cut.forEach(CableConnection::close);
  }

  /** Takes and dials no further connection, and frees the port; those that stand, stand. */
  @Override
  public void close() {
    become(Manner.CLOSED);
    closePort();
  }

  // ---- listening ----

  private void listen() throws IOException {
    if (ends.remote().isPresent() || port instanceof ServerSocket) {
      return;
    }
    closePort();
    ServerSocket server = new ServerSocket();
    server.setReuseAddress(true);
    if (smallWindow) {
      server.setReceiveBufferSize(SMALL_WINDOW_OCTETS);
    }
    server.bind(address, BACKLOG);
    address = (InetSocketAddress) server.getLocalSocketAddress();
    port = server;
    acceptor = thread("simulated-peer-accept", () -> accept(server));
  }

  private void closePort() {
    Closeable current = port;
    port = null;
    if (current != null) {
      CableConnection.close(current);
    }
    Thread accepting = acceptor;
    acceptor = null;
    if (accepting != null) {
      try {
        // The kernel listens until it has left accept(), and nobody else can have the port.
        accepting.join(TimeUnit.SECONDS.toMillis(5));
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private void accept(ServerSocket server) {
    try {
      while (true) {
        plug(server.accept());
      }
    } catch (IOException e) {
      // Closed: a refusal, or the end.
    }
  }

  // ---- dialling ----

  private void dial(InetSocketAddress remote) {
    while (awaitDialTime()) {
      // Each time, so that one that is refused in the OPEN does not come back a thousand times a
      // second.
      rest();
      Socket outside = new Socket();
      try {
        if (smallWindow) {
          outside.setReceiveBufferSize(SMALL_WINDOW_OCTETS);
        }
        outside.bind(ends.local());
        outside.connect(remote, DIAL_TIMEOUT_MILLIS);
        plug(outside);
      } catch (IOException e) {
        CableConnection.close(outside);
      }
    }
  }

  /** Waits while there is a connection or must be none; false when there shall never be one. */
  private boolean awaitDialTime() {
    lock.lock();
    try {
      while (manner == Manner.REFUSING || !standing.isEmpty() || !stalled.isEmpty()) {
        if (manner == Manner.CLOSED) {
          return false;
        }
        changed.await();
      }
      return manner != Manner.CLOSED;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    } finally {
      lock.unlock();
    }
  }

  private void rest() {
    lock.lock();
    try {
      long left = REDIAL_NANOS;
      while (left > 0 && manner != Manner.CLOSED) {
        left = changed.awaitNanos(left);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      lock.unlock();
    }
  }

  // ---- connecting both sides ----

  private void plug(Socket outside) {
    lock.lock();
    try {
      if (manner == Manner.STALLED) {
        stalled.add(outside);
        return;
      }
      if (manner != Manner.OPEN) {
        CableConnection.close(outside);
        return;
      }
      connect(outside);
    } catch (IOException e) {
      CableConnection.close(outside);
    } finally {
      lock.unlock();
    }
  }

  private void connect(Socket outside) throws IOException {
    Socket plug = new Socket();
    try {
      plug.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
      CableConnection connection =
          new CableConnection(ids.incrementAndGet(), outside, plug, notes, this::ended);
      // Before it connects: the session's first word is asked for under this port.
      byInsidePort.put(plug.getLocalPort(), connection);
      plug.connect(inside.get());
      PeerFault.OfSession current = fault;
      if (current != null) {
        connection.misbehave(current);
      }
      standing.add(connection);
      connection.start();
    } catch (IOException e) {
      CableConnection.close(plug);
      throw e;
    }
  }

  private void ended(CableConnection connection) {
    lock.lock();
    try {
      standing.remove(connection);
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }
}
