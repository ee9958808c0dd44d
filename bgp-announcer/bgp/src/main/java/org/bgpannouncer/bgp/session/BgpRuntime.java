package org.bgpannouncer.bgp.session;

import io.netty.channel.EventLoop;
import io.netty.channel.socket.SocketChannel;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One thread that carries the sessions of any number of peers, the sockets that they may dial, and
 * what is built on top. Everything is called back on that thread.
 */
public final class BgpRuntime implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(BgpRuntime.class);

  private final SessionLoop loop;
  private final EventLoop eventLoop;
  private final Set<BgpAcceptor> acceptors = new LinkedHashSet<>();
  private final Set<BgpPeer> peers = new LinkedHashSet<>();

  /** Something that is to run later; closing it means: not any more. */
  public interface Timer extends AutoCloseable {
    @Override
    void close();
  }

  private BgpRuntime(SessionLoop loop) {
    this.loop = loop;
    this.eventLoop = loop.group().next();
  }

  /** Starts the thread, a daemon. */
  public static BgpRuntime start(String threadName) {
    return new BgpRuntime(SessionLoop.start(threadName));
  }

  /**
   * Runs {@code task} on the thread, soon; never after {@link #close}. What it throws is logged and
   * dropped.
   */
  public void execute(Runnable task) {
    try {
      eventLoop.execute(guarded(task));
    } catch (RejectedExecutionException e) {
      LOG.debug("closed", e);
    }
  }

  /** Runs {@code task} on the thread after {@code delay}. What it throws is logged and dropped. */
  public Timer schedule(Runnable task, Duration delay) {
    var scheduled = eventLoop.schedule(guarded(task), delay.toNanos(), TimeUnit.NANOSECONDS);
    return () -> scheduled.cancel(false);
  }

  /** Whether the caller is on the thread. */
  public boolean isOnThread() {
    return eventLoop.inEventLoop();
  }

  /**
   * Listens on {@code local} for the peers of this runtime that may dial; port 0 takes a free one.
   *
   * @throws IOException when the address cannot be bound, or the system cannot do what a peer wants
   */
  public BgpAcceptor listen(InetSocketAddress local) throws IOException {
    if (isOnThread()) {
      // Binding is waited for, on this very thread.
      throw new IllegalStateException("listen: on the thread (expected: another thread)");
    }
    BgpAcceptor acceptor = BgpAcceptor.bind(this, local);
    call(
        () -> {
          acceptors.add(acceptor);
          try {
            acceptor.prepare(md5Keys(), minTtl());
          } catch (IOException e) {
            forget(acceptor);
            throw e;
          }
          return null;
        });
    return acceptor;
  }

  /** Closes every connection without a NOTIFICATION, and ends the thread. */
  @Override
  public void close() {
    if (isOnThread()) {
      eventLoop.parent().shutdownGracefully(0, 1, TimeUnit.SECONDS);
      return;
    }
    if (isClosed()) {
      return;
    }
    try {
      call(
          () -> {
            List.copyOf(peers).forEach(BgpPeer::abandon);
            List.copyOf(acceptors).forEach(this::forget);
            return null;
          });
    } catch (IOException e) {
      LOG.warn("event=close-failed reason={}", e.getMessage());
    }
    loop.stop();
  }

  boolean isClosed() {
    return eventLoop.isShuttingDown();
  }

  /** The time of every deadline here. */
  long nanoTime() {
    return System.nanoTime();
  }

  SessionLoop loop() {
    return loop;
  }

  EventLoop eventLoop() {
    return eventLoop;
  }

  /** Runs {@code body} on the thread and waits for it. */
  <T> T call(Callable<T> body) throws IOException {
    if (isClosed()) {
      throw new IOException("runtime: closed (expected: running)");
    }
    try {
      return isOnThread() ? body.call() : eventLoop.submit(body).get();
    } catch (ExecutionException e) {
      if (e.getCause() instanceof IOException cause) {
        throw new IOException(cause.getMessage(), cause);
      }
      throw new IllegalStateException(e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    } catch (IOException | RuntimeException e) {
      throw e;
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  void add(BgpPeer peer) throws IOException {
    peers.add(peer);
    try {
      prepareAcceptors();
    } catch (IOException e) {
      remove(peer);
      throw e;
    }
  }

  void remove(BgpPeer peer) {
    peers.remove(peer);
    try {
      prepareAcceptors();
    } catch (IOException e) {
      LOG.warn("event=listen-failed reason={}", e.getMessage());
    }
  }

  void forget(BgpAcceptor acceptor) {
    acceptors.remove(acceptor);
    acceptor.closeNow();
  }

  /** The peer that a connection is of: the one that can use it most, where addresses are shared. */
  Optional<BgpPeer> peerOf(SocketChannel accepted) {
    Optional<BgpPeer> found = Optional.empty();
    for (BgpPeer peer : peers) {
      if (peer.expects(accepted.remoteAddress(), accepted.localAddress())
          && (found.isEmpty() || peer.phase().compareTo(found.get().phase()) < 0)) {
        found = Optional.of(peer);
      }
    }
    return found;
  }

  private void prepareAcceptors() throws IOException {
    for (BgpAcceptor acceptor : acceptors) {
      acceptor.prepare(md5Keys(), minTtl());
    }
  }

  private Map<InetAddress, byte[]> md5Keys() {
    Map<InetAddress, byte[]> keys = new HashMap<>();
    for (PeerConfig config : accepting()) {
      config.md5().ifPresent(key -> keys.put(config.remote().getAddress(), key.bytes()));
    }
    return keys;
  }

  /** What the kernel can refuse before anybody is known: the least that any peer must have. */
  private int minTtl() {
    return accepting().stream().mapToInt(config -> config.ttl().min()).min().orElse(0);
  }

  private List<PeerConfig> accepting() {
    ArrayList<PeerConfig> configs = new ArrayList<>();
    for (BgpPeer peer : peers) {
      if (peer.config().mode().accepts()) {
        configs.add(peer.config());
      }
    }
    return configs;
  }

  private static Runnable guarded(Runnable task) {
    return () -> {
      try {
        task.run();
      } catch (RuntimeException e) {
        LOG.error("event=task-failed", e);
      }
    };
  }
}
