package org.bgpannouncer.log;

import org.bgpannouncer.observe.AnnouncerEvent;
import org.bgpannouncer.observe.AnnouncerListener;
import org.bgpannouncer.route.RouteChange;
import org.bgpannouncer.speaker.SpeakerEvent;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;
import org.slf4j.spi.LoggingEventBuilder;

/**
 * Writes one line per transition, and one for what somebody should mend. The keys are fixed, so
 * that they can be searched for: {@code event}, {@code site}, {@code host}, {@code service}, {@code
 * prefix}, {@code peer}, {@code from}, {@code to}, {@code reason}, {@code detail}, {@code ms}.
 */
public final class TransitionLog implements AnnouncerListener {
  private static final Logger LOG = LoggerFactory.getLogger("org.bgpannouncer.transitions");

  /** Creates a listener; it has no state. */
  public TransitionLog() {}

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

  private static void routes(AnnouncerEvent event) {
    if (event instanceof AnnouncerEvent.RouteWished e) {
      line(Level.INFO, "wish", e.site())
          .addKeyValue("prefix", e.prefix())
          .addKeyValue("from", e.from().map(RouteText::of).orElse("none"))
          .addKeyValue("to", e.to().map(RouteText::of).orElse("none"))
          .addKeyValue("reason", e.reason())
          .log("");
    } else if (event instanceof AnnouncerEvent.RouteAcknowledged e) {
      line(Level.INFO, "acknowledged", e.site())
          .addKeyValue("prefix", e.change().prefix())
          .addKeyValue("to", textOf(e.change()))
          .addKeyValue("ms", millis(e.nanos()))
          .log("");
    } else if (event instanceof AnnouncerEvent.RouteRejected e) {
      line(Level.WARN, "rejected", e.site())
          .addKeyValue("prefix", e.change().prefix())
          .addKeyValue("to", textOf(e.change()))
          .addKeyValue("reason", e.reason())
          .addKeyValue("attempts", e.attempts())
          .log("");
    } else if (event instanceof AnnouncerEvent.RouteFound e) {
      line(Level.WARN, e.adopted() ? "adopted" : "leftover", e.site())
          .addKeyValue("prefix", e.route().prefix())
          .addKeyValue("reason", e.reason())
          .log("");
    } else {
      rest(event);
    }
  }

  private static void rest(AnnouncerEvent event) {
    if (event instanceof AnnouncerEvent.SpeakerReported e) {
      speaker(e.site(), e.event());
    } else if (event instanceof AnnouncerEvent.Reloaded e) {
      for (String difference : e.differences()) {
        line(Level.INFO, "reload", e.site()).addKeyValue("change", difference).log("");
      }
      line(Level.INFO, "reloaded", e.site()).addKeyValue("changes", e.differences().size()).log("");
    } else if (event instanceof AnnouncerEvent.StepFailed e) {
      line(Level.ERROR, "internal-error", e.site())
          .addKeyValue("reason", e.failure())
          .addKeyValue("detail", e.step())
          .log("");
    }
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
    return change instanceof RouteChange.Announce announce
        ? RouteText.of(announce.route())
        : "none";
  }

  private static String millis(long nanos) {
    return String.valueOf(Math.round(nanos / 1e3) / 1e3);
  }
}
