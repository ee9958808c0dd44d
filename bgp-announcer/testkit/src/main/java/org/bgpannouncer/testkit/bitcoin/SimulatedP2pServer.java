package org.bgpannouncer.testkit.bitcoin;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.bgpannouncer.probe.time.Ticker;

/**
 * The peer-to-peer side of a simulated bitcoind, v1 transport: shakes hands, answers pings, and
 * dies in every way a test wants.
 *
 * <p>It shares no code with the probe it is there to test. Thread-safe; every method returns when
 * it has taken effect. Never call one on the loop's own thread.
 */
public final class SimulatedP2pServer implements AutoCloseable {
  private static final int MAX_RECORDED_ACCEPTS = 10_000;

  private final SimulatorPort port;
  private final Set<P2pServerConnection> connections = new LinkedHashSet<>();
  private final List<Accept> accepts = new ArrayList<>();
  private final List<String> received = new ArrayList<>();
  private NodeIdentity identity;
  private Set<P2pFault> faults = EnumSet.noneOf(P2pFault.class);
  private long pongDelayNanos;
  private boolean paused;

  /**
   * A connection that was accepted.
   *
   * @param atNanos on {@link Ticker#system}
   * @param remote the peer
   */
  public record Accept(long atNanos, SocketAddress remote) {}

  private SimulatedP2pServer(
      SimulatorLoop simulator, InetSocketAddress address, NodeIdentity identity) {
    this.identity = identity;
    this.port =
        new SimulatorPort(
            simulator,
            address,
            channel -> channel.pipeline().addLast(new P2pServerConnection(this)));
  }

  /** Listens on a free port of loopback. */
  public static SimulatedP2pServer start(SimulatorLoop simulator, NodeIdentity identity) {
    return start(simulator, new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), identity);
  }

  /**
   * Listens on {@code address}.
   *
   * @param address port 0 for any free one
   */
  public static SimulatedP2pServer start(
      SimulatorLoop simulator, InetSocketAddress address, NodeIdentity identity) {
    return new SimulatedP2pServer(simulator, address, identity);
  }

  /** Where it listens, or listened while it is dead. */
  public InetSocketAddress address() {
    return port.address();
  }

  /** Misbehaves in these ways and no others from now on. */
  public void faults(P2pFault... wanted) {
    EnumSet<P2pFault> set = EnumSet.noneOf(P2pFault.class);
    set.addAll(List.of(wanted));
    port.run(() -> faults = set);
  }

  /** Says this of itself from the next version on. */
  public void identity(NodeIdentity wanted) {
    port.run(() -> identity = wanted);
  }

  /** Answers pings this late from now on. */
  public void pongDelay(Duration delay) {
    port.run(() -> pongDelayNanos = delay.toNanos());
  }

  /** Ends as a killed process does: the port refuses, then every connection ends with FIN. */
  public void die() {
    stopListening();
    disconnectAll();
  }

  /** Ends as a process does that left bytes unread: the port refuses, every connection is reset. */
  public void dieWithReset() {
    stopListening();
    port.run(
        () -> {
          List.copyOf(connections).forEach(P2pServerConnection::reset);
        });
  }

  /** Listens again after {@link #die}; no-op while it listens. */
  public void revive() {
    port.revive();
  }

  /** Refuses new connections; those there are go on. */
  public void stopListening() {
    port.stopListening();
  }

  /** As SIGSTOP: the kernel accepts, nothing is answered until {@link #resume}. */
  public void pause() {
    port.run(() -> paused = true);
  }

  /** As SIGCONT: answers everything that was asked meanwhile. */
  public void resume() {
    port.run(
        () -> {
          paused = false;
          List.copyOf(connections).forEach(P2pServerConnection::resume);
        });
  }

  /** Ends every connection with FIN, as an eviction does; the port goes on listening. */
  public void disconnectAll() {
    port.run(
        () -> {
          List.copyOf(connections).forEach(P2pServerConnection::disconnect);
        });
  }

  /** How many connections are open. */
  public int connections() {
    return port.call(connections::size);
  }

  /** Every connection ever accepted, at most the first {@value #MAX_RECORDED_ACCEPTS}. */
  public List<Accept> accepts() {
    return port.call(() -> List.copyOf(accepts));
  }

  /** The commands received, in order, at most the first {@value #MAX_RECORDED_ACCEPTS}. */
  public List<String> received() {
    return port.call(() -> List.copyOf(received));
  }

  /** Closes the port and every connection. */
  @Override
  public void close() {
    port.close();
    disconnectAll();
  }

  boolean has(P2pFault fault) {
    return faults.contains(fault);
  }

  boolean isPaused() {
    return paused;
  }

  NodeIdentity identity() {
    return identity;
  }

  long pongDelayNanos() {
    return pongDelayNanos;
  }

  long nowSeconds() {
    return InstantSource.system().instant().getEpochSecond();
  }

  void opened(P2pServerConnection connection, SocketAddress remote) {
    if (has(P2pFault.EVICT_AT_ACCEPT)) {
      List.copyOf(connections).forEach(P2pServerConnection::disconnect);
    }
    connections.add(connection);
    if (accepts.size() < MAX_RECORDED_ACCEPTS) {
      accepts.add(new Accept(Ticker.system().nanoTime(), remote));
    }
  }

  void received(String command) {
    if (received.size() < MAX_RECORDED_ACCEPTS) {
      received.add(command);
    }
  }

  void closed(P2pServerConnection connection) {
    connections.remove(connection);
  }
}
