package org.bgpannouncer.log;

import org.bgpannouncer.engine.ThreadLoop;
import org.bgpannouncer.observe.AnnouncerEvent;
import org.bgpannouncer.observe.AnnouncerListener;
import org.bgpannouncer.probe.time.Loop;
import org.bgpannouncer.route.Route;
import org.bgpannouncer.route.RouteChange;
import org.bgpannouncer.speaker.SpeakerEvent;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;
import org.slf4j.spi.LoggingEventBuilder;

/**
 * Writes one line per transition, and one for what somebody should mend. The keys are fixed, so
 * that they can be searched for: {@code event} and {@code site} in every line; by event {@code
 * host}, {@code service}, {@code prefix}, {@code peer}, {@code from}, {@code to}, {@code reason},
 * {@code detail}, {@code ms}, {@code attempts}, {@code version}, {@code routes}, {@code key},
 * {@code change}, {@code changes}, {@code more}, {@code until}. docs/cli.md has a line of each.
 *
 * <p>Of lines about single routes at most {@value LineBudget#LINES} a second are written per event
 * and kind of change; one line counts the others ({@code more}). What is about hosts, services and
 * sessions is always written.
 */
public final class TransitionLog implements AnnouncerListener, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger("org.bgpannouncer.transitions");

  private final LineBudget budget;
  private final Runnable atClose;

  /**
   * A log whose counts are told on this loop.
   *
   * @param atClose run at the end
   */
  TransitionLog(Loop loop, Runnable atClose) {
    this.budget = new LineBudget(loop, TransitionLog::untold);
    this.atClose = atClose;
  }

  /** A log with a thread of its own, {@code announcer-log}. */
  public static TransitionLog open() {
    ThreadLoop loop = new ThreadLoop("announcer-log");
    loop.start();
    return new TransitionLog(loop, loop::close);
  }

  /** Tells what has been counted so far. */
  @Override
  public void close() {
    budget.settle();
    atClose.run();
  }

  @Override
  public void happened(AnnouncerEvent event) {
    if (event instanceof AnnouncerEvent.HostTransition e) {
      line(e.to().isFit() ? Level.INFO : Level.WARN, "host", e.site())
          .addKeyValue("host", e.host())
          .addKeyValue("from", e.from())
          .addKeyValue("to", e.to())
          .addKeyValue("reason", e.reason())
          .addKeyValue("detail", e.detail())
          .log("");
    } else if (event instanceof AnnouncerEvent.HostUnknown e) {
      line(Level.WARN, "unknown", e.site())
          .addKeyValue("host", e.host())
          .addKeyValue("reason", e.reason())
          .addKeyValue("detail", e.detail())
          .addKeyValue("ms", e.lasting().toMillis())
          .log("");
    } else if (event instanceof AnnouncerEvent.HostDrained e) {
      line(Level.INFO, e.until().isPresent() ? "drained" : "undrained", e.site())
          .addKeyValue("host", e.host())
          .addKeyValue("until", e.until().map(String::valueOf).orElse("-"))
          .addKeyValue("reason", e.reason())
          .log("");
    } else if (event instanceof AnnouncerEvent.ServiceTransition e) {
      line(e.to().isAnnounced() ? Level.INFO : Level.WARN, "service", e.site())
          .addKeyValue("service", e.service())
          .addKeyValue("from", e.from())
          .addKeyValue("to", e.to())
          .addKeyValue("reason", e.reason())
          .log("");
    } else {
      routes(event);
    }
  }

  private void routes(AnnouncerEvent event) {
    if (event instanceof AnnouncerEvent.RouteWished e) {
      String change = e.to().isPresent() ? "announce" : "withdraw";
      if (budget.grants(new LineBudget.Kind(Level.INFO, "wish", e.site(), change))) {
        line(Level.INFO, "wish", e.site())
            .addKeyValue("prefix", e.nlri())
            .addKeyValue("from", e.from().map(Route::path).orElse("none"))
            .addKeyValue("to", e.to().map(Route::path).orElse("none"))
            .addKeyValue("reason", e.reason())
            .log("");
      }
    } else if (event instanceof AnnouncerEvent.RouteAcknowledged e) {
      if (budget.grants(kind(Level.INFO, "acknowledged", e.site(), e.change()))) {
        line(Level.INFO, "acknowledged", e.site())
            .addKeyValue("prefix", e.change().nlri())
            .addKeyValue("to", textOf(e.change()))
            .addKeyValue("ms", millis(e.nanos()))
            .log("");
      }
    } else if (event instanceof AnnouncerEvent.RouteRejected e) {
      if (budget.grants(kind(Level.WARN, "rejected", e.site(), e.change()))) {
        line(Level.WARN, "rejected", e.site())
            .addKeyValue("prefix", e.change().nlri())
            .addKeyValue("to", textOf(e.change()))
            .addKeyValue("reason", e.reason())
            .addKeyValue("attempts", e.attempts())
            .log("");
      }
    } else if (event instanceof AnnouncerEvent.RouteFound e) {
      String name = e.adopted() ? "adopted" : "leftover";
      if (budget.grants(new LineBudget.Kind(Level.WARN, name, e.site(), ""))) {
        line(Level.WARN, name, e.site())
            .addKeyValue("prefix", e.route().nlri())
            .addKeyValue("reason", e.reason())
            .log("");
      }
    } else {
      rest(event);
    }
  }

  private void rest(AnnouncerEvent event) {
    if (event instanceof AnnouncerEvent.WithdrawOverdue e) {
      overdue(e);
    } else if (event instanceof AnnouncerEvent.SpeakerReported e) {
      speaker(e.site(), e.event());
    } else if (event instanceof AnnouncerEvent.Reloaded e) {
      for (String difference : e.differences()) {
        if (budget.grants(new LineBudget.Kind(Level.INFO, "reload", e.site(), ""))) {
          line(Level.INFO, "reload", e.site()).addKeyValue("change", difference).log("");
        }
      }
      line(Level.INFO, "reloaded", e.site()).addKeyValue("changes", e.differences().size()).log("");
    } else if (event instanceof AnnouncerEvent.StepFailed e) {
      line(Level.ERROR, "internal-error", e.site())
          .addKeyValue("reason", e.failure())
          .addKeyValue("detail", e.step())
          .log("");
    }
  }

  private void overdue(AnnouncerEvent.WithdrawOverdue e) {
    Level level = e.over() ? Level.INFO : Level.WARN;
    String name = e.over() ? "overdue-over" : "overdue";
    if (budget.grants(new LineBudget.Kind(level, name, e.site(), ""))) {
      line(level, name, e.site())
          .addKeyValue("prefix", e.nlri())
          .addKeyValue("reason", e.reason())
          .addKeyValue("ms", e.lasting().toMillis())
          .log("");
    }
  }

  private static LineBudget.Kind kind(Level level, String event, String site, RouteChange change) {
    return new LineBudget.Kind(
        level, event, site, change instanceof RouteChange.Announce ? "announce" : "withdraw");
  }

  private static void untold(LineBudget.Kind kind, int lines) {
    LoggingEventBuilder line = line(kind.level(), kind.event(), kind.site());
    if (!kind.change().isEmpty()) {
      line = line.addKeyValue("change", kind.change());
    }
    line.addKeyValue("more", lines).log("");
  }

  private static void speaker(String site, SpeakerEvent event) {
    if (event instanceof SpeakerEvent.Synchronised e) {
      line(Level.INFO, "speaker-synchronised", site)
          .addKeyValue("version", e.version())
          .addKeyValue("routes", e.held().routes().size())
          .log("");
    } else if (event instanceof SpeakerEvent.SessionUp e) {
      line(Level.INFO, "session-up", site).addKeyValue("peer", e.peer()).log("");
    } else if (event instanceof SpeakerEvent.SessionDown e) {
      line(Level.WARN, "session-down", site)
          .addKeyValue("peer", e.peer())
          .addKeyValue("reason", e.reason())
          .log("");
    } else if (event instanceof SpeakerEvent.Lost e) {
      line(Level.WARN, "speaker-lost", site).addKeyValue("reason", e.reason()).log("");
    } else if (event instanceof SpeakerEvent.Ended e) {
      line(Level.WARN, "speaker-ended", site).addKeyValue("reason", e.reason()).log("");
    } else if (event instanceof SpeakerEvent.Notice e) {
      line(e.text().isEmpty() ? Level.INFO : Level.WARN, "speaker-notice", site)
          .addKeyValue("key", e.key())
          .addKeyValue("reason", e.text())
          .log("");
    }
  }

  private static LoggingEventBuilder line(Level level, String event, String site) {
    return LOG.atLevel(level).addKeyValue("event", event).addKeyValue("site", site);
  }

  private static String textOf(RouteChange change) {
    return change instanceof RouteChange.Announce announce ? announce.route().path() : "none";
  }

  private static String millis(long nanos) {
    return String.valueOf(Math.round(nanos / 1e3) / 1e3);
  }
}
