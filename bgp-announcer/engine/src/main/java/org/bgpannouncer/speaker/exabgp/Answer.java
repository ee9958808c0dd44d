package org.bgpannouncer.speaker.exabgp;

import java.util.List;
import java.util.Locale;

/**
 * What ExaBGP said to one command: any number of lines, then {@code done}, {@code error} or {@code
 * shutdown}.
 *
 * @param end how it ended
 * @param lines what came before the end, bounded
 * @param isWhole whether that is all of it
 */
record Answer(End end, List<String> lines, boolean isWhole) {
  enum End {
    DONE,
    ERROR,
    SHUTDOWN
  }

  Answer {
    lines = List.copyOf(lines);
  }

  /** Whether this is the report of {@code show neighbor summary}: its header cannot be missing. */
  boolean isSummary() {
    return end == End.DONE && lines.stream().anyMatch(NeighborReport::isSummaryHeader);
  }

  /** Whether it says {@code done} and nothing else. */
  boolean isBare() {
    return end == End.DONE && lines.isEmpty() && isWhole;
  }

  /** The text for an operator. */
  String reason() {
    String last = lines.isEmpty() ? "" : ": " + lines.get(lines.size() - 1);
    return "ExaBGP answered " + end.name().toLowerCase(Locale.ROOT) + last;
  }
}
