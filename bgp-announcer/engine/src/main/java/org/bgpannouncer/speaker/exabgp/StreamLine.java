package org.bgpannouncer.speaker.exabgp;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * One line of ExaBGP's, told apart: the end of an answer, an event, or a line of an answer. Answers
 * and events share the stream.
 */
sealed interface StreamLine {
  /** The end of an answer, in text or as JSON ({@code exabgp_api_ackjson}, 5.x). */
  record AnswerEnd(Answer.End end) implements StreamLine {}

  /** A line of an answer. */
  record AnswerText(String text) implements StreamLine {}

  /** {@code neighbor-changes}: a session's state. */
  record State(String peer, Change change, String reason) implements StreamLine {}

  /** ExaBGP is about to end. */
  record Shutdown() implements StreamLine {}

  /** An event that does not concern us, or JSON that is none of ours. */
  record Ignored() implements StreamLine {}

  enum Change {
    UP,
    DOWN,
    /** TCP was attempted; says nothing. */
    OTHER
  }

  /** Reads lines; holds no state. */
  final class Parser {
    private static final ObjectMapper JSON = new ObjectMapper();

    // The text encoder's events: "neighbor 192.0.2.1 down - reason".
    private static final Pattern TEXT_STATE =
        Pattern.compile("neighbor (\\S+) (up|down|connected)(?: - (.*))?");
    // ... and its notice of the end, with the pids of ExaBGP and of its parent (4.2.21: text.py).
    private static final Pattern TEXT_SHUTDOWN = Pattern.compile("shutdown [0-9]+ [0-9]+");
    // ... and what "receive" and "send" of the api section ask for: on their own, no answer's.
    private static final Pattern TEXT_EVENT = Pattern.compile("neighbor \\S+ (receive|send) .*");
    private static final int MAX_REASON = 200;

    private Parser() {}

    static StreamLine parse(String raw) {
      String line = raw.trim();
      if (line.startsWith("{")) {
        return json(line);
      }
      Matcher state = TEXT_STATE.matcher(line);
      if (state.matches()) {
        return new State(
            state.group(1), change(state.group(2)), printable(Optional.ofNullable(state.group(3))));
      }
      if (TEXT_SHUTDOWN.matcher(line).matches()) {
        return new Shutdown();
      }
      if (TEXT_EVENT.matcher(line).matches()) {
        return new Ignored();
      }
      return end(line).<StreamLine>map(AnswerEnd::new).orElseGet(() -> new AnswerText(line));
    }

    private static StreamLine json(String line) {
      JsonNode node;
      try {
        node = JSON.readTree(line);
      } catch (JsonProcessingException | RuntimeException e) {
        return new Ignored();
      }
      if (node.has("exabgp")) {
        return event(node);
      }
      return end(node.path("answer").asText(""))
          .<StreamLine>map(AnswerEnd::new)
          .orElseGet(() -> new AnswerText(line));
    }

    private static StreamLine event(JsonNode node) {
      JsonNode neighbor = node.path("neighbor");
      return switch (node.path("type").asText("")) {
        case "state" ->
            new State(
                printable(Optional.of(neighbor.path("address").path("peer").asText(""))),
                change(neighbor.path("state").asText("")),
                printable(Optional.of(neighbor.path("reason").asText(""))));
        case "notification" ->
            node.path("notification").asText("").equals("shutdown")
                ? new Shutdown()
                : new Ignored();
        default -> new Ignored();
      };
    }

    private static Optional<Answer.End> end(String word) {
      return switch (word) {
        case "done" -> Optional.of(Answer.End.DONE);
        case "error" -> Optional.of(Answer.End.ERROR);
        case "shutdown" -> Optional.of(Answer.End.SHUTDOWN);
        default -> Optional.empty();
      };
    }

    private static Change change(String word) {
      return switch (word) {
        case "up" -> Change.UP;
        case "down" -> Change.DOWN;
        default -> Change.OTHER;
      };
    }

    private static String printable(Optional<String> text) {
      String kept = text.orElse("").replaceAll("[^\\x20-\\x7e]", "?");
      return kept.length() > MAX_REASON ? kept.substring(0, MAX_REASON) + "..." : kept;
    }
  }
}
