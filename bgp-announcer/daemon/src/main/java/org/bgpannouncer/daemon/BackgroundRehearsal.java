package org.bgpannouncer.daemon;

import java.io.IOException;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.bgpannouncer.rehearsal.Rehearsal;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Has the daemon rehearse a node's death in the background, and log how long it took. */
final class BackgroundRehearsal {
  /** The real site comes first: by then it has its verdicts, and an adopted route its owner. */
  private static final Duration AFTER = Duration.ofSeconds(3);

  private static final Logger LOG = LoggerFactory.getLogger(BackgroundRehearsal.class);

  private BackgroundRehearsal() {}

  static void start() {
    Thread thread = new Thread(BackgroundRehearsal::run, "rehearsal");
    thread.setDaemon(true);
    thread.start();
  }

  private static void run() {
    try {
      TimeUnit.NANOSECONDS.sleep(AFTER.toNanos());
      Rehearsal.Result result = Rehearsal.run();
      LOG.atInfo()
          .addKeyValue("event", "rehearsed")
          .addKeyValue("deaths", result.rounds())
          .addKeyValue("first-ms", millis(result.first()))
          .addKeyValue("ms", millis(result.last()))
          .log("");
    } catch (IOException | TimeoutException e) {
      LOG.atWarn()
          .addKeyValue("event", "rehearsal-failed")
          .addKeyValue("reason", e)
          .log("the first real death takes some milliseconds longer");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static String millis(Duration duration) {
    return String.format(Locale.ROOT, "%.3f", duration.toNanos() / 1e6);
  }
}
