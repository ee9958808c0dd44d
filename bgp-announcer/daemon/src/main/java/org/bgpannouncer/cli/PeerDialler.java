package org.bgpannouncer.cli;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.bgpannouncer.bgp.session.BgpDialer;
import org.bgpannouncer.bgp.session.SessionConfig;
import org.bgpannouncer.bgp.session.SessionEvent;
import org.bgpannouncer.bgp.session.SessionListener;
import org.jspecify.annotations.Nullable;

/** Dials one address for {@code peer}, and dials again a second after each end or failure. */
final class PeerDialler {
  private static final Duration PATIENCE = Duration.ofSeconds(5);

  private final InetSocketAddress remote;
  private final SessionConfig config;
  private final PeerCollector collector;
  private final PeerLines lines;
  private final CountDownLatch closed = new CountDownLatch(1);
  private final Thread thread = new Thread(this::run, "peer-dialler");

  private PeerDialler(
      InetSocketAddress remote, SessionConfig config, PeerCollector collector, PeerLines lines) {
    this.remote = remote;
    this.config = config;
    this.collector = collector;
    this.lines = lines;
  }

  static PeerDialler start(
      InetSocketAddress remote, SessionConfig config, PeerCollector collector, PeerLines lines) {
    PeerDialler dialler = new PeerDialler(remote, config, collector, lines);
    dialler.thread.setDaemon(true);
    dialler.thread.start();
    return dialler;
  }

  private void run() {
    String told = "";
    try {
      do {
        String failure = dialOnce();
        // Once, not each second.
        if (!failure.isEmpty() && !failure.equals(told)) {
          collector.say(at -> lines.unreachable(at, remote, failure));
        }
        told = failure;
      } while (!closed.await(1, TimeUnit.SECONDS));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Runs one session to its end; why there was none, or nothing. */
  private String dialOnce() throws InterruptedException {
    CountDownLatch over = new CountDownLatch(1);
    SessionListener listener = collector.listener();
    BgpDialer dialer;
    try {
      dialer =
          BgpDialer.dial(
              remote,
              config,
              (session, event) -> {
                listener.happened(session, event);
                if (event instanceof SessionEvent.Ended) {
                  over.countDown();
                }
              },
              PATIENCE);
    } catch (IOException e) {
      return reason(e);
    }
    try {
      while (!over.await(100, TimeUnit.MILLISECONDS) && closed.getCount() > 0) {
        // Neither is over yet.
      }
    } finally {
      dialer.close();
    }
    return "";
  }

  private static String reason(IOException failure) {
    @Nullable Throwable cause = failure.getCause();
    return String.valueOf((cause == null ? failure : cause).getMessage());
  }

  /** Ends the session and the dialling. */
  void close() {
    closed.countDown();
    try {
      thread.join(PATIENCE.toMillis());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
