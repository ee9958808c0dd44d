package org.bgpannouncer.speaker;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.bgpannouncer.route.Rib;
import org.bgpannouncer.route.RouteChange;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sends nothing: logs what it would have sent, and acknowledges it. It finds nothing on start, so a
 * dry run shows what a start from an empty Adj-RIB-Out would do.
 */
public final class DryRunSpeaker implements Speaker {
  private static final Logger log = LoggerFactory.getLogger(DryRunSpeaker.class);

  private volatile @Nullable SpeakerListener listener;

  /** Creates a speaker that sends nothing. */
  public DryRunSpeaker() {}

  @Override
  public void start(SpeakerListener newListener) {
    listener = newListener;
    newListener.happened(new SpeakerEvent.Synchronised(Rib.EMPTY, "dry-run"));
  }

  @Override
  public void apply(RibUpdate update) {
    SpeakerListener current = listener;
    if (current == null) {
      return;
    }
    for (RouteChange change : update.changes()) {
      log.info("event=dry-run would-send={}", change);
      current.happened(new SpeakerEvent.Acknowledged(change));
    }
  }

  @Override
  public CompletionStage<Boolean> withdrawAll(Duration bound) {
    listener = null;
    log.info("event=dry-run would-send=withdraw-all");
    return CompletableFuture.completedFuture(true);
  }

  @Override
  public void close() {
    listener = null;
  }
}
