package org.bgpannouncer.engine;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.bgpannouncer.health.HostHealth;
import org.bgpannouncer.observe.AnnouncerEvent;
import org.bgpannouncer.observe.StatusSnapshot;
import org.bgpannouncer.probe.Observation;
import org.bgpannouncer.probe.Probe;
import org.bgpannouncer.probe.time.Loop;
import org.bgpannouncer.speaker.Speaker;
import org.bgpannouncer.speaker.SpeakerEvent;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs a {@link Site} on a loop: takes in observations, receipts and requests from any thread, one
 * step at a time, and never lets a step's failure through.
 *
 * <p>Fail-static (requirements M36): what a step throws is logged, counted and shown in status; the
 * wish stays as it was, and so do the routes.
 *
 * <p>Embedders use {@link org.bgpannouncer.announcer.Announcer}. Thread-safe.
 */
public final class Engine {
  private static final Logger log = LoggerFactory.getLogger(Engine.class);

  private final Loop loop;
  private final FencedSpeaker speaker;
  private final ProbeFactory probes;
  private final InstantSource clock;
  private final Consumer<AnnouncerEvent> publisher;
  private final Mailbox mailbox;
  private final Site site;
  private final Reload reload;
  private final HostDrains drains;
  private final Instant since;
  private final CompletableFuture<SpeakerEvent.Ended> speakerEnded = new CompletableFuture<>();
  private final CompletableFuture<Boolean> stopped = new CompletableFuture<>();
  private boolean stopping;
  private long steps;
  private long stepsFailed;
  private String lastFailure = "";

  /**
   * Makes the probes; nothing runs before {@link #start}.
   *
   * @param publisher takes the events, on the loop: must return at once
   * @throws IllegalArgumentException naming every rule that the configuration breaks
   */
  public Engine(
      SiteConfig config,
      Speaker speaker,
      ProbeFactory probes,
      Loop loop,
      InstantSource clock,
      Consumer<AnnouncerEvent> publisher) {
    List<String> problems = SiteRules.problems(config);
    if (!problems.isEmpty()) {
      throw new IllegalArgumentException(String.join("; ", problems));
    }
    this.loop = loop;
    this.speaker = new FencedSpeaker(speaker, config::scopeOf);
    this.probes = probes;
    this.clock = clock;
    this.publisher = publisher;
    this.since = clock.instant();
    this.mailbox =
        new Mailbox(loop, seen -> step("observation", () -> observed(seen)), this::spoke);
    this.site = new Site(config, this.speaker, new EngineTimers(), clock);
    this.reload = new Reload(site, probes, this::startProbe, this::closeProbe, this::publish);
    this.drains = new HostDrains(site);
    install(config);
  }

  private void install(SiteConfig config) {
    Map<String, HostSlot> hosts = new LinkedHashMap<>();
    for (HostConfig host : config.hosts()) {
      HostHealth health =
          HostHealth.unobserved(host.thresholds(), HostSlot.aspectsOf(host.target()));
      hosts.put(
          host.name(),
          new HostSlot(
              host,
              health,
              probes.probeOf(host.target()),
              HostSlot.namedFor(host, config),
              since,
              site.timers().ofHost(host.name())));
    }
    Map<String, ServiceSlot> services = new LinkedHashMap<>();
    config
        .services()
        .forEach(
            service -> {
              ServiceSlot slot =
                  new ServiceSlot(service, since, site.timers().ofService(service.name()));
              slot.lookAtAll(host -> Objects.requireNonNull(hosts.get(host)).health, host -> false);
              slot.decide(loop.nanoTime());
              services.put(service.name(), slot);
            });
    site.install(config, hosts, services);
  }

  /** Starts the speaker, then the probes; what the speaker throws passes through. Call it once. */
  public void start() {
    speaker.start(mailbox::post);
    mailbox.post(
        () ->
            step(
                "start",
                () -> {
                  site.started();
                  site.hosts.values().forEach(this::startProbe);
                }));
  }

  private void startProbe(HostSlot host) {
    step("start of " + host.config.name(), () -> host.probe.start(mailbox::post));
  }

  // Whatever it throws, we withdraw and reload.
  private void closeProbe(String host, Probe probe) {
    step("stop of " + host, probe::close);
  }

  private void observed(Observation observation) {
    if (!stopping) {
      site.observed(observation);
    }
  }

  // Each report is a step of its own; deadlines and listeners follow once for all of them.
  private void spoke(List<SpeakerEvent> events) {
    events.forEach(event -> guarded("speaker event", () -> spoke(event)));
    step("deadlines", this::awaitReceipts);
  }

  private void awaitReceipts() {
    if (!stopping) {
      site.awaitReceipts(loop.nanoTime());
    }
  }

  private void spoke(SpeakerEvent event) {
    if (event instanceof SpeakerEvent.Ended ended) {
      speakerEnded.complete(ended);
    }
    if (!stopping) {
      site.spoke(event);
    }
  }

