package org.bgpannouncer.testkit.bitcoin;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A simulated bitcoind of {@link CoreVersion#V28}: P2P, JSON-RPC and ZMQ on one address, so that
 * they live, stop and die together. Its RPC lets any user in with any password, and tells the
 * height of its P2P and the address of its ZMQ.
 *
 * <p>Each aspect misbehaves on its own through its accessor. Thread-safe; never call it on the
 * simulator's loop.
 */
public final class SimulatedBitcoind implements AutoCloseable {
  private static final String TIP = "00".repeat(8) + "ab".repeat(24);

  private final SimulatorLoop simulator;
  private final SimulatedP2pServer p2p;
  private final SimulatedRpcServer rpc;
  private SimulatedZmqPublisher zmq;
  private boolean alive = true;

  private SimulatedBitcoind(
      SimulatorLoop simulator, NodeIdentity identity, InetAddress address, Ports ports) {
    this.simulator = simulator;
    p2p =
        SimulatedP2pServer.start(simulator, new InetSocketAddress(address, ports.p2p()), identity);
    zmq = SimulatedZmqPublisher.start(simulator, new InetSocketAddress(address, ports.zmq()));
    rpc = SimulatedRpcServer.start(simulator, new InetSocketAddress(address, ports.rpc()));
    int blocks = identity.startHeightBlocks();
    rpc.on("getblockchaininfo", CoreVersion.V28.blockchain("main", blocks, blocks, TIP));
    rpc.on("getzmqnotifications", notifiers(zmq.address()));
  }

  /** Listens on free ports of loopback, as an archival mainnet node named {@code name}. */
  public static SimulatedBitcoind start(SimulatorLoop simulator, String name) {
    return start(simulator, name, InetAddress.getLoopbackAddress(), Ports.ANY);
  }

  /** Listens on {@code address}, as an archival mainnet node named {@code name}. */
  public static SimulatedBitcoind start(
      SimulatorLoop simulator, String name, InetAddress address, Ports ports) {
    return new SimulatedBitcoind(simulator, NodeIdentity.mainnet(name), address, ports);
  }

  /** Every topic that Bitcoin Core 28 has, all on one address (doc/zmq.md). */
  private static RpcReply notifiers(InetSocketAddress zmq) {
    return new RpcReply.Result(
        Stream.of("hashblock", "hashtx", "rawblock", "rawtx", "sequence")
            .map(
                topic ->
                    "{\"type\":\"pub%s\",\"address\":\"tcp://%s:%d\",\"hwm\":1000}"
                        .formatted(topic, zmq.getAddress().getHostAddress(), zmq.getPort()))
            .collect(Collectors.joining(",", "[", "]")));
  }

  /**
   * Where the aspects listen; 0 for any free port.
   *
   * @param p2p default 8333
   * @param zmq default 28332
   * @param rpc default 8332
   */
  public record Ports(int p2p, int zmq, int rpc) {
    /** Any free ports. */
    public static final Ports ANY = new Ports(0, 0, 0);

    /** The ports of a mainnet node. */
    public static final Ports MAINNET = new Ports(8333, 28332, 8332);
  }

  /** The peer-to-peer port. */
  public SimulatedP2pServer p2p() {
    return p2p;
  }

  /** The JSON-RPC port. */
  public SimulatedRpcServer rpc() {
    return rpc;
  }

  /** The ZMQ publisher; another one after {@link #revive}. */
  public synchronized SimulatedZmqPublisher zmq() {
    return zmq;
  }

  /** Ends as {@code kill -9} does: every port refuses, then every connection ends. */
  public synchronized void die() {
    alive = false;
    p2p.stopListening();
    rpc.stopListening();
    zmq.stopListening();
    zmq.disconnectAll();
    rpc.disconnectAll();
    p2p.disconnectAll();
  }

  /** Listens again on the same ports; no-op while it lives. */
  public synchronized void revive() {
    if (!alive) {
      resume(); // a new process is not stopped, even if the old one was
      SimulatedZmqPublisher dead = zmq;
      zmq = SimulatedZmqPublisher.start(simulator, dead.address());
      dead.close();
      rpc.revive();
      p2p.revive();
      alive = true;
    }
  }

  /** As SIGSTOP: the kernel accepts on every port, nothing is answered or published. */
  public synchronized void pause() {
    p2p.pause();
    rpc.pause();
    zmq.pause();
  }

  /** As SIGCONT. */
  public synchronized void resume() {
    zmq.resume();
    rpc.resume();
    p2p.resume();
  }

  @Override
  public synchronized void close() {
    die();
    p2p.close();
    rpc.close();
    zmq.close();
  }

  /**
   * Runs many nodes in one process: {@code COUNT FIRST-ADDRESS [P2P-PORT ZMQ-PORT [RPC-PORT]]}.
   *
   * @see NodeFarm
   */
  public static void main(String[] arguments) throws IOException {
    PrintStream out =
        new PrintStream(new FileOutputStream(FileDescriptor.out), true, StandardCharsets.UTF_8);
    NodeFarm.runUntilEof(arguments, System.in, out);
  }
}
