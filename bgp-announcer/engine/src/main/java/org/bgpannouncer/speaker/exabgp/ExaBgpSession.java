package org.bgpannouncer.speaker.exabgp;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.random.RandomGenerator;
import org.bgpannouncer.route.Nlri;
import org.bgpannouncer.speaker.RibUpdate;
import org.bgpannouncer.speaker.SpeakerEvent;
import org.bgpannouncer.speaker.SpeakerEvent.Ended.Cause;

/**
 * What to say to ExaBGP and when: a state machine without thread, clock or I/O. Lines, wishes and
 * the time go in; lines to write and events come out through {@link Effects}.
 *
 * <pre>
 *   ALIGNING ──marker──▶ VERSION ─▶ CONFIGURATION ─▶ SUMMARY ─▶ ADJ_RIB ──▶ SYNCHRONISED
 *      ▲  └─refused─▶ GRAMMAR (6.x), then ALIGNING                              │
 *      └───────────── an answer overdue, or out of step ────────────────────────┘
 *   PROVING ──version──▶ ALIGNING      (named pipes: nothing else is written before)
 *   UNREADABLE ──60 s──▶ ALIGNING      (an answer too large to be kept is not the truth)
 *   any ──shutdown, end of the pipe──▶ ENDED
 * </pre>
 *
 * <p>Withdraws are written at once, in every phase but PROVING and ENDED. Announces wait for
 * SYNCHRONISED and a session that is up. Not thread-safe.
 */
final class ExaBgpSession {
  static final long ANSWER_NANOS = Duration.ofSeconds(2).toNanos();
  static final long POLL_NANOS = Duration.ofSeconds(1).toNanos();

  /** With events the summary is asked for as a proof of life and of step only. */
  static final long HEARTBEAT_NANOS = Duration.ofSeconds(15).toNanos();

  /** The pause before a question is asked again whose answer was too large to be kept. */
  static final long ASK_AGAIN_NANOS = Duration.ofSeconds(60).toNanos();

  static final String NEIGHBOR_CHANGES = "neighbor-changes";
  static final String INTERNAL_PEERS = "internal-peers";

  private final boolean namedPipes;
  private final Effects effects;
  private final AnswerQueue answers = new AnswerQueue();
  private final Sessions sessions = new Sessions();
  private final Alignment alignment;
  private final Presence presence;
  private final RouteDesk desk;

  private Phase phase = Phase.ALIGNING;
  private boolean lost;
  private boolean resendDue;
  private String version = "";
  private long pollAtNanos;
  private long askAgainAtNanos;

  /**
   * @param namedPipes whether ExaBGP may be absent without the pipe ending
   * @param owned every path that this speaker may announce
   */
  ExaBgpSession(boolean namedPipes, Set<Nlri> owned, RandomGenerator random, Effects effects) {
    this.namedPipes = namedPipes;
    this.effects = effects;
    this.alignment = new Alignment(answers, random, effects);
    this.presence = new Presence(answers, effects);
    this.desk = new RouteDesk(owned, answers, sessions, effects);
  }

  Phase phase() {
    return phase;
  }

  /** Whether nothing is left to say or to wait for, or nothing can be said any more. */
  boolean isSettled() {
    return desk.isSettled();
  }

  /** Whether ExaBGP has acknowledged every withdraw of {@link #withdrawAll}. */
  boolean isWithdrawn() {
    return desk.isWithdrawn();
  }

  void start(long nowNanos) {
    if (namedPipes) {
      phase = Phase.PROVING;
      presence.ask(nowNanos);
    } else {
      // Frees what a dead predecessor of ours left of a line: it must not become part of ours.
      effects.write("#");
      align(nowNanos);
    }
  }

  void apply(RibUpdate update, long nowNanos) {
    if (phase != Phase.ENDED) {
      desk.apply(update, phase == Phase.SYNCHRONISED);
      pump(nowNanos);
    }
  }

  /** From now on everything shall be down. */
  void withdrawAll(long nowNanos) {
    desk.withdrawAll();
    if (phase == Phase.ENDED) {
      desk.end();
    } else {
      pump(nowNanos);
    }
  }

  /** The pipe ended, broke, or is another process's now. */
  void end(Cause cause, String reason) {
    if (phase != Phase.ENDED) {
      phase = Phase.ENDED;
      answers.reset();
      desk.end();
      effects.emit(new SpeakerEvent.Ended(cause, reason));
    }
  }

  void line(StreamLine line, long nowNanos) {
    if (phase == Phase.ENDED) {
      return;
    }
    if (line instanceof StreamLine.AnswerText text) {
      answers.text(text.text(), nowNanos);
    } else if (line instanceof StreamLine.State state) {
      state(state);
    } else if (line instanceof StreamLine.Shutdown) {
      end(Cause.OTHER_SIDE_GONE, "ExaBGP shuts down");
    } else if (line instanceof StreamLine.AnswerEnd end) {
      answered(end.end(), nowNanos);
    }
    pump(nowNanos);
  }

