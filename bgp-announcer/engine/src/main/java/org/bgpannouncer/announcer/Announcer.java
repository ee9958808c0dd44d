package org.bgpannouncer.announcer;

import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.CompletionStage;
import org.bgpannouncer.engine.ProbeFactory;
import org.bgpannouncer.engine.ReloadResult;
import org.bgpannouncer.engine.SiteConfig;
import org.bgpannouncer.observe.AnnouncerListener;
import org.bgpannouncer.observe.StatusSnapshot;
import org.bgpannouncer.speaker.Speaker;
import org.jspecify.annotations.Nullable;

/**
 * The announcer of one site, to embed: probes its hosts, decides per service, and has a {@link
 * Speaker} announce or withdraw. Thread-safe.
 */
@SuppressWarnings("DoNotCallSuggester") // signatures first: the bodies land next
public final class Announcer implements AutoCloseable {
  Announcer(
      SiteConfig site,
      @Nullable Speaker speaker,
      @Nullable ProbeFactory probes,
      List<AnnouncerListener> listeners,
      InstantSource clock) {}

  /** Starts to put an announcer of {@code site} together. */
  public static AnnouncerBuilder builder(SiteConfig site) {
    return new AnnouncerBuilder(site);
  }

  /** Starts the speaker and the probes. Call it once. */
  public void start() {
    throw new UnsupportedOperationException("lands next");
  }

  /** Everything there is to know at this moment; waits for the engine's thread at most 1 s. */
  public StatusSnapshot status() {
    throw new UnsupportedOperationException("lands next");
  }

  /** What {@link #reload} would do; changes nothing. */
  public CompletionStage<ReloadResult> preview(SiteConfig next) {
    throw new UnsupportedOperationException("lands next");
  }

  /**
   * Replaces the configuration, all or nothing. What did not change is untouched: probes run on,
   * states and counts stay.
   */
  public CompletionStage<ReloadResult> reload(SiteConfig next) {
    throw new UnsupportedOperationException("lands next");
  }

  /**
   * Stops the probes and lets go of the speaker. Idempotent: the first call decides.
   *
   * @param bound how long the receipts of the withdraws are waited for; not used by {@link
   *     StopMode#HANDOVER}
   * @return completes when everything has stopped, with whether every withdraw was acknowledged
   *     (always true for a handover)
   */
  public CompletionStage<Boolean> stop(StopMode mode, Duration bound) {
    throw new UnsupportedOperationException("lands next");
  }

  /** Completes when the speaker has ended for good, with the reason: the daemon exits then. */
  public CompletionStage<String> speakerEnded() {
    throw new UnsupportedOperationException("lands next");
  }

  /** As {@link #stop} with {@link StopMode#WITHDRAW} and 5 s, waiting for it. */
  @Override
  public void close() {
    throw new UnsupportedOperationException("lands next");
  }
}
