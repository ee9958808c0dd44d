package org.bgpannouncer.engine;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Map;
import java.util.TreeMap;
import org.bgpannouncer.observe.StatusSnapshot.SessionStatus;
import org.bgpannouncer.observe.StatusSnapshot.SpeakerPhase;
import org.bgpannouncer.observe.StatusSnapshot.SpeakerStatus;
import org.bgpannouncer.speaker.SpeakerEvent;

/** What the speaker has said about itself; confined to the engine's loop. */
final class SpeakerState {
  // Peers and notices are few; the bound is for a speaker gone mad.
  private static final int MAX_ENTRIES = 1000;

  private final Map<String, SessionStatus> sessions = new TreeMap<>();
  private final Map<String, String> notices = new TreeMap<>();
  private SpeakerPhase phase = SpeakerPhase.STARTING;
  private Instant since;
  private String version = "";
  private String reason = "";

  SpeakerState(Instant since) {
    this.since = since;
  }

  /** Takes it in; whether it is news: a notice is not while it stays as it was. */
  boolean happened(SpeakerEvent event, Instant at) {
    if (event instanceof SpeakerEvent.Synchronised synchronised) {
      version = synchronised.version();
      enter(SpeakerPhase.SYNCHRONISED, "", at);
    } else if (event instanceof SpeakerEvent.Lost lost) {
      enter(SpeakerPhase.LOST, lost.reason(), at);
      sessions.replaceAll((peer, session) -> new SessionStatus(peer, false, at, "not known"));
    } else if (event instanceof SpeakerEvent.Ended ended) {
      enter(SpeakerPhase.ENDED, ended.reason(), at);
    } else if (event instanceof SpeakerEvent.SessionUp up) {
      session(new SessionStatus(up.peer(), true, at, ""));
    } else if (event instanceof SpeakerEvent.SessionDown down) {
      session(new SessionStatus(down.peer(), false, at, down.reason()));
    } else if (event instanceof SpeakerEvent.Notice notice) {
      return noticed(notice);
    }
    return true;
  }

  private boolean noticed(SpeakerEvent.Notice notice) {
    if (notice.text().equals(notices.getOrDefault(notice.key(), ""))) {
      return false;
    }
    if (notice.text().isEmpty()) {
      notices.remove(notice.key());
    } else if (notices.size() < MAX_ENTRIES || notices.containsKey(notice.key())) {
      notices.put(notice.key(), notice.text());
    }
    return true;
  }

  private void enter(SpeakerPhase next, String why, Instant at) {
    if (phase != next) {
      since = at;
    }
    phase = next;
    reason = why;
  }

  private void session(SessionStatus session) {
    if (sessions.size() < MAX_ENTRIES || sessions.containsKey(session.peer())) {
      sessions.put(session.peer(), session);
    }
  }

  /** Why it is lost or ended; otherwise empty. */
  String reason() {
    return reason;
  }

  /** Whether sessions are known and none is up. */
  boolean allSessionsDown() {
    return !sessions.isEmpty() && sessions.values().stream().noneMatch(SessionStatus::up);
  }

  SpeakerStatus status() {
    return new SpeakerStatus(
        phase, since, version, reason, notices, new ArrayList<>(sessions.values()));
  }
}
