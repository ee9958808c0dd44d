package org.bgpannouncer.announcer;

import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import org.bgpannouncer.route.Rib;
import org.bgpannouncer.speaker.RibUpdate;
import org.bgpannouncer.speaker.Speaker;
import org.bgpannouncer.speaker.SpeakerEvent;
import org.bgpannouncer.speaker.SpeakerListener;
import org.jspecify.annotations.Nullable;

/** A speaker that advertises at once what it is told, on the caller's thread. */
final class ScriptedSpeaker implements Speaker {
  private @Nullable SpeakerListener listener;
  private Rib advertised = Rib.EMPTY;
  private volatile @Nullable CountDownLatch gate;
  private int withdrawals;
  private int closes;

  @Override
  public void start(SpeakerListener newListener) {
    synchronized (this) {
      listener = newListener;
    }
    tell(new SpeakerEvent.Synchronised(Rib.EMPTY, "scripted 1.0"));
    tell(new SpeakerEvent.SessionUp("192.0.2.1"));
  }

  /** From now on {@link #apply} breaks the seam's promise and blocks until the gate opens. */
  void blockAt(CountDownLatch newGate) {
    gate = newGate;
  }

  @Override
  public void apply(RibUpdate update) {
    CountDownLatch closed = gate;
    if (closed != null) {
      try {
        closed.await();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
    synchronized (this) {
      advertised = advertised.after(update.changes());
    }
    update.changes().forEach(change -> tell(new SpeakerEvent.Acknowledged(change)));
  }

  @Override
  public synchronized CompletionStage<Boolean> withdrawAll(Duration bound) {
    withdrawals++;
    advertised = Rib.EMPTY;
    return CompletableFuture.completedFuture(true);
  }

  @Override
  public synchronized void close() {
    closes++;
  }

  void tell(SpeakerEvent event) {
    SpeakerListener current;
    synchronized (this) {
      current = Objects.requireNonNull(listener);
    }
    current.happened(event);
  }

  synchronized Rib advertised() {
    return advertised;
  }

  synchronized int withdrawals() {
    return withdrawals;
  }

  synchronized int closes() {
    return closes;
  }
}
