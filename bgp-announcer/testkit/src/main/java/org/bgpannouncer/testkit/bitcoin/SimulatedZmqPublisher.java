package org.bgpannouncer.testkit.bitcoin;

import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.socket.SocketChannel;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayDeque;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;

/**
 * The ZMQ side of a simulated bitcoind: a PUB socket of ZMTP 3.1 with one counter per topic.
 *
 * <p>It shares no code with the probe it is there to test. A subscriber that does not read loses
 * notifications beyond 16 MB while the counters go on, as at libzmq's high-water mark.
 *
 * <p>Thread-safe; every method returns when it has taken effect. Never call one on the loop's own
 * thread.
 */
public final class SimulatedZmqPublisher implements AutoCloseable {
  // Several blocks of the largest size.
  private static final WriteBufferWaterMark HIGH_WATER_MARK =
      new WriteBufferWaterMark(8_000_000, 16_000_000);

  private final SimulatorPort port;
  private final Set<ZmqPublisherConnection> connections = new LinkedHashSet<>();
  private final Map<String, Integer> counters = new HashMap<>();
  private final Queue<Runnable> postponed = new ArrayDeque<>();
  private Set<ZmqFault> faults = EnumSet.noneOf(ZmqFault.class);
  private long accepted;
  private long pings;
  private boolean paused;

  private SimulatedZmqPublisher(SimulatorLoop simulator, InetSocketAddress wanted) {
    this.port = new SimulatorPort(simulator, wanted, this::accept);
  }

  private void accept(SocketChannel channel) {
    accepted++;
    channel.config().setWriteBufferWaterMark(HIGH_WATER_MARK);
    channel.config().setAutoRead(!paused);
    channel.pipeline().addLast(new ZmqPublisherConnection(this));
  }

  /** Listens on a free port of loopback. */
  public static SimulatedZmqPublisher start(SimulatorLoop simulator) {
    return start(simulator, new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
  }

  /**
   * Listens on {@code address}.
   *
   * @param address port 0 for any free one
   */
  public static SimulatedZmqPublisher start(SimulatorLoop simulator, InetSocketAddress address) {
    return new SimulatedZmqPublisher(simulator, address);
  }

  /** Where it listens, or listened until it was closed. */
  public InetSocketAddress address() {
    return port.address();
  }

  /** Misbehaves in these ways and no others from now on; the handshake's at the next accept. */
  public void faults(ZmqFault... wanted) {
    EnumSet<ZmqFault> set = EnumSet.noneOf(ZmqFault.class);
    set.addAll(List.of(wanted));
    port.run(() -> faults = set);
  }

  /** Sends one notification to whoever subscribed to its topic, and counts it. */
  public void publish(String topic, byte[] body) {
    byte[] copy = body.clone();
    port.run(
        () -> {
          perform(() -> publishNow(topic, copy));
        });
  }

  /** Tells of a new block on {@code hashblock}. */
  public void publishBlock(byte[] hash) {
    publish("hashblock", hash);
  }

  /** Lets the next notification of {@code topic} carry {@code counter}, modulo 2^32. */
  public void counter(String topic, long counter) {
    port.run(() -> counters.put(topic, (int) counter));
  }

  /** Skips {@code count} counter values of {@code topic}, as if so many had been dropped. */
  public void skip(String topic, int count) {
    port.run(() -> counters.merge(topic, count, Integer::sum));
  }

  /** Starts every counter again, as a restart does. */
  public void resetCounters() {
    port.run(
        () -> {
          counters.clear();
        });
  }

  /** Closes every connection; the port goes on listening. */
  public void disconnectAll() {
    port.run(
        () -> {
          List.copyOf(connections).forEach(ZmqPublisherConnection::disconnect);
        });
  }

  /** As SIGSTOP: the kernel accepts, nothing is read or sent until {@link #resume}. */
  public void pause() {
    port.run(
        () -> {
          paused = true;
          connections.forEach(connection -> connection.autoRead(false));
        });
  }

  /** As SIGCONT: sends what was published meanwhile, and reads again. */
  public void resume() {
    port.run(
        () -> {
          paused = false;
          while (!postponed.isEmpty()) {
            postponed.remove().run();
          }
          List.copyOf(connections).forEach(connection -> connection.autoRead(true));
        });
  }

  /** How many connections are open. */
  public int connections() {
    return port.call(connections::size);
  }

  /** How many were ever accepted. */
  public long accepted() {
    return port.call(() -> accepted);
  }

  /** How many PINGs came. */
  public long pings() {
    return port.call(() -> pings);
  }

  /** What is subscribed to, over all connections. */
  public Set<String> subscriptions() {
    return port.call(
        () -> {
          Set<String> all = new LinkedHashSet<>();
          connections.forEach(connection -> all.addAll(connection.subscriptions()));
          return all;
        });
  }

  /** Closes the port and every connection. */
  @Override
  public void close() {
    port.close();
    disconnectAll();
  }

  /** Refuses new connections; those there are go on. */
  public void stopListening() {
    port.stopListening();
  }

  /** Now, or at the end of the pause. */
  void perform(Runnable action) {
    if (paused) {
      postponed.add(action);
    } else {
      action.run();
    }
  }

  boolean has(ZmqFault fault) {
    return faults.contains(fault);
  }

  void opened(ZmqPublisherConnection connection) {
    connections.add(connection);
  }

  void closed(ZmqPublisherConnection connection) {
    connections.remove(connection);
  }

  void pinged() {
    pings++;
  }

  private void publishNow(String topic, byte[] body) {
    if (has(ZmqFault.SILENT)) {
      return;
    }
    int counter = counters.merge(topic, 1, Integer::sum) - 1;
    if (!has(ZmqFault.DROP)) {
      connections.forEach(connection -> connection.notify(topic, body, counter));
    }
  }
}
