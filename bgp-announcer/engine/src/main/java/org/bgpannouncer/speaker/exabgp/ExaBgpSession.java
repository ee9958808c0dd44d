package org.bgpannouncer.speaker.exabgp;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.random.RandomGenerator;
import org.bgpannouncer.route.Prefix;
import org.bgpannouncer.route.Rib;
import org.bgpannouncer.route.RouteChange;
import org.bgpannouncer.speaker.RibUpdate;
import org.bgpannouncer.speaker.SpeakerEvent;

/**
 * What to say to ExaBGP and when: a state machine without thread, clock or I/O. Lines, wishes and
 * the time go in; lines to write and events come out through {@link Effects}.
 *
 * <pre>
 *   ALIGNING ──marker──▶ VERSION ─▶ CONFIGURATION ─▶ SUMMARY ─▶ ADJ_RIB ──▶ SYNCHRONISED
 *      ▲  └─refused─▶ GRAMMAR (6.x), then ALIGNING                              │
 *      └───────────── an answer overdue, or out of step ────────────────────────┘
 *   PROVING ──version──▶ ALIGNING      (named pipes: nothing else is written before)
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

  /** The pause between two attempts to find ExaBGP behind its named pipes. */
  static final long PROVE_AGAIN_NANOS = Duration.ofSeconds(1).toNanos();

  static final String NEIGHBOR_CHANGES = "neighbor-changes";

  enum Phase {
    PROVING,
    ALIGNING,
    GRAMMAR,
    VERSION,
    CONFIGURATION,
    SUMMARY,
    ADJ_RIB,
    SYNCHRONISED,
    ENDED
  }

  private final boolean namedPipes;
  private final Effects effects;
  private final AnswerQueue answers = new AnswerQueue();
  private final Sessions sessions = new Sessions();
  private final Alignment alignment;
  private final RouteDesk desk;

  private Phase phase = Phase.ALIGNING;
  private boolean lost;
  private boolean resendDue;
  private String version = "";
  private long pollAtNanos;
  private long proveAtNanos;
  private boolean proofAsked;

  /**
   * @param namedPipes whether ExaBGP may be absent without the pipe ending
   * @param owned every prefix that this speaker may announce
   */
  ExaBgpSession(boolean namedPipes, Set<Prefix> owned, RandomGenerator random, Effects effects) {
    this.namedPipes = namedPipes;
    this.effects = effects;
    this.alignment = new Alignment(answers, random, effects);
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
      prove(nowNanos);
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
  void end(String reason) {
    if (phase != Phase.ENDED) {
      phase = Phase.ENDED;
      answers.reset();
      desk.end();
      effects.emit(new SpeakerEvent.Ended(reason));
    }
  }

  void line(String raw, long nowNanos) {
    if (phase == Phase.ENDED) {
      return;
    }
    StreamLine line = StreamLine.Parser.parse(raw);
    if (line instanceof StreamLine.AnswerText text) {
      answers.text(text.text(), nowNanos);
    } else if (line instanceof StreamLine.State state) {
      state(state);
    } else if (line instanceof StreamLine.Shutdown) {
      end("ExaBGP shuts down");
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
      return OptionalLong.of(proveAtNanos);
    }
    if (answers.isAligning()) {
      return OptionalLong.of(alignment.dueNanos());
    }
    OptionalLong oldest = answers.oldestNanos();
    if (oldest.isPresent()) {
      return OptionalLong.of(oldest.getAsLong() + ANSWER_NANOS);
    }
    return phase == Phase.SYNCHRONISED ? OptionalLong.of(pollAtNanos) : OptionalLong.empty();
  }

  void tick(long nowNanos) {
    if (phase == Phase.ENDED) {
      return;
    }
    if (phase == Phase.PROVING) {
      if (nowNanos - proveAtNanos >= 0) {
        proofMissing(nowNanos);
      }
    } else if (answers.isAligning()) {
      if (nowNanos - alignment.dueNanos() >= 0) {
        markerMissing(nowNanos);
      }
    } else if (isOverdue(nowNanos)) {
      answerMissing(nowNanos);
    } else if (phase == Phase.SYNCHRONISED && nowNanos - pollAtNanos >= 0) {
      poll(nowNanos);
    }
    pump(nowNanos);
  }

  private boolean isOverdue(long nowNanos) {
    OptionalLong oldest = answers.oldestNanos();
    return oldest.isPresent() && nowNanos - oldest.getAsLong() >= ANSWER_NANOS;
  }

  // ---- the handshake ----

  private void prove(long nowNanos) {
    phase = Phase.PROVING;
    proofAsked = true;
    proveAtNanos = nowNanos + ANSWER_NANOS;
    ask(Command.Kind.VERSION, CommandText.VERSION, nowNanos);
  }

  private void proofMissing(long nowNanos) {
    if (proofAsked) {
      lose("no answer from ExaBGP behind its named pipes");
      answers.reset();
      effects.drain();
      proofAsked = false;
      proveAtNanos = nowNanos + PROVE_AGAIN_NANOS;
    } else {
      prove(nowNanos);
    }
  }

  private void align(long nowNanos) {
    alignment.begin(nowNanos);
  }

  private void markerMissing(long nowNanos) {
    lose(
        "no answer within "
            + Duration.ofNanos(ANSWER_NANOS).toSeconds()
            + " s (is exabgp.api.ack true?)");
    if (namedPipes) {
      abandon(nowNanos);
      return;
    }
    alignment.again(nowNanos);
  }

  private void answerMissing(long nowNanos) {
    if (namedPipes) {
      lose("no answer from ExaBGP behind its named pipes");
      abandon(nowNanos);
    } else {
      align(nowNanos);
    }
  }

  /** Named pipes: ExaBGP is presumed gone, and must not find old commands when it returns. */
  private void abandon(long nowNanos) {
    List<RouteChange> unsaid = new ArrayList<>();
    answers.reset().forEach(command -> unsaid.addAll(command.changes()));
    effects.drain();
    phase = Phase.PROVING;
    proofAsked = false;
    proveAtNanos = nowNanos + PROVE_AGAIN_NANOS;
    desk.reject(unsaid, "ExaBGP does not answer");
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
    phase = Phase.ALIGNING;
    align(nowNanos);
  }

  // ---- answers ----

  private void answered(Answer.End end, long nowNanos) {
    AnswerQueue.Match match = answers.end(end);
    if (match instanceof AnswerQueue.Match.Answered one) {
      answered(one.command(), one.answer(), nowNanos);
    } else if (match instanceof AnswerQueue.Match.OutOfStep outOfStep) {
      resynchronise(outOfStep.reason(), nowNanos);
    } else if (match instanceof AnswerQueue.Match.Aligned aligned) {
      aligned(aligned, nowNanos);
    } else if (answers.isAligning() && answers.isRefusedThroughout()) {
      answers.reset();
      step(Phase.GRAMMAR, Command.Kind.GRAMMAR, CommandText.GRAMMAR, nowNanos);
    }
  }

  private void answered(Command command, Answer answer, long nowNanos) {
    if (answer.end() == Answer.End.SHUTDOWN) {
      end("ExaBGP shuts down");
      return;
    }
    boolean done = answer.end() == Answer.End.DONE;
    switch (command.kind()) {
      case ANNOUNCE, ANNOUNCE_BULK, WITHDRAW, WITHDRAW_BULK -> desk.receipt(command, answer);
      case MARK -> {}
      case GRAMMAR -> {
        if (done) {
          phase = Phase.ALIGNING;
          align(nowNanos);
        } else {
          end("ExaBGP understands neither grammar: " + answer.reason());
        }
      }
      case VERSION -> versionKnown(command, answer, nowNanos);
      case CONFIGURATION -> {
        sessions.configure(NeighborReport.configured(answer.lines()));
        step(Phase.SUMMARY, Command.Kind.SUMMARY, CommandText.SUMMARY, nowNanos);
      }
      case SUMMARY -> summary(answer, nowNanos);
      case ADJ_RIB -> {
        if (done) {
          synchronised(AdjRibReport.parse(answer.lines()), nowNanos);
        } else {
          resynchronise("show adj-rib out: " + answer.reason(), nowNanos);
        }
      }
    }
  }

  private void versionKnown(Command command, Answer answer, long nowNanos) {
    boolean proven = false;
    for (String line : answer.lines()) {
      if (line.startsWith("exabgp ")) {
        version = line;
        proven = true;
      }
    }
    if (phase == Phase.PROVING && !proven) {
      answers.add(command); // another client's answer, or an old one
    } else if (phase == Phase.PROVING) {
      phase = Phase.ALIGNING;
      align(nowNanos);
    } else {
      step(Phase.CONFIGURATION, Command.Kind.CONFIGURATION, CommandText.CONFIGURATION, nowNanos);
    }
  }

  private void aligned(AnswerQueue.Match.Aligned aligned, long nowNanos) {
    if (aligned.answers().isPresent()) {
      List<Answer> each = aligned.answers().get();
      for (int i = 0; i < aligned.suspects().size(); i++) {
        Command command = aligned.suspects().get(i);
        if (!command.changes().isEmpty()) {
          desk.receipt(command, each.get(i));
        }
      }
    } else {
      List<RouteChange> changes = new ArrayList<>();
      aligned.suspects().forEach(command -> changes.addAll(command.changes()));
      desk.reject(changes, "no answer within 2 s");
      if (phase == Phase.SYNCHRONISED) {
        lose("ExaBGP left a command unanswered");
      }
    }
    if (phase != Phase.SYNCHRONISED || lost) {
      step(Phase.VERSION, Command.Kind.VERSION, CommandText.VERSION, nowNanos);
    }
  }

  // ---- sessions ----

  private void synchronised(Rib held, long nowNanos) {
    phase = Phase.SYNCHRONISED;
    lost = false;
    effects.emit(new SpeakerEvent.Synchronised(held, version));
    effects.emit(
        new SpeakerEvent.Notice(NEIGHBOR_CHANGES, namedPipes ? "" : sessions.missingEvents()));
    sessions.peersUp().forEach(peer -> effects.emit(new SpeakerEvent.SessionUp(peer)));
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
    for (String peer : sessions.peersUp()) {
      if (!up.containsKey(peer)) {
        down(peer, "not established any more");
      }
    }
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
