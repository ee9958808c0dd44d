package org.bgpannouncer.daemon;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.bgpannouncer.announcer.Announcer;
import org.bgpannouncer.announcer.AnnouncerBuilder;
import org.bgpannouncer.announcer.StopMode;
import org.bgpannouncer.bgp.speaker.Neighbor;
import org.bgpannouncer.config.DaemonConfig;
import org.bgpannouncer.config.SpeakerConfig;
import org.bgpannouncer.control.ControlApi;
import org.bgpannouncer.control.ControlServer;
import org.bgpannouncer.engine.DrainRequest;
import org.bgpannouncer.engine.DrainResult;
import org.bgpannouncer.engine.ReloadResult;
import org.bgpannouncer.engine.SiteConfig;
import org.bgpannouncer.log.TransitionLog;
import org.bgpannouncer.observe.StatusSnapshot;
import org.bgpannouncer.speaker.Speaker;
import org.bgpannouncer.speaker.SpeakerEvent;
import org.bgpannouncer.speaker.embedded.EmbeddedSpeaker;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One announcer with its control socket, until a signal or the end of the speaker.
 *
 * <p>SIGTERM and SIGINT withdraw everything, wait for the receipts at most {@link #STOP_BOUND}, and
 * end the process; with {@code --handover} the routes stay. SIGHUP reloads. A control socket that
 * cannot be opened is reported and does without: it must not keep a healthy site from announcing.
 */
public final class Daemon implements ControlApi {
  /** How long the receipts of the withdraws are waited for at the end. */
  static final Duration STOP_BOUND = Duration.ofSeconds(5);

  private static final Logger LOG = LoggerFactory.getLogger(Daemon.class);

  private final ConfigSource source;
  private final DaemonConfig config;
  private final Announcer announcer;
  private final Optional<Speaker> speaker;
  private final Launcher launcher;
  private final AtomicBoolean reloading = new AtomicBoolean();
  private final AtomicBoolean stopping = new AtomicBoolean();
  private final CompletableFuture<ExitCode> ended = new CompletableFuture<>();

  private Daemon(
      ConfigSource source,
      DaemonConfig config,
      Announcer announcer,
      Optional<Speaker> speaker,
      Launcher launcher) {
    this.source = source;
    this.config = config;
    this.announcer = announcer;
    this.speaker = speaker;
    this.launcher = launcher;
  }

  /**
   * Runs until the end; what is wrong with the configuration goes to {@code problems}.
   *
   * @throws IOException if the configuration or the pipe cannot be opened
   */
  public static ExitCode run(RunOptions options, ProblemSink problems) throws IOException {
    ConfigSource source = new ConfigSource(options);
    ConfigSource.Reading reading = source.read();
    reading.problems().forEach(problems::report);
    if (reading.config().isEmpty()) {
      return ExitCode.CONFIG;
    }
    DaemonConfig config = reading.config().get();
    Launcher launcher = Launcher.of(System.getenv());
    launcher.standsFor(config.site());
    Optional<Speaker> speaker = Optional.empty();
    if (!config.site().dryRun()) {
      Optional<String> refusal = Speakers.refusal(config.speaker(), System.getenv());
      if (refusal.isPresent()) {
        problems.report(refusal.get());
        return ExitCode.USAGE;
      }
      speaker = Optional.of(Speakers.open(config, System.getenv()));
    }
    try (TransitionLog log = TransitionLog.open()) {
      AnnouncerBuilder builder = Announcer.builder(config.site()).listener(log);
      speaker.ifPresent(builder::speaker);
      Optional<Announcer> announcer = built(builder, problems);
      if (announcer.isEmpty()) {
        return ExitCode.CONFIG;
      }
      return new Daemon(source, config, announcer.get(), speaker, launcher)
          .runUntilEnded(options.handover() ? StopMode.HANDOVER : StopMode.WITHDRAW);
    }
  }

  /** Empty if a rule of the engine's or of a probe's, which no reader holds, is broken. */
  static Optional<Announcer> built(AnnouncerBuilder builder, ProblemSink problems) {
    try {
      return Optional.of(builder.build());
    } catch (IllegalArgumentException e) {
      problems.report(String.valueOf(e.getMessage()));
      return Optional.empty();
    }
  }

  /** Where problems of the configuration are told. */
  @FunctionalInterface
  public interface ProblemSink {
    /** Called once per problem, in the file's order. */
    void report(String problem);
  }

  private ExitCode runUntilEnded(StopMode atTerm) {
    Signals.on("TERM", () -> stop(atTerm, "SIGTERM"));
    Signals.on("INT", () -> stop(atTerm, "SIGINT"));
    Signals.on("HUP", this::reloadBySignal);
    announcer.start();
    showLife();
    announcer.speakerEnded().thenAccept(end -> stop(StopMode.HANDOVER, end.reason()));
    if (config.site().dryRun() && Launcher.pipe(System.getenv()).isPresent()) {
      Speakers.drainUntilEnd(() -> stop(StopMode.HANDOVER, "ExaBGP has ended"));
    }
    LOG.atInfo()
        .addKeyValue("event", "started")
        .addKeyValue("site", config.site().site())
        .addKeyValue("dry-run", config.site().dryRun())
        .addKeyValue("hosts", config.site().hosts().size())
        .addKeyValue("services", config.site().services().size())
        .log("");
    Optional<ControlServer> control = openControl();
    BackgroundRehearsal.start(config);
    ExitCode exit = ended.join();
    control.ifPresent(ControlServer::close);
    return exit;
  }

  /**
   * Once the engine's thread has answered: a process that only exists does not live. One that was
   * stopped before will never answer.
   */
  private void showLife() {
    while (!ended.isDone()) {
      try {
        announcer.status();
        launcher.alive();
        return;
      } catch (IllegalStateException e) {
        LOG.warn("not alive yet: {}", e.getMessage());
        // The refusal may come at once.
        ended.copy().completeOnTimeout(ExitCode.OK, 1, TimeUnit.SECONDS).join();
      }
    }
  }

  private Optional<ControlServer> openControl() {
    try {
      return Optional.of(ControlServer.open(config.controlSocket(), this));
    } catch (IOException | RuntimeException e) {
      LOG.atError()
          .addKeyValue("event", "control-socket-failed")
          .addKeyValue("path", config.controlSocket())
          .addKeyValue("reason", e)
          .log("status and reload by command are off; the announcer runs on");
      return Optional.empty();
    }
  }

  /** The first reason to stop decides how; the others change nothing. */
  private void stop(StopMode mode, String reason) {
    if (!stopping.compareAndSet(false, true)) {
      return;
    }
    LOG.atInfo()
        .addKeyValue("event", "stopping")
        .addKeyValue("reason", reason)
        .addKeyValue("routes", mode == StopMode.WITHDRAW ? "withdrawn" : "left")
        .log("");
    announcer
        .stop(mode, STOP_BOUND)
        .whenComplete(
            (acknowledged, failure) -> {
              if (failure != null) {
                LOG.error("stopping failed", failure);
                ended.complete(ExitCode.SOFTWARE);
              } else {
                ended.complete(exitCode(acknowledged));
              }
            });
  }

  /**
   * 0 tells the launcher that there is nothing left to watch: the routes are down, handed over, or
   * gone with ExaBGP. A speaker that failed left them, and is not the end.
   */
  private ExitCode exitCode(boolean acknowledged) {
    CompletableFuture<SpeakerEvent.Ended> end = announcer.speakerEnded().toCompletableFuture();
    if (end.isDone()) {
      switch (end.join().cause()) {
        case OTHER_SIDE_GONE -> {}
        case TAKEN_OVER -> {
          return ExitCode.TAKEN_OVER;
        }
        case FAILED -> {
          return ExitCode.SOFTWARE;
        }
      }
    }
    return acknowledged ? ExitCode.OK : ExitCode.IO;
  }

  @Override
  public StatusSnapshot status() {
    return announcer.status();
  }

  @Override
  public CompletionStage<ReloadResult> reload() {
    if (!reloading.compareAndSet(false, true)) {
      return CompletableFuture.completedFuture(
          refused(List.of("reload: another one is under way (expected: one at a time)")));
    }
    return source.reread(this::apply).whenComplete((result, failure) -> reloading.set(false));
  }

  @Override
  public CompletionStage<DrainResult> drain(DrainRequest request) {
    return announcer.drain(request);
  }

  @Override
  public CompletionStage<DrainResult> undrain(String host) {
    return announcer.undrain(host);
  }

  private void reloadBySignal() {
    reload()
        .whenComplete(
            (result, failure) -> {
              if (failure != null) {
                LOG.warn("reload failed", failure);
              }
            });
  }

  // Waits for the engine, and then for the launcher's pipe: on the reload's own thread.
  private ReloadResult apply(ConfigSource.Reading reading) {
    if (reading.config().isEmpty()) {
      return refused(reading.problems());
    }
    DaemonConfig next = reading.config().get();
    if (!isReachable(next.speaker())
        || !next.controlSocket().equals(config.controlSocket())
        || next.site().dryRun() != config.site().dryRun()) {
      return refused(
          List.of("reload: speaker, control or dry-run changed (expected: a restart for these)"));
    }
    if (next.speaker() instanceof SpeakerConfig.Embedded embedded
        && speaker.orElse(null) instanceof EmbeddedSpeaker running) {
      List<String> problems = tellNeighbors(running, embedded, next.site());
      if (!problems.isEmpty()) {
        return refused(problems);
      }
    }
    // The log is handed the differences before the speaker: the engine publishes Reloaded first.
    ReloadResult result = announcer.reload(next.site()).toCompletableFuture().join();
    if (result.accepted()) {
      launcher.standsFor(next.site());
      return result;
    }
    return refused(result.problems());
  }

  /** Whether a running daemon can get there: to other neighbors, and to nothing else. */
  private boolean isReachable(SpeakerConfig next) {
    if (config.speaker() instanceof SpeakerConfig.Embedded now
        && next instanceof SpeakerConfig.Embedded then) {
      return now.listen().equals(then.listen());
    }
    return next.equals(config.speaker());
  }

  /**
   * Before the wish: what is newly allowed must not be refused, and what is not must go anyway.
   *
   * @return what is wrong, and then nothing was told
   */
  private List<String> tellNeighbors(
      EmbeddedSpeaker running, SpeakerConfig.Embedded next, SiteConfig site) {
    List<Neighbor> neighbors;
    try {
      neighbors = Speakers.neighbors(next);
    } catch (IOException e) {
      return List.of(String.valueOf(e.getMessage()));
    }
    ReloadResult preview = announcer.preview(site).toCompletableFuture().join();
    if (preview.accepted()) {
      running.neighbors(neighbors);
    }
    return preview.problems();
  }

  private ReloadResult refused(List<String> problems) {
    for (String problem : problems) {
      LOG.atWarn()
          .addKeyValue("event", "reload-refused")
          .addKeyValue("site", config.site().site())
          .addKeyValue("reason", problem)
          .log("");
    }
    return new ReloadResult(List.of(), List.of(), List.of(), List.of(), problems);
  }
}
