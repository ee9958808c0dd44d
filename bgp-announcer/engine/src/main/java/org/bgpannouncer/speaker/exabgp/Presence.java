package org.bgpannouncer.speaker.exabgp;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.bgpannouncer.route.RouteChange;

/**
 * Whether ExaBGP is there behind its named pipes, which outlive it: what is written while it is
 * away, it would execute at its next start. So nothing but {@code version} is, until that is
 * answered. Not thread-safe.
 */
final class Presence {
  /** The pause between two attempts to find it. */
  static final long AGAIN_NANOS = Duration.ofSeconds(1).toNanos();

  private final AnswerQueue answers;
  private final Effects effects;
  private boolean asked;
  private long dueNanos;

  Presence(AnswerQueue answers, Effects effects) {
    this.answers = answers;
    this.effects = effects;
  }

  /** Asks for its version. */
  void ask(long nowNanos) {
    asked = true;
    dueNanos = nowNanos + ExaBgpSession.ANSWER_NANOS;
    answers.add(new Command(Command.Kind.VERSION, CommandText.VERSION, List.of(), nowNanos));
    effects.write(CommandText.VERSION);
  }

  /** When the answer is overdue, or the next attempt due. */
  long dueNanos() {
    return dueNanos;
  }

  /** Whether an answer is awaited. */
  boolean isAsked() {
    return asked;
  }

  /**
   * It is presumed gone: takes back what it has not read, and returns what nobody will answer now.
   */
  List<RouteChange> giveUp(long nowNanos) {
    List<RouteChange> unsaid = new ArrayList<>();
    answers.reset().forEach(command -> unsaid.addAll(command.changes()));
    effects.drain();
    asked = false;
    dueNanos = nowNanos + AGAIN_NANOS;
    return unsaid;
  }

  /** The version in an answer; empty when it is another client's answer, or an old one. */
  static Optional<String> version(Answer answer) {
    return answer.lines().stream().filter(line -> line.startsWith("exabgp ")).findFirst();
  }
}
