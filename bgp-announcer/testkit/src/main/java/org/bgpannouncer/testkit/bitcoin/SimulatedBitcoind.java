package org.bgpannouncer.testkit.bitcoin;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;

/**
 * A simulated bitcoind: its aspects on one address, so that they live and die together.
 *
 * <p>Each aspect misbehaves on its own through its accessor. Thread-safe; never call it on the
 * simulator's loop.
 */
public final class SimulatedBitcoind implements AutoCloseable {
  private final SimulatorLoop simulator;
  private final SimulatedP2pServer p2p;
  private SimulatedZmqPublisher zmq;
  private boolean alive = true;

  private SimulatedBitcoind(
      SimulatorLoop simulator, SimulatedP2pServer p2p, SimulatedZmqPublisher zmq) {
    this.simulator = simulator;
    this.p2p = p2p;
    this.zmq = zmq;
  }

  /** Listens on free ports of loopback, as an archival mainnet node named {@code name}. */
  public static SimulatedBitcoind start(SimulatorLoop simulator, String name) {
    return start(simulator, name, InetAddress.getLoopbackAddress(), Ports.ANY);
  }

  /** Listens on {@code address}, as an archival mainnet node named {@code name}. */
  public static SimulatedBitcoind start(
      SimulatorLoop simulator, String name, InetAddress address, Ports ports) {
    return new SimulatedBitcoind(
        simulator,
        SimulatedP2pServer.start(
            simulator, new InetSocketAddress(address, ports.p2p()), NodeIdentity.mainnet(name)),
        SimulatedZmqPublisher.start(simulator, new InetSocketAddress(address, ports.zmq())));
  }

  /**
   * Where the aspects listen; 0 for any free port.
   *
   * @param p2p default 8333
   * @param zmq default 28332
   */
  public record Ports(int p2p, int zmq) {
    /** Any free ports. */
    public static final Ports ANY = new Ports(0, 0);

    /** The ports of a mainnet node. */
    public static final Ports MAINNET = new Ports(8333, 28332);
  }

  /** The peer-to-peer port. */
  public SimulatedP2pServer p2p() {
    return p2p;
  }

  /** The ZMQ publisher; another one after {@link #revive}. */
  public synchronized SimulatedZmqPublisher zmq() {
    return zmq;
  }

  /** Ends as {@code kill -9} does: every port refuses, then every connection ends. */
  public synchronized void die() {
    alive = false;
    zmq.close();
    p2p.die();
  }

  /** Listens again on the same ports; no-op while it lives. */
  public synchronized void revive() {
    if (!alive) {
      zmq = SimulatedZmqPublisher.start(simulator, zmq.address());
      p2p.revive();
      alive = true;
    }
  }

  /** As SIGSTOP, on the P2P port. */
  public void pause() {
    p2p.pause();
  }

  /** As SIGCONT. */
  public void resume() {
    p2p.resume();
  }

  @Override
  public void close() {
    die();
  }

  /**
   * Runs many nodes in one process: {@code COUNT FIRST-ADDRESS [P2P-PORT ZMQ-PORT]}.
   *
   * @see NodeFarm
   */
  public static void main(String[] arguments) throws IOException {
    NodeFarm.runUntilEof(arguments);
  }
}
