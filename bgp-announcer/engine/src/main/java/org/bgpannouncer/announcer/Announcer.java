package org.bgpannouncer.announcer;

import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.bgpannouncer.engine.DrainRequest;
import org.bgpannouncer.engine.DrainResult;
import org.bgpannouncer.engine.Engine;
import org.bgpannouncer.engine.EventPublisher;
import org.bgpannouncer.engine.ProbeFactory;
import org.bgpannouncer.engine.ReloadResult;
import org.bgpannouncer.engine.SiteConfig;
import org.bgpannouncer.engine.ThreadLoop;
import org.bgpannouncer.observe.AnnouncerListener;
import org.bgpannouncer.observe.StatusSnapshot;
import org.bgpannouncer.probe.ProbeRuntime;
import org.bgpannouncer.probe.Probes;
import org.bgpannouncer.speaker.DryRunSpeaker;
import org.bgpannouncer.speaker.Speaker;
import org.bgpannouncer.speaker.SpeakerEvent;
import org.jspecify.annotations.Nullable;

/**
 * The announcer of one site, to embed: probes its hosts, decides per service, and has a {@link
 * Speaker} announce or withdraw.
 *
 * <pre>{@code
 * Announcer announcer = Announcer.builder(site).speaker(speaker).build();
 * announcer.start();
 * ...
 * announcer.stop(StopMode.WITHDRAW, Duration.ofSeconds(5));
 * }</pre>
 *
 * <p>It runs two threads of its own, {@code announcer-loop} (decides) and {@code announcer-events}
 * (tells listeners), and one for the probes if none were given. Thread-safe.
 */
public final class Announcer implements AutoCloseable {
  private static final Duration CLOSE_BOUND = Duration.ofSeconds(5);
  private static final Duration STATUS_BOUND = Duration.ofSeconds(1);

  private final ThreadLoop loop;
  private final EventPublisher publisher;
  private final @Nullable ProbeRuntime ownRuntime;
  private final Engine engine;
  private final AtomicBoolean started = new AtomicBoolean();
  private volatile @Nullable StatusSnapshot last;

  Announcer(
      SiteConfig site,
      @Nullable Speaker speaker,
      @Nullable ProbeFactory probes,
      List<AnnouncerListener> listeners,
      InstantSource clock) {
    Speaker advertiser = site.dryRun() ? new DryRunSpeaker() : speaker;
    if (advertiser == null) {
      throw new IllegalArgumentException("speaker: none (expected: one, unless dry-run)");
    }
    ownRuntime = probes == null ? new ProbeRuntime() : null;
    loop = new ThreadLoop("announcer-loop");
    publisher = new EventPublisher(listeners);
    try {
      engine = new Engine(site, advertiser, factory(probes, ownRuntime), loop, clock, publisher);
    } catch (RuntimeException failure) {
      release();
      throw failure;
    }
  }

  private static ProbeFactory factory(
      @Nullable ProbeFactory probes, @Nullable ProbeRuntime runtime) {
    if (probes != null) {
      return probes;
    }
    ProbeRuntime own = Objects.requireNonNull(runtime);
    return target -> Probes.of(own, target);
  }

  /** Starts to put an announcer of {@code site} together. */
  public static AnnouncerBuilder builder(SiteConfig site) {
    return new AnnouncerBuilder(site);
  }

  /**
   * Starts the speaker and the probes.
   *
   * @throws IllegalStateException if it was started before
   */
  public void start() {
    if (!started.compareAndSet(false, true)) {
      throw new IllegalStateException("started: true (expected: start once)");
    }
    loop.start();
    engine.start();
  }

  /**
   * Everything there is to know at this moment. Waits for the engine's thread at most 1 s; if that
   * does not answer, what was known last comes back, marked {@link
   * StatusSnapshot.EngineStatus#unresponsive}.
   *
   * @throws IllegalStateException before {@link #start}, or if the engine has never answered
   */
  public StatusSnapshot status() {
    if (!started.get()) {
      throw new IllegalStateException("started: false (expected: start first)");
    }
    StatusSnapshot before = last;
    try {
      StatusSnapshot now =
          engine
              .status()
              .toCompletableFuture()
              .get(STATUS_BOUND.toMillis(), TimeUnit.MILLISECONDS)
              .withEventsLost(publisher.lost());
      last = now;
      return now;
    } catch (TimeoutException e) {
      if (before != null) {
        return before.unresponsiveFor(Duration.ofNanos(loop.busyNanos()));
      }
      throw new IllegalStateException(
          "status: no answer within " + STATUS_BOUND.toSeconds() + " s");
    } catch (ExecutionException e) {
      throw new IllegalStateException("status: " + e.getCause(), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("status: interrupted", e);
    }
  }

  /**
   * For how long the engine's thread has been busy with one step; zero when it waits. More than
   * five seconds is a fault (requirements M36): a watchdog must not be fed any more.
   */
  public Duration busy() {
    return Duration.ofNanos(loop.busyNanos());
  }

  /** What {@link #reload} would do; changes nothing. */
  public CompletionStage<ReloadResult> preview(SiteConfig next) {
    return engine.preview(next);
  }

  /**
   * Replaces the configuration, all or nothing. What did not change is untouched: probes run on,
   * states and counts stay.
   *
   * @return completes with what changed, or with the problems that kept everything as it was;
   *     exceptionally if our side failed, and then nothing changed either
   */
  public CompletionStage<ReloadResult> reload(SiteConfig next) {
    return engine.reload(next);
  }

  /**
   * Takes a host out of its services before it is restarted: they point at it no more, and new
   * connections go to others. It is probed on, and comes back by {@link #undrain}, or by itself
   * when the request's time is over; a restart of this process forgets it.
   *
   * @return completes with what changed, or with why it was refused: no such host, or a service
   *     that has too few others
   */
  public CompletionStage<DrainResult> drain(DrainRequest request) {
    return engine.drain(request);
  }

  /**
   * Takes a drained host back in: at once if it is fit, else when it has become so.
   *
   * @return completes with what changed, or with why it was refused: no such host, or not drained
   */
  public CompletionStage<DrainResult> undrain(String host) {
    return engine.undrain(host);
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
    if (started.compareAndSet(false, true)) {
      loop.start(); // never started: let go of the speaker all the same
    }
    boolean withdraw =
        switch (mode) {
          case WITHDRAW -> true;
          case HANDOVER -> false;
        };
    return engine.stop(withdraw, bound).whenComplete((done, failure) -> release());
  }

  private void release() {
    loop.close();
    publisher.close();
    if (ownRuntime != null) {
      ownRuntime.close();
    }
  }

  /** Completes when the speaker has ended for good, with why: the daemon exits then. */
  public CompletionStage<SpeakerEvent.Ended> speakerEnded() {
    return engine.speakerEnded();
  }

  /** As {@link #stop} with {@link StopMode#WITHDRAW} and 5 s, waiting for it. */
  @Override
  public void close() {
    try {
      stop(StopMode.WITHDRAW, CLOSE_BOUND)
          .toCompletableFuture()
          .get(CLOSE_BOUND.toMillis() + 1000, TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (ExecutionException | TimeoutException e) {
      release();
    }
  }
}
