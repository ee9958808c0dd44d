package org.bgpannouncer.daemon;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.bgpannouncer.config.ConfigFile;
import org.bgpannouncer.config.ConfigProblem;
import org.bgpannouncer.config.DaemonConfig;
import org.bgpannouncer.engine.SiteConfig;

/** The configuration file as the command line asked for it; read at start and at each reload. */
final class ConfigSource {
  /** Below the time that a client of the control socket is given. */
  private static final Duration READ_BOUND = Duration.ofSeconds(3);

  /** A thread whose file never answers is never free again. */
  static final int MAX_READERS = 8;

  private final RunOptions options;
  private final Duration bound;
  private final Semaphore readers = new Semaphore(MAX_READERS);

  ConfigSource(RunOptions options) {
    this(options, READ_BOUND);
  }

  ConfigSource(RunOptions options, Duration bound) {
    this.options = options;
    this.bound = bound;
  }

  /**
   * What reading gave.
   *
   * @param config empty if there are problems
   * @param problems what is wrong, one line each
   */
  record Reading(Optional<DaemonConfig> config, List<String> problems) {}

  /**
   * Reads on a thread of its own, because a file on a dead server and a pipe that nobody writes
   * hang for ever; what comes after the deadline is forgotten.
   *
   * @param use is handed the reading, on that thread or on the deadline's
   */
  <T> CompletionStage<T> reread(Function<Reading, T> use) {
    CompletableFuture<Reading> read = new CompletableFuture<>();
    CompletionStage<T> used = read.thenApply(use);
    if (!readers.tryAcquire()) {
      read.complete(failed(MAX_READERS + " readings of it hang (expected: a file that answers)"));
      return used;
    }
    Thread thread = new Thread(() -> rereadInto(read), "announcer-reload");
    thread.setDaemon(true);
    try {
      thread.start();
    } catch (OutOfMemoryError e) { // no thread to be had
      readers.release();
      read.complete(failed(e.toString()));
      return used;
    }
    read.completeOnTimeout(
        failed("not read within " + bound.toMillis() + " ms (expected: a file that answers)"),
        bound.toMillis(),
        TimeUnit.MILLISECONDS);
    return used;
  }

  private void rereadInto(CompletableFuture<Reading> read) {
    try {
      read.complete(read());
    } catch (IOException e) {
      read.complete(new Reading(Optional.empty(), List.of(e.toString())));
    } catch (RuntimeException | Error e) {
      read.completeExceptionally(e);
    } finally {
      readers.release();
    }
  }

  private Reading failed(String why) {
    return new Reading(Optional.empty(), List.of(options.config() + ": " + why));
  }

  Reading read() throws IOException {
    ConfigFile file = ConfigFile.read(options.config());
    if (!file.problems().isEmpty()) {
      return new Reading(
          Optional.empty(), file.problems().stream().map(ConfigProblem::toString).toList());
    }
    Optional<DaemonConfig> config = file.site(options.site());
    if (config.isEmpty()) {
      String asked = options.site().orElse("missing");
      return new Reading(
          Optional.empty(),
          List.of(
              "--site: "
                  + asked
                  + " (expected: one of "
                  + String.join(", ", file.sites().keySet())
                  + ")"));
    }
    return new Reading(config.map(this::withDryRun), List.of());
  }

  private DaemonConfig withDryRun(DaemonConfig config) {
    SiteConfig site = config.site();
    return !options.dryRun() || site.dryRun()
        ? config
        : new DaemonConfig(
            new SiteConfig(
                site.site(),
                site.localAs(),
                site.allow(),
                site.physicalRanges(),
                site.hosts(),
                site.services(),
                site.adoptFor(),
                true),
            config.speaker(),
            config.controlSocket(),
            config.deployment());
  }
}
