package org.bgpannouncer.cli;

import java.net.InetSocketAddress;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.bgpannouncer.bgp.AdjRibIn;
import org.bgpannouncer.bgp.BgpError;
import org.bgpannouncer.bgp.NotificationMessage;
import org.bgpannouncer.bgp.UpdateMessage;
import org.bgpannouncer.bgp.session.BgpSession;
import org.bgpannouncer.bgp.session.Negotiated;
import org.bgpannouncer.bgp.session.SessionEvent;
import org.bgpannouncer.bgp.session.SessionListener;
import org.bgpannouncer.cli.PeerLines.Who;
import org.bgpannouncer.route.RouteChange;
import org.jspecify.annotations.Nullable;

/**
 * Hears the sessions of {@code peer}: makes a line of each thing that happens, and watches what is
 * expected. The lines wait for whoever prints them; when {@value #MAX_LINES} do, the session waits,
 * and its peer with it.
 */
final class PeerCollector {
  private static final int MAX_LINES = 100_000;

  /** What {@link #next} gives when there will be no further line. */
  static final String END = "";

  private final PeerLines format;
  private final PeerExpectations expectations;
  private final BlockingQueue<String> lines = new LinkedBlockingQueue<>(MAX_LINES);
  private final Map<Who, AdjRibIn> tables = new LinkedHashMap<>();
  private final Map<Who, BgpSession> established = new LinkedHashMap<>();
  private final Clock clock = Clock.systemUTC();
  private final long startNanos = System.nanoTime();
  private final Instant start = clock.instant();
  private boolean ending;
  private long ids;

  PeerCollector(PeerLines format, PeerExpectations expectations) {
    this.format = format;
    this.expectations = expectations;
  }

  /** The next line within {@code bound}; {@link #END} after the last; empty: none came. */
  Optional<String> next(Duration bound) throws InterruptedException {
    return Optional.ofNullable(lines.poll(bound.toNanos(), TimeUnit.NANOSECONDS));
  }

  /** Whether somebody waits to be printed. */
  boolean hasNext() {
    return !lines.isEmpty();
  }

  /** There will be no further line. */
  synchronized void end() {
    if (!ending) {
      ending = true;
      // The printer is to be woken also where it has not kept up.
      if (!lines.offer(END)) {
        lines.clear();
        lines.add(END);
      }
    }
  }

  /** Whether nothing is expected. */
  boolean isUnbidden() {
    return expectations.isNone();
  }

  /** Whether all that is expected has come. */
  synchronized boolean isMet() {
    return expectations.isMet();
  }

  /** What is expected and has not come. */
  synchronized String missing() {
    return expectations.missing();
  }

  /** Prints a line that is about no session. */
  void say(Function<Instant, String> line) {
    put(line.apply(at(System.nanoTime())));
  }

  /** Ends every session with a NOTIFICATION, and waits for their ends at most so long. */
  synchronized void stop(Duration bound) throws InterruptedException {
    ending = true;
    NotificationMessage shutdown = NotificationMessage.of(BgpError.ADMINISTRATIVE_SHUTDOWN);
    established.values().forEach(session -> session.stop(shutdown));
    long deadlineNanos = System.nanoTime() + bound.toNanos();
    while (!established.isEmpty() && deadlineNanos - System.nanoTime() > 0) {
      wait(10);
    }
  }

  /**
   * A listener for one listener or dialer, whose sessions get numbers of ours. One that comes after
   * the end, as of a peer that dials again when its session was shut down, is not heard.
   */
  SessionListener listener() {
    Map<BgpSession, Who> known = new LinkedHashMap<>();
    return (session, event) -> {
      Who who = known.computeIfAbsent(session, unknown -> newcomer(unknown.remote()));
      if (who != null) {
        happened(who, session, event);
      }
      if (event instanceof SessionEvent.Ended) {
        known.remove(session);
      }
    };
  }

  private synchronized @Nullable Who newcomer(InetSocketAddress remote) {
    return ending ? null : new Who(++ids, remote);
  }

  private void happened(Who who, BgpSession session, SessionEvent event) {
    if (event instanceof SessionEvent.Established agreed) {
      established(who, session, agreed.negotiated());
    } else if (event instanceof SessionEvent.Received received
        && received.message() instanceof UpdateMessage update) {
      updated(who, update, at(received.nanos()));
    } else if (event instanceof SessionEvent.Ended ended) {
      ended(who, ended);
    }
  }

  private void established(Who who, BgpSession session, Negotiated agreed) {
    synchronized (this) {
      established.put(who, session);
      tables.put(who, new AdjRibIn());
    }
    put(format.established(at(System.nanoTime()), who, agreed));
  }

  private void updated(Who who, UpdateMessage update, Instant at) {
    List<RouteChange> changes;
    synchronized (this) {
      AdjRibIn table = tables.computeIfAbsent(who, unknown -> new AdjRibIn());
      changes = table.apply(update);
      changes.forEach(change -> expectations.changed(change, tables.values()));
    }
    changes.forEach(change -> put(format.changed(at, who, change)));
    update.endOfRib().ifPresent(family -> put(format.endOfRib(at, who, family)));
    endIfMet();
  }

  private void ended(Who who, SessionEvent.Ended ended) {
    put(format.ended(at(System.nanoTime()), who, ended.text()));
    synchronized (this) {
      established.remove(who);
      AdjRibIn table = tables.remove(who);
      if (table != null) {
        table.end().forEach(change -> expectations.changed(change, tables.values()));
      }
      notifyAll();
    }
    endIfMet();
  }

  private void endIfMet() {
    if (isMet()) {
      end();
    }
  }

  private Instant at(long nanos) {
    return start.plusNanos(nanos - startNanos);
  }

  private void put(String line) {
    try {
      lines.put(line);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
