package org.bgpannouncer.testkit.bgp;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import org.bgpannouncer.route.Prefix;
import org.bgpannouncer.route.RouteChange;
import org.jspecify.annotations.Nullable;

/** Plays the scripts of a peer, one per session and on a thread of its own. Thread-safe. */
final class ScriptPlayer {
  private static final Duration FOR_EVER = Duration.ofDays(365);

  private final Recording recording;
  private final ArrayDeque<List<PeerStep>> scripts = new ArrayDeque<>();
  private final AtomicInteger unplayed = new AtomicInteger();

  ScriptPlayer(Recording recording) {
    this.recording = recording;
  }

  /** What the next session without a script goes through. */
  void add(List<PeerStep> script) {
    unplayed.incrementAndGet();
    synchronized (scripts) {
      scripts.add(script);
    }
  }

  /** Whether every script has come to its end. */
  boolean isDone() {
    return unplayed.get() == 0;
  }

  /** Takes the next script for this session, if there is one. */
  void begin(PeerSession session) {
    List<PeerStep> script;
    synchronized (scripts) {
      script = scripts.poll();
    }
    if (script != null) {
      Thread thread =
          new Thread(() -> play(script, session), "simulated-peer-" + session.id() + "-script");
      thread.setDaemon(true);
      thread.start();
    }
  }

  private void play(List<PeerStep> script, PeerSession session) {
    Play play = new Play(session);
    for (PeerStep step : script) {
      if (!play.goesOnAfter(step)) {
        break;
      }
    }
    unplayed.decrementAndGet();
    recording.wake();
  }

  /** One script on one session: what it has waited for lies behind it. */
  private final class Play {
    private final PeerSession session;
    private @Nullable HeardChange last;

    Play(PeerSession session) {
      this.session = session;
    }

    /** Takes a step; whether the session has outlived it. */
    boolean goesOnAfter(PeerStep step) {
      if (step instanceof PeerStep.Send send) {
        session.send(send.update());
      } else if (step instanceof PeerStep.Misbehave misbehave) {
        session.inject(misbehave.fault());
      } else if (step instanceof PeerStep.AwaitAnnounced await) {
        return awaits(await.prefix(), change -> change instanceof RouteChange.Announce);
      } else if (step instanceof PeerStep.AwaitWithdrawn await) {
        return awaits(await.prefix(), change -> change instanceof RouteChange.Withdraw);
      } else if (step instanceof PeerStep.Pass pass) {
        return recording.find(pass.time(), this::theEnd).isEmpty();
      }
      return true;
    }

    private boolean awaits(Prefix prefix, Predicate<RouteChange> kind) {
      Predicate<HeardChange> wanted =
          heard ->
              heard.session() == session.id()
                  && heard.cause() == HeardChange.Cause.UPDATE
                  && heard.change().prefix().equals(prefix)
                  && kind.test(heard.change());
      recording.find(
          FOR_EVER, () -> recording.firstAfter(last, wanted).map(this::passed).or(this::theEnd));
      return theEnd().isEmpty();
    }

    private PeerSession passed(HeardChange heard) {
      last = heard;
      return session;
    }

    private Optional<PeerSession> theEnd() {
      return recording.sessions().contains(session) ? Optional.empty() : Optional.of(session);
    }
  }
}
