package org.bgpannouncer.bgp.speaker;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.bgpannouncer.bgp.BgpError;
import org.bgpannouncer.bgp.NotificationMessage;
import org.bgpannouncer.bgp.RouteRefreshMessage;
import org.bgpannouncer.bgp.UpdateMessage;
import org.bgpannouncer.bgp.session.BgpPeer;
import org.bgpannouncer.bgp.session.BgpRuntime;
import org.bgpannouncer.bgp.session.BgpSession;
import org.bgpannouncer.bgp.session.SessionEvent;
import org.bgpannouncer.route.Rib;
import org.bgpannouncer.route.RouteChange;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Speaks BGP with its neighbors itself: keeps a session with each up, and tells it the routes that
 * are wished as far as the neighbor's export policy lets them.
 *
 * <p>All methods may be called from any thread and return at once. What is decided, and the
 * listener, run on the thread of the {@link BgpRuntime}.
 */
public final class BgpSpeaker implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(BgpSpeaker.class);

  private final BgpRuntime runtime;
  private final BgpSpeakerListener listener;
  private final Map<String, Link> links = new LinkedHashMap<>();

  private final Receipts receipts = new Receipts(this::report);

  private Rib target = Rib.EMPTY;
  private boolean everApplied;
  private @Nullable CompletableFuture<Boolean> withdrawn;
  private boolean closed;

  /** A neighbor, the peer that keeps its session, and the session while it is up. */
  private static final class Link {
    Neighbor neighbor;
    @Nullable BgpPeer peer;
    @Nullable NeighborSession session;
    String untold = "";

    Link(Neighbor neighbor) {
      this.neighbor = neighbor;
    }
  }

  /** A speaker without neighbors; {@link #neighbors} names them. */
  public BgpSpeaker(BgpRuntime runtime, BgpSpeakerListener listener) {
    this.runtime = runtime;
    this.listener = listener;
  }

  /**
   * From now on there are these neighbors and no others. A session goes on as long as the way to
   * the neighbor and what was offered to it stay as they were: a changed export policy or next hop
   * is told on it.
   *
   * @throws IllegalArgumentException when two have the same name
   */
  public void neighbors(List<Neighbor> neighbors) {
    Map<String, Neighbor> next = new LinkedHashMap<>();
    for (Neighbor neighbor : neighbors) {
      if (next.put(neighbor.name(), neighbor) != null) {
        throw new IllegalArgumentException(
            "neighbor: " + neighbor.name() + " (expected: each name once)");
      }
    }
    runtime.execute(() -> replace(next));
  }

  private void replace(Map<String, Neighbor> next) {
    if (closed) {
      return;
    }
    for (Link link : List.copyOf(links.values())) {
      Neighbor kept = next.get(link.neighbor.name());
      if (kept == null) {
        remove(link, BgpError.PEER_DECONFIGURED);
      } else if (!kept.peer().equals(link.neighbor.peer())) {
        remove(link, BgpError.OTHER_CONFIGURATION_CHANGE);
      } else if (!kept.equals(link.neighbor)) {
        change(link, kept);
      }
    }
    for (Neighbor neighbor : next.values()) {
      if (!links.containsKey(neighbor.name())) {
        add(neighbor);
      }
    }
    settleAll();
  }

  private void remove(Link link, BgpError reason) {
    boolean wasUp = link.session != null;
    stop(link, NotificationMessage.of(reason));
    links.remove(link.neighbor.name());
    if (wasUp) {
      report(new BgpSpeakerEvent.SessionDown(link.neighbor.name(), "configured otherwise"));
    }
    tellUntold(link);
  }

  private void change(Link link, Neighbor neighbor) {
    link.neighbor = neighbor;
    NeighborSession session = link.session;
    if (session != null) {
      session.change(neighbor, target.routes().values());
      pump(link, session);
    }
  }

  private void add(Neighbor neighbor) {
    Link link = new Link(neighbor);
    links.put(neighbor.name(), link);
    try {
      link.peer =
          BgpPeer.start(
              runtime, neighbor.peer(), (session, event) -> happened(link, session, event));
    } catch (IOException e) {
      // What the system cannot do it may be able to do after the next change of the configuration.
      log.error("event=neighbor-failed neighbor={} reason={}", neighbor.name(), e.getMessage());
      link.untold = String.valueOf(e.getMessage());
      report(new BgpSpeakerEvent.Untold(neighbor.name(), link.untold));
    }
  }

  /**
   * States the wish.
   *
   * @param newTarget all that is wished
   * @param changes what of it is new; must lead from the target before to this one
   */
  public void apply(Rib newTarget, Collection<? extends RouteChange> changes) {
    runtime.execute(
        () -> {
          if (withdrawn != null || closed) {
            return;
          }
          target = newTarget;
          everApplied |= !newTarget.routes().isEmpty();
          receipts.await(changes);
          List<RouteChange> standing = state(changes);
          for (Link link : links.values()) {
            NeighborSession session = link.session;
            if (session != null) {
              release(session);
              pump(link, session);
            }
          }
          List<NeighborSession> sessions = sessions();
          standing.forEach(change -> receipts.settle(change.nlri(), sessions));
        });
  }

  /** States the changes to every session; those of which no neighbor has to be told. */
  private List<RouteChange> state(Collection<? extends RouteChange> changes) {
    List<NeighborSession> sessions = sessions();
    List<RouteChange> standing = new ArrayList<>();
    for (RouteChange change : changes) {
      boolean isOutstanding = false;
      for (NeighborSession session : sessions) {
        isOutstanding |= session.wish(change);
      }
      if (!isOutstanding) {
        standing.add(change);
      }
    }
    return standing;
  }

  /**
   * Withdraws everything; nothing can be wished any more.
   *
   * @return completes with whether the kernel has taken every withdraw within {@code bound}
   */
  public CompletionStage<Boolean> withdrawAll(Duration bound) {
    CompletableFuture<Boolean> result = new CompletableFuture<>();
    runtime.execute(
        () -> {
          if (withdrawn != null || closed) {
            result.complete(false);
            return;
          }
          withdrawn = result;
          target = Rib.EMPTY;
          receipts.clear();
          for (Link link : links.values()) {
            NeighborSession session = link.session;
            if (session != null) {
              session.withdrawAll();
              pump(link, session);
            }
          }
          finishWithdraw();
          runtime.schedule(() -> result.complete(false), bound);
        });
    return result;
  }

  private void finishWithdraw() {
    CompletableFuture<Boolean> waiting = withdrawn;
    if (waiting != null && sessions().stream().allMatch(NeighborSession::isDrained)) {
      waiting.complete(true);
    }
  }

  /** The paths that neighbors with {@link Neighbor#keepsHeard} announce for prefixes of ours. */
  public CompletionStage<List<HeardPath>> heardPaths() {
    CompletableFuture<List<HeardPath>> result = new CompletableFuture<>();
    runtime.execute(
        () ->
            result.complete(
                sessions().stream().flatMap(session -> session.heardPaths().stream()).toList()));
    return result;
  }

  /**
   * Ends every session with Cease, Administrative Shutdown and this text (RFC 9003); for good.
   *
   * @param text at most 255 octets of UTF-8
   * @return completes when the last word is said on each of them
   */
  public CompletionStage<Void> stop(String text) {
    return end(NotificationMessage.of(BgpError.ADMINISTRATIVE_SHUTDOWN, text));
  }

  /**
   * Ends every session for good: without a word where graceful restart is agreed, so that the
   * neighbor keeps the routes for its restart time, and with Cease where it is not. Idempotent.
   */
  @Override
  public void close() {
    end(null);
  }

  private CompletionStage<Void> end(@Nullable NotificationMessage notification) {
    CompletableFuture<Void> ended = new CompletableFuture<>();
    runtime.execute(
        () -> {
          if (!closed) {
            closed = true;
            links.values().forEach(link -> stop(link, notification));
            links.clear();
          }
          ended.complete(null);
        });
    return ended;
  }

  private static void stop(Link link, @Nullable NotificationMessage notification) {
    BgpPeer peer = link.peer;
    NeighborSession session = link.session;
    link.session = null;
    if (peer == null) {
      return;
    }
    boolean graceful = session != null && session.negotiated().gracefulRestart().isPresent();
    if (notification == null && graceful) {
      return; // its connection ends with the runtime, and without a word
    }
    NotificationMessage reason =
        notification == null
            ? NotificationMessage.of(BgpError.ADMINISTRATIVE_SHUTDOWN)
            : notification;
    peer.stop(reason); // as a hard reset where that is agreed
  }

  private void happened(Link link, BgpSession from, SessionEvent event) {
    if (links.get(link.neighbor.name()) != link) {
      return; // it is not ours any more
    }
    if (event instanceof SessionEvent.Established established) {
      up(link, from, established);
      return;
    }
    NeighborSession session = link.session;
    if (session == null || session.session() != from) {
      return; // another connection of the same neighbor
    }
    if (event instanceof SessionEvent.Ended ended) {
      link.session = null;
      report(new BgpSpeakerEvent.SessionDown(link.neighbor.name(), ended.text()));
      tellUntold(link);
      settleAll();
    } else if (event instanceof SessionEvent.Sent sent) {
      List<NeighborSession> sessions = sessions();
      session.sent(sent.message()).forEach(nlri -> receipts.settle(nlri, sessions));
      finishWithdraw();
    } else if (event instanceof SessionEvent.Writable) {
      pump(link, session);
    } else if (event instanceof SessionEvent.Received received) {
      received(link, session, received);
    }
  }

  private void received(Link link, NeighborSession session, SessionEvent.Received received) {
    if (received.message() instanceof UpdateMessage update) {
      session.heard(update);
    } else if (received.message() instanceof RouteRefreshMessage request) {
      session.refresh(request);
      pump(link, session);
    }
  }

  private void up(Link link, BgpSession from, SessionEvent.Established established) {
    boolean graceful = established.negotiated().gracefulRestart().isPresent();
    // End-of-RIB clears away what the neighbor keeps of an earlier life of ours.
    boolean holdsEndOfRib = graceful && !everApplied && withdrawn == null;
    NeighborSession session =
        new NeighborSession(link.neighbor, from, established.negotiated(), holdsEndOfRib);
    link.session = session;
    report(new BgpSpeakerEvent.SessionUp(link.neighbor.name(), established.negotiated()));
    target.routes().values().forEach(route -> session.wish(new RouteChange.Announce(route)));
    pump(link, session);
    if (holdsEndOfRib) {
      releaseInTime(link, session);
    }
    settleAll();
  }

  /** It is kept for no longer than we asked for, whether anything is wished until then or not. */
  private void releaseInTime(Link link, NeighborSession session) {
    Runnable release =
        () -> {
          session.releaseEndOfRib();
          pump(link, session);
        };
    link.neighbor
        .peer()
        .session()
        .capabilities()
        .gracefulRestart()
        .ifPresent(ours -> runtime.schedule(release, Duration.ofSeconds(ours.restartSeconds())));
  }

  /** Once a route was wished, what a neighbor keeps of an earlier life may be cleared away. */
  private void release(NeighborSession session) {
    if (everApplied) {
      session.releaseEndOfRib();
    }
  }

  private void pump(Link link, NeighborSession session) {
    if (link.session == session) {
      session.pump();
      tellUntold(link);
    }
  }

  private void tellUntold(Link link) {
    NeighborSession session = link.session;
    String now = session == null ? "" : session.untold();
    if (!now.equals(link.untold)) {
      link.untold = now;
      report(new BgpSpeakerEvent.Untold(link.neighbor.name(), now));
    }
  }

  private void settleAll() {
    receipts.settleAll(sessions());
    finishWithdraw();
  }

  private List<NeighborSession> sessions() {
    List<NeighborSession> sessions = new ArrayList<>(links.size());
    for (Link link : links.values()) {
      NeighborSession session = link.session;
      if (session != null) {
        sessions.add(session);
      }
    }
    return sessions;
  }

  private void report(BgpSpeakerEvent event) {
    try {
      listener.happened(event);
    } catch (RuntimeException e) {
      log.error("event=listener-failed on={}", event, e);
    }
  }
}