  /** The time at which {@link #tick} must be called at the latest. */
  OptionalLong deadlineNanos() {
    if (phase == Phase.ENDED) {
      return OptionalLong.empty();
    }
    if (phase == Phase.PROVING) {
      return OptionalLong.of(presence.dueNanos());
    }
    if (answers.isAligning()) {
      return OptionalLong.of(alignment.dueNanos());
    }
    OptionalLong oldest = answers.oldestNanos();
    if (oldest.isPresent()) {
      return OptionalLong.of(oldest.getAsLong() + ANSWER_NANOS);
    }
    return switch (phase) {
      case SYNCHRONISED -> OptionalLong.of(pollAtNanos);
      case UNREADABLE -> OptionalLong.of(askAgainAtNanos);
      case PROVING, ALIGNING, GRAMMAR, VERSION, CONFIGURATION, SUMMARY, ADJ_RIB, ENDED ->
          OptionalLong.empty();
    };
  }

  void tick(long nowNanos) {
    if (phase == Phase.ENDED) {
      return;
    }
    if (phase == Phase.PROVING) {
      if (nowNanos - presence.dueNanos() >= 0) {
        proofMissing(nowNanos);
      }
    } else if (answers.isAligning()) {
      if (nowNanos - alignment.dueNanos() >= 0) {
        markerMissing(nowNanos);
      }
    } else if (answers.isOverdue(nowNanos)) {
      answerMissing(nowNanos);
    } else if (phase == Phase.SYNCHRONISED && nowNanos - pollAtNanos >= 0) {
      poll(nowNanos);
    } else if (phase == Phase.UNREADABLE && nowNanos - askAgainAtNanos >= 0) {
      align(nowNanos);
    }
    pump(nowNanos);
  }

  // ---- the handshake ----

  private void proofMissing(long nowNanos) {
    if (presence.isAsked()) {
      lose("no answer from ExaBGP behind its named pipes");
      presence.giveUp(nowNanos);
    } else {
      presence.ask(nowNanos);
    }
  }

  private void align(long nowNanos) {
    phase = Phase.ALIGNING;
    alignment.begin(nowNanos);
  }

  private void markerMissing(long nowNanos) {
    lose("no answer within 2 s (is exabgp.api.ack true?)");
    if (namedPipes) {
      abandon(nowNanos);
    } else {
      alignment.again(nowNanos);
    }
  }

  private void answerMissing(long nowNanos) {
    if (namedPipes) {
      lose("no answer from ExaBGP behind its named pipes");
      abandon(nowNanos);
    } else {
      alignment.begin(nowNanos);
    }
  }

  /** Named pipes: ExaBGP is presumed gone, and must not find old commands when it returns. */
  private void abandon(long nowNanos) {
    phase = Phase.PROVING;
    desk.reject(presence.giveUp(nowNanos), "ExaBGP does not answer");
  }

  private void ask(Command.Kind kind, String text, long nowNanos) {
    answers.add(new Command(kind, text, List.of(), nowNanos));
    effects.write(text);
  }

  private void step(Phase next, Command.Kind kind, String text, long nowNanos) {
    phase = next;
    ask(kind, text, nowNanos);
  }

  private void resynchronise(String reason, long nowNanos) {
    lose(reason);
    align(nowNanos);
  }

  // ---- answers ----

  private void answered(Answer.End end, long nowNanos) {
    AnswerQueue.Match match = answers.end(end);
    if (match instanceof AnswerQueue.Match.Answered one) {
      answered(one.command(), one.answer(), one.routes(), nowNanos);
    } else if (match instanceof AnswerQueue.Match.OutOfStep outOfStep) {
      resynchronise(outOfStep.reason(), nowNanos);
    } else if (match instanceof AnswerQueue.Match.Aligned aligned) {
      aligned(aligned, nowNanos);
    } else if (answers.isAligning() && version.isEmpty() && answers.isRefusedThroughout()) {
      answers.reset();
      step(Phase.GRAMMAR, Command.Kind.GRAMMAR, CommandText.GRAMMAR, nowNanos);
    }
  }