  /** Everything there is to know, as soon as the loop gets to it. */
  public CompletionStage<StatusSnapshot> status() {
    return ask("status", this::snapshot);
  }

  private StatusSnapshot snapshot() {
    return StatusReport.of(
        site,
        since,
        new StatusSnapshot.EngineStatus(
            steps,
            stepsFailed,
            lastFailure,
            mailbox.replaced(),
            0,
            site.reconciler.retries(),
            Duration.ZERO));
  }

  /** What {@link #reload} would do; changes nothing. */
  public CompletionStage<ReloadResult> preview(SiteConfig next) {
    return ask("preview", () -> reload.preview(next));
  }

  /** Replaces the configuration, all or nothing. */
  public CompletionStage<ReloadResult> reload(SiteConfig next) {
    return ask("reload", () -> stopping ? reload.preview(next) : reload.apply(next));
  }

  /** Takes a host out of its services, unless one of them could not stand without it. */
  public CompletionStage<DrainResult> drain(DrainRequest request) {
    return ask("drain", () -> drains.drain(request));
  }

  /** Takes a drained host back in, as far as it is fit. */
  public CompletionStage<DrainResult> undrain(String host) {
    return ask("undrain", () -> drains.undrain(host));
  }

  /**
   * Stops the probes and lets go of the speaker. The first call decides.
   *
   * @param withdraw whether everything is withdrawn first
   * @param bound how long the receipts are waited for
   * @return completes with whether every withdraw was acknowledged; true if none was asked for
   */
  public CompletionStage<Boolean> stop(boolean withdraw, Duration bound) {
    mailbox.post(() -> step("stop", () -> stopOnce(withdraw, bound)));
    return stopped.minimalCompletionStage();
  }

  private void stopOnce(boolean withdraw, Duration bound) {
    if (stopping) {
      return;
    }
    stopping = true;
    site.timers().ofRetries().cancel();
    site.timers().ofOverdue().cancel();
    site.timers().ofUnseen().cancel();
    site.services.values().forEach(service -> service.alarm.cancel());
    for (HostSlot host : site.hosts.values()) {
      host.alarm.cancel();
      closeProbe(host.config.name(), host.probe);
    }
    if (!withdraw) {
      speaker.close();
      stopped.complete(true);
      return;
    }
    speaker
        .withdrawAll(bound)
        .whenComplete(
            (all, failure) -> {
              speaker.close();
              stopped.complete(failure == null && Boolean.TRUE.equals(all));
            });
  }

  /** Completes when the speaker has ended for good, with why. */
  public CompletionStage<SpeakerEvent.Ended> speakerEnded() {
    return speakerEnded.minimalCompletionStage();
  }

  private <T> CompletionStage<T> ask(String name, Supplier<T> question) {
    CompletableFuture<T> answer = new CompletableFuture<>();
    mailbox.post(
        () -> {
          step(name, () -> answer.complete(question.get()));
          if (!answer.isDone()) {
            answer.completeExceptionally(new IllegalStateException(name + ": " + lastFailure));
          }
        });
    return answer.minimalCompletionStage();
  }

  // Errors included: a StackOverflowError in a rule must not end the one thread that can withdraw.
  @SuppressWarnings("CatchThrowable")
  private void guarded(String name, Runnable body) {
    steps++;
    try {
      body.run();
    } catch (Throwable failure) {
      stepsFailed++;
      lastFailure = name + ": " + failure;
      log.error("event=step-failed site={} step={}", site.config.site(), name, failure);
      site.events.add(
          new AnnouncerEvent.StepFailed(
              clock.instant(), site.config.site(), name, failure.toString()));
    }
  }

  private void step(String name, Runnable body) {
    guarded(name, body);
    publish();
  }

  private void publish() {
    if (!site.events.isEmpty()) {
      List<AnnouncerEvent> happened = List.copyOf(site.events);
      site.events.clear();
      happened.forEach(publisher);
    }
  }

  private final class EngineTimers implements Timers {
    private final Alarm retries = new Alarm(loop, () -> step("retry", () -> site.retryDue()));
    private final Alarm overdue =
        new Alarm(loop, () -> step("overdue", () -> site.overdueDue(nanoTime())));
    private final Alarm unseen = new Alarm(loop, () -> step("unseen", () -> site.unseenDue()));

    @Override
    public long nanoTime() {
      return loop.nanoTime();
    }

    @Override
    public Alarm ofHost(String name) {
      return new Alarm(loop, () -> step("host deadline", () -> site.hostDue(name)));
    }

    @Override
    public Alarm ofService(String name) {
      return new Alarm(loop, () -> step("service deadline", () -> site.serviceDue(name)));
    }

    @Override
    public Alarm ofRetries() {
      return retries;
    }

    @Override
    public Alarm ofOverdue() {
      return overdue;
    }

    @Override
    public Alarm ofUnseen() {
      return unseen;
    }
  }
}
