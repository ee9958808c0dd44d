package org.bgpannouncer.daemon;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.bgpannouncer.config.DaemonConfig;
import org.bgpannouncer.config.SpeakerConfig;
import org.bgpannouncer.rehearsal.Rehearsal;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Has the daemon rehearse a node's death in the background, and log how long it took. */
final class BackgroundRehearsal {
  /** The real site comes first: by then it has its verdicts, and an adopted route its owner. */
  private static final Duration AFTER = Duration.ofSeconds(3);

  private static final Logger LOG = LoggerFactory.getLogger(BackgroundRehearsal.class);

  private BackgroundRehearsal() {}

  static void start(DaemonConfig config) {
    Thread thread = new Thread(() -> run(ways(config)), "rehearsal");
    thread.setDaemon(true);
    thread.start();
  }

  /**
   * The one that the withdraw will take; to BIRD, where most of the time is BIRD's own, no more
   * than the part that is the same for all. In a dry run there is none, and nothing to hurry for.
   */
  private static List<Rehearsal.Way> ways(DaemonConfig config) {
    if (config.site().dryRun()) {
      return List.of(Rehearsal.Way.values());
    }
    return List.of(
        config.speaker() instanceof SpeakerConfig.Embedded
            ? Rehearsal.Way.EMBEDDED
            : Rehearsal.Way.EXABGP);
  }

  private static void run(List<Rehearsal.Way> ways) {
    try {
      TimeUnit.NANOSECONDS.sleep(AFTER.toNanos());
      for (Rehearsal.Way way : ways) {
        rehearse(way);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static void rehearse(Rehearsal.Way way) throws InterruptedException {
    String speaker = way.name().toLowerCase(Locale.ROOT);
    try {
      Rehearsal.Result result = Rehearsal.run(way);
      LOG.atInfo()
          .addKeyValue("event", "rehearsed")
          .addKeyValue("speaker", speaker)
          .addKeyValue("deaths", result.rounds())
          .addKeyValue("first-ms", millis(result.first()))
          .addKeyValue("ms", millis(result.last()))
          .log("");
    } catch (IOException | TimeoutException e) {
      LOG.atWarn()
          .addKeyValue("event", "rehearsal-failed")
          .addKeyValue("speaker", speaker)
          .addKeyValue("reason", e)
          .log("the first real death takes some milliseconds longer");
    }
  }

  private static String millis(Duration duration) {
    return String.format(Locale.ROOT, "%.3f", duration.toNanos() / 1e6);
  }
}