  private void answered(Command command, Answer answer, AdjRibReport routes, long nowNanos) {
    if (answer.end() == Answer.End.SHUTDOWN) {
      end(Cause.OTHER_SIDE_GONE, "ExaBGP shuts down");
      return;
    }
    if (command.kind().isReport() && !answer.isWhole()) {
      lose(
          command.text() + ": too long (expected: at most " + AdjRibReport.MAX_ROUTES + " routes)");
      phase = Phase.UNREADABLE;
      askAgainAtNanos = nowNanos + ASK_AGAIN_NANOS;
      return;
    }
    boolean done = answer.end() == Answer.End.DONE;
    if (command.kind().isReport() && !done) {
      // An empty report would be every session down; this may be the answer to something else.
      resynchronise(command.text() + ": " + answer.reason(), nowNanos);
      return;
    }
    switch (command.kind()) {
      case ANNOUNCE, ANNOUNCE_BULK, WITHDRAW, WITHDRAW_BULK -> desk.receipt(command, answer);
      case MARK -> {}
      case GRAMMAR -> {
        if (done) {
          align(nowNanos);
        } else {
          end(Cause.FAILED, "ExaBGP understands neither grammar: " + answer.reason());
        }
      }
      case VERSION -> versionKnown(command, answer, nowNanos);
      case CONFIGURATION -> {
        sessions.configure(NeighborReport.configured(answer.lines()));
        step(Phase.SUMMARY, Command.Kind.SUMMARY, CommandText.SUMMARY, nowNanos);
      }
      case SUMMARY -> summary(answer, nowNanos);
      case ADJ_RIB -> synchronised(routes, nowNanos);
    }
  }

  private void versionKnown(Command command, Answer answer, long nowNanos) {
    Optional<String> proof = Presence.version(answer);
    proof.ifPresent(line -> version = line);
    if (phase == Phase.PROVING && proof.isEmpty()) {
      answers.add(command); // another client's answer, or an old one
    } else if (phase == Phase.PROVING) {
      align(nowNanos);
    } else {
      step(Phase.CONFIGURATION, Command.Kind.CONFIGURATION, CommandText.CONFIGURATION, nowNanos);
    }
  }

  private void aligned(AnswerQueue.Match.Aligned aligned, long nowNanos) {
    if (!desk.judge(aligned) && phase == Phase.SYNCHRONISED) {
      lose("ExaBGP left a command unanswered");
    }
    if (phase != Phase.SYNCHRONISED || lost) {
      step(Phase.VERSION, Command.Kind.VERSION, CommandText.VERSION, nowNanos);
    }
  }

  // ---- sessions ----

  private void synchronised(AdjRibReport routes, long nowNanos) {
    phase = Phase.SYNCHRONISED;
    lost = false;
    effects.emit(
        new SpeakerEvent.Synchronised(routes.held(), routes.inexact(sessions::carrying), version));
    effects.emit(
        new SpeakerEvent.Notice(NEIGHBOR_CHANGES, namedPipes ? "" : sessions.missingEvents()));
    effects.emit(new SpeakerEvent.Notice(INTERNAL_PEERS, sessions.internalPeers()));
    sessions.peersUp().forEach(peer -> effects.emit(new SpeakerEvent.SessionUp(peer)));
    sessions
        .peersDown()
        .forEach(peer -> effects.emit(new SpeakerEvent.SessionDown(peer, "not established")));
    pollAtNanos = nowNanos + pollEveryNanos();
    if (resendDue) {
      resendDue = false;
      desk.resend();
    }
  }

  private long pollEveryNanos() {
    return namedPipes || !sessions.missingEvents().isEmpty() ? POLL_NANOS : HEARTBEAT_NANOS;
  }

  private void poll(long nowNanos) {
    pollAtNanos = nowNanos + pollEveryNanos();
    if (!answers.isWaitingFor(Command.Kind.SUMMARY)) {
      ask(Command.Kind.SUMMARY, CommandText.SUMMARY, nowNanos);
    }
  }

  private void summary(Answer answer, long nowNanos) {
    Map<String, Long> up = NeighborReport.established(answer.lines());
    sessions.peersUp().stream()
        .filter(peer -> !up.containsKey(peer))
        .forEach(peer -> down(peer, "not established any more"));
    up.forEach(this::up);
    if (phase == Phase.SUMMARY) {
      step(Phase.ADJ_RIB, Command.Kind.ADJ_RIB, CommandText.ADJ_RIB, nowNanos);
    }
  }

  private void state(StreamLine.State state) {
    switch (state.change()) {
      case UP -> {
        sessions.down(state.peer());
        up(state.peer(), 0);
      }
      case DOWN -> down(state.peer(), state.reason());
      case OTHER -> {}
    }
  }

  private void up(String peer, long seconds) {
    if (!sessions.up(peer, seconds)) {
      return;
    }
    if (phase == Phase.SYNCHRONISED) {
      effects.emit(new SpeakerEvent.SessionUp(peer));
      desk.resend();
    } else {
      resendDue = true;
    }
  }

  private void down(String peer, String reason) {
    if (sessions.down(peer) && phase == Phase.SYNCHRONISED) {
      effects.emit(new SpeakerEvent.SessionDown(peer, reason));
    }
  }

  private void pump(long nowNanos) {
    if (phase != Phase.PROVING && phase != Phase.ENDED) {
      desk.pump(phase == Phase.SYNCHRONISED, nowNanos);
    }
  }

  private void lose(String reason) {
    if (!lost) {
      lost = true;
      effects.emit(new SpeakerEvent.Lost(reason));
    }
  }
}
