package org.bgpannouncer.speaker.exabgp;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Gives each answer to the command it belongs to. ExaBGP answers in the order of asking, with two
 * exceptions that matter: {@code version} overtakes what is still being worked on, and 4.2 says
 * nothing at all to some bad commands. After doubt the queue is {@linkplain #align aligned} by a
 * {@link Marker}: until it has come round, nothing is believed.
 *
 * <p>Not thread-safe.
 */
final class AnswerQueue {
  /**
   * What exceeds this is not kept, and the answer not whole. The configuration of a neighbour has
   * about 1,000 characters; routes are not kept as text.
   */
  static final int MAX_ANSWER_CHARS = 4_000_000;

  /** Old answers kept while a marker is on its way. */
  static final int MAX_OLD_ANSWERS = 10_000;

  /** What a line meant. */
  sealed interface Match {
    /** Nothing yet, or an answer that nobody waits for. */
    record Nothing() implements Match {}

    /**
     * A command is answered.
     *
     * @param routes the routes in the answer, if they were asked for; they are not in its lines
     */
    record Answered(Command command, Answer answer, AdjRibReport routes) implements Match {}

    /** An answer cannot be that of the command whose turn it is: one went missing. */
    record OutOfStep(String reason) implements Match {}

    /**
     * The marker came round.
     *
     * @param suspects what was unanswered when it was written, in order
     * @param answers theirs, if each got exactly one
     */
    record Aligned(List<Command> suspects, Optional<List<Answer>> answers) implements Match {}
  }

  private static final Match NOTHING = new Match.Nothing();

  private final Deque<Command> waiting = new ArrayDeque<>();
  private final List<String> lines = new ArrayList<>();
  private List<Command> suspects = List.of();
  private final List<Answer> sinceDoubt = new ArrayList<>();
  private @Nullable Marker marker;
  private long lastLineNanos;
  private int answerChars;
  private AdjRibReport routes = new AdjRibReport();

  /** Remembers a command that was written. */
  void add(Command command) {
    if (waiting.isEmpty()) {
      lastLineNanos = command.writtenNanos();
    }
    waiting.add(command);
  }

  /**
   * How many commands that carry changes are unanswered, suspects included. Questions are not
   * counted: while ExaBGP stalls the lines of marker after marker pile up, and must not keep a
   * withdraw back.
   */
  int unansweredChanges() {
    return (int)
        Stream.concat(waiting.stream(), suspects.stream())
            .filter(command -> !command.changes().isEmpty())
            .count();
  }

  boolean isWaitingFor(Command.Kind kind) {
    return waiting.stream().anyMatch(command -> command.kind() == kind);
  }

  /** Whether a marker is on its way. */
  boolean isAligning() {
    return marker != null;
  }

  /**
   * Everything unanswered becomes suspect, and {@code next} is what to wait for. Its lines must be
   * written next, and nothing between them.
   */
  void align(Marker next, long nowNanos) {
    List<Command> all = new ArrayList<>(suspects);
    Marker last = marker;
    if (last != null) {
      // An earlier marker that has not come round: its lines are commands like any other.
      for (Boolean bit : last.bits()) {
        all.add(new Command(Command.Kind.MARK, Marker.line(bit), List.of(), nowNanos));
      }
    }
    all.addAll(waiting);
    suspects = all;
    waiting.clear();
    marker = next;
  }

  /** Forgets everything: the other side is gone. Returns what was unanswered. */
  List<Command> reset() {
    List<Command> all = new ArrayList<>(suspects);
    all.addAll(waiting);
    suspects = List.of();
    waiting.clear();
    forgetLines();
    sinceDoubt.clear();
    marker = null;
    return all;
  }

  /**
   * When the oldest command was written; for a report, when its last line came. Empty while nothing
   * is unanswered or while aligning.
   */
  OptionalLong oldestNanos() {
    Command oldest = waiting.peek();
    if (oldest == null || marker != null) {
      return OptionalLong.empty();
    }
    return OptionalLong.of(
        oldest.kind().isReport()
            ? Math.max(oldest.writtenNanos(), lastLineNanos)
            : oldest.writtenNanos());
  }

  /** Whether the oldest has waited too long. */
  boolean isOverdue(long nowNanos) {
    OptionalLong oldest = oldestNanos();
    return oldest.isPresent() && nowNanos - oldest.getAsLong() >= ExaBgpSession.ANSWER_NANOS;
  }

  /** A line of an answer. */
  void text(String line, long nowNanos) {
    lastLineNanos = nowNanos;
    Command oldest = waiting.peek();
    if (marker == null
        && (oldest == null || (oldest.kind() == Command.Kind.ADJ_RIB && routes.add(line)))) {
      return;
    }
    answerChars = Math.min(MAX_ANSWER_CHARS, answerChars + line.length() + 1);
    if (answerChars < MAX_ANSWER_CHARS) {
      lines.add(line);
    }
  }

  private void forgetLines() {
    lines.clear();
    answerChars = 0;
    routes = new AdjRibReport();
  }

  /** The end of an answer. */
  Match end(Answer.End end) {
    Marker expected = marker;
    Answer answer =
        new Answer(
            end,
            expected == null ? lines : shortened(lines),
            answerChars < MAX_ANSWER_CHARS && routes.isWhole());
    AdjRibReport reported = routes;
    forgetLines();
    if (expected != null) {
      return aligning(expected, answer);
    }
    if (isVersion(answer)) {
      return version(answer);
    }
    Command oldest = waiting.poll();
    if (oldest == null) {
      return NOTHING;
    }
    boolean summary = oldest.kind() == Command.Kind.SUMMARY;
    boolean bare = !oldest.changes().isEmpty(); // no version prints a line before such a done
    if (end == Answer.End.DONE && (summary != answer.isSummary() || (bare && !answer.isBare()))) {
      waiting.addFirst(oldest);
      return new Match.OutOfStep("an answer to another command than \"" + oldest.text() + "\"");
    }
    return new Match.Answered(oldest, answer, reported);
  }

  private Match aligning(Marker expected, Answer answer) {
    sinceDoubt.add(answer);
    if (sinceDoubt.size() > MAX_OLD_ANSWERS) {
      sinceDoubt.subList(0, MAX_OLD_ANSWERS / 2).clear();
    }
    if (!expected.endsWith(sinceDoubt)) {
      return NOTHING;
    }
    int before = sinceDoubt.size() - expected.bits().size();
    Match.Aligned aligned =
        new Match.Aligned(
            suspects,
            before == suspects.size()
                ? Optional.of(List.copyOf(sinceDoubt.subList(0, before)))
                : Optional.empty());
    suspects = List.of();
    sinceDoubt.clear();
    marker = null;
    return aligned;
  }

  /** Whether everything since the doubt was an error: ExaBGP 6 does not know this grammar. */
  boolean isRefusedThroughout() {
    int size = sinceDoubt.size();
    return size >= Marker.LENGTH
        && sinceDoubt.subList(size - Marker.LENGTH, size).stream()
            .allMatch(answer -> answer.end() == Answer.End.ERROR);
  }

  /** Of an answer in doubt only the kind matters, and the beginning for the operator. */
  private static List<String> shortened(List<String> lines) {
    return lines.stream()
        .limit(3)
        .map(line -> line.length() > 200 ? line.substring(0, 200) : line)
        .toList();
  }

  private Match version(Answer answer) {
    for (Iterator<Command> commands = waiting.iterator(); commands.hasNext(); ) {
      Command command = commands.next();
      if (command.kind() == Command.Kind.VERSION) {
        commands.remove();
        return new Match.Answered(command, answer, new AdjRibReport());
      }
    }
    return NOTHING;
  }

  private static boolean isVersion(Answer answer) {
    return answer.lines().stream().anyMatch(line -> line.matches("exabgp [0-9]+\\..{0,80}"));
  }
}
