package org.bgpannouncer.testkit.bitcoin;

import io.netty.channel.Channel;
import io.netty.channel.socket.SocketChannel;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpServerCodec;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Base64;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The JSON-RPC side of a simulated bitcoind: HTTP/1.1 with keep-alive, Basic authentication, and
 * one {@link RpcReply} per method. It starts as a synced mainnet node of {@link CoreVersion#V28}; a
 * method without a reply is "not found".
 *
 * <p>It shares no code with the probe it is there to test. The last 1,000 requests are kept.
 *
 * <p>Thread-safe; every method returns when it has taken effect. Never call one on the loop's own
 * thread.
 */
public final class SimulatedRpcServer implements AutoCloseable {
  private static final int MAX_REQUEST_BYTES = 64 * 1024;
  private static final int MAX_KEPT_REQUESTS = 1000;
  private static final String SOME_HASH = "00".repeat(31) + "2a";

  private final SimulatorPort port;
  private final Map<String, RpcReply> replies = new HashMap<>();
  private final Set<Channel> connections = new LinkedHashSet<>();
  private final Deque<Request> requests = new ArrayDeque<>();
  private @Nullable String authorization;
  private @Nullable RpcReply everyReply;
  private int accepted;
  private boolean paused;

  /**
   * One request as it came.
   *
   * @param method the JSON-RPC method
   * @param connection the connection's number, from 1
   * @param authorized whether user and password were right
   * @param atNanos {@link System#nanoTime} of its arrival
   */
  public record Request(String method, int connection, boolean authorized, long atNanos) {}

  private SimulatedRpcServer(SimulatorLoop simulator, InetSocketAddress wanted) {
    this.replies.putAll(CoreVersion.V28.synced("main", 900_000, SOME_HASH));
    this.port = new SimulatorPort(simulator, wanted, this::accept);
  }

  /** Listens on a free port of loopback and lets everyone in. */
  public static SimulatedRpcServer start(SimulatorLoop simulator) {
    return start(simulator, new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
  }

  /**
   * Listens on {@code address}.
   *
   * @param address port 0 for any free one
   */
  public static SimulatedRpcServer start(SimulatorLoop simulator, InetSocketAddress address) {
    return new SimulatedRpcServer(simulator, address);
  }

  private void accept(SocketChannel channel) {
    accepted++;
    connections.add(channel);
    channel.closeFuture().addListener(closed -> connections.remove(channel));
    channel.config().setAutoRead(!paused);
    channel
        .pipeline()
        .addLast(new HttpServerCodec())
        .addLast(new HttpObjectAggregator(MAX_REQUEST_BYTES))
        .addLast(new RpcServerConnection(this, accepted));
  }

  /** Where it listens; the same after {@link #revive}. */
  public InetSocketAddress address() {
    return port.address();
  }

  /** Answers {@code method} so from now on. */
  public void on(String method, RpcReply reply) {
    port.run(() -> replies.put(method, reply));
  }

  /** Answers every method so, until {@link #onEachMethod}. */
  public void onAll(RpcReply reply) {
    port.run(
        () -> {
          everyReply = reply;
        });
  }

  /** Ends {@link #onAll}. */
  public void onEachMethod() {
    port.run(
        () -> {
          everyReply = null;
        });
  }

  /** Replaces all replies, e.g. by those of {@link CoreVersion#synced}. */
  public void replies(Map<String, RpcReply> wanted) {
    Map<String, RpcReply> copy = Map.copyOf(wanted);
    port.run(
        () -> {
          replies.clear();
          replies.putAll(copy);
        });
  }

  /** Lets only this user in from now on, as a restart with a new cookie does. */
  public void login(String user, String password) {
    String pair = user + ":" + password;
    String header =
        "Basic " + Base64.getEncoder().encodeToString(pair.getBytes(StandardCharsets.UTF_8));
    port.run(
        () -> {
          authorization = header;
        });
  }

  /** Ends as {@code kill -9} does: the port refuses, then every connection ends. */
  public void die() {
    stopListening();
    disconnectAll();
  }

  /** Refuses new connections; those there are go on. */
  public void stopListening() {
    port.stopListening();
  }

  /** Listens again on the same port; no-op while it listens. */
  public void revive() {
    port.revive();
  }

  /** As SIGSTOP: the kernel accepts, nobody reads. */
  public void pause() {
    autoRead(false);
  }

  /** As SIGCONT. */
  public void resume() {
    autoRead(true);
  }

  private void autoRead(boolean on) {
    port.run(
        () -> {
          paused = !on;
          connections.forEach(each -> each.config().setAutoRead(on));
        });
  }

  /** Closes every connection; the port goes on listening. */
  public void disconnectAll() {
    port.run(
        () -> {
          List.copyOf(connections).forEach(Channel::close);
        });
  }

  /** How many connections are open. */
  public int connections() {
    return port.call(connections::size);
  }

  /** How many were ever accepted. */
  public int accepted() {
    return port.call(() -> accepted);
  }

  /** The last requests, oldest first. */
  public List<Request> requests() {
    return port.call(() -> List.copyOf(requests));
  }

  /** Closes the port and every connection. */
  @Override
  public void close() {
    port.close();
    disconnectAll();
  }

  boolean authorizes(@Nullable String header) {
    return authorization == null || authorization.equals(header);
  }

  RpcReply replyTo(String method) {
    RpcReply all = everyReply;
    return all != null ? all : replies.getOrDefault(method, RpcReply.methodNotFound());
  }

  void received(Request request) {
    requests.addLast(request);
    if (requests.size() > MAX_KEPT_REQUESTS) {
      requests.removeFirst();
    }
  }
}
