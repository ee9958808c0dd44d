package org.bgpannouncer.engine;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.bgpannouncer.probe.time.VirtualTime;
import org.bgpannouncer.route.Nlri;
import org.bgpannouncer.route.Rib;
import org.bgpannouncer.route.RouteChange;
import org.bgpannouncer.speaker.RibUpdate;
import org.bgpannouncer.speaker.Speaker;
import org.bgpannouncer.speaker.SpeakerEvent;
import org.bgpannouncer.speaker.SpeakerListener;
import org.jspecify.annotations.Nullable;

/**
 * A speaker in virtual time that behaves as the seam says: one change in flight per prefix, the
 * newest wish wins, a receipt after a delay. It can refuse, stay mute, and restart with its routes
 * kept or lost. {@link #advertised} is the truth.
 */
final class SimulatedSpeaker implements Speaker {
  private static final long RECEIPT_NANOS = 700_000;

  final VirtualTime time;
  final List<RibUpdate> updates = new ArrayList<>();
  private final Map<Nlri, RouteChange> waiting = new LinkedHashMap<>();
  private final Map<Nlri, RouteChange> inFlight = new LinkedHashMap<>();
  private @Nullable SpeakerListener listener;
  private Rib advertised;
  private Rib target = Rib.EMPTY;
  private long epoch;
  private boolean reachable;
  private long handshakeNanos = 1_000_000;
  private boolean silent;
  private boolean mute;
  private int refusals;
  private @Nullable RuntimeException failure;
  private @Nullable Runnable beforeApply;
  @Nullable String stopped;

  /** When it last threw, refused or kept silent. */
  long lastFaultNanos;

  SimulatedSpeaker(VirtualTime time, Rib held) {
    this.time = time;
    this.advertised = held;
  }

  Rib advertised() {
    return advertised;
  }

  Rib target() {
    return target;
  }

  /** Refuses the next {@code count} changes. */
  void refuseNext(int count) {
    refusals = count;
  }

  /** Carries changes out or not, but answers nothing, from now on or no longer. */
  void mute(boolean nowMute) {
    mute = nowMute;
  }

  /**
   * Carries out what it is told from the start, but says nothing for so long, not even receipts.
   */
  void silentFor(Duration duration) {
    silent = true;
    handshakeNanos = duration.toNanos();
  }

  /** Throws at the next apply. */
  void failNext(RuntimeException nextFailure) {
    failure = nextFailure;
  }

  /** Runs when it is told something next, before it does anything. */
  void atNextApply(Runnable task) {
    beforeApply = task;
  }

  boolean isAboutToFail() {
    return failure != null;
  }

  @Override
  public void start(SpeakerListener newListener) {
    listener = newListener;
    reachable = true; // withdraws go out before the truth is known
    later(handshakeNanos, this::synchronise);
  }

  private void synchronise() {
    reachable = true;
    silent = false;
    tell(new SpeakerEvent.Synchronised(advertised, "simulated 1.0"));
    tell(new SpeakerEvent.SessionUp("192.0.2.1"));
  }

  /** The other side goes away, and comes back after {@code away} with or without its routes. */
  void restart(Duration away, boolean keepsRoutes) {
    epoch++;
    reachable = false;
    inFlight.clear();
    waiting.clear();
    tell(new SpeakerEvent.Lost("restarting"));
    if (!keepsRoutes) {
      advertised = Rib.EMPTY;
    }
    later(away.toNanos(), this::synchronise);
  }

  @Override
  public void apply(RibUpdate update) {
    if (beforeApply != null) {
      Runnable task = beforeApply;
      beforeApply = null;
      task.run();
    }
    if (failure != null) {
      RuntimeException thrown = failure;
      failure = null;
      lastFaultNanos = time.nanoTime();
      throw thrown;
    }
    updates.add(update);
    target = update.target();
    if (!reachable) {
      return;
    }
    for (RouteChange change : update.changes()) {
      waiting.put(change.nlri(), change);
    }
    sendWaiting();
  }

  private void sendWaiting() {
    for (RouteChange change : List.copyOf(waiting.values())) {
      if (!inFlight.containsKey(change.nlri())) {
        waiting.remove(change.nlri());
        inFlight.put(change.nlri(), change);
        later(RECEIPT_NANOS, () -> answer(change));
      }
    }
  }

  private void answer(RouteChange change) {
    inFlight.remove(change.nlri());
    if (mute) {
      lastFaultNanos = time.nanoTime();
      return;
    }
    if (silent) {
      advertised = advertised.after(change);
    } else if (refusals > 0) {
      refusals--;
      lastFaultNanos = time.nanoTime();
      tell(new SpeakerEvent.Rejected(change, "error"));
    } else {
      advertised = advertised.after(change);
      tell(new SpeakerEvent.Acknowledged(change));
    }
    sendWaiting();
  }

  /** Runs unless the other side restarts before. */
  private void later(long nanos, Runnable task) {
    long now = epoch;
    time.schedule(
        nanos,
        () -> {
          if (now == epoch) {
            task.run();
          }
        });
  }

  void tell(SpeakerEvent event) {
    Objects.requireNonNull(listener).happened(event);
  }

  @Override
  public CompletionStage<Boolean> withdrawAll(Duration bound) {
    advertised = Rib.EMPTY;
    stopped = "withdrawn";
    return CompletableFuture.completedFuture(true);
  }

  @Override
  public void close() {
    stopped = stopped == null ? "closed" : stopped;
  }
}
