package org.bgpannouncer.speaker.exabgp;

import java.util.List;
import org.bgpannouncer.route.RouteChange;

/**
 * One line that was written and waits for its answer.
 *
 * @param kind what it is
 * @param text the line, without its end
 * @param changes the route changes it carries; empty for questions
 * @param writtenNanos when it was handed to the writer
 * @param rest what must be said after it for the changes to be carried out: the same to other
 *     neighbours
 */
record Command(
    Kind kind, String text, List<RouteChange> changes, long writtenNanos, List<String> rest) {
  enum Kind {
    /** One line of a {@link Marker}. */
    MARK,
    /** {@code version}: answered at once, before older commands that ExaBGP still works on. */
    VERSION,
    /** {@code system api version 4}: makes ExaBGP 6 understand the rest. */
    GRAMMAR,
    /** {@code show neighbor configuration}. */
    CONFIGURATION,
    /** {@code show neighbor summary}. */
    SUMMARY,
    /** {@code show adj-rib out extensive}. */
    ADJ_RIB,
    /** One route. */
    ANNOUNCE,
    /** Several routes with the same attributes. */
    ANNOUNCE_BULK,
    /** One prefix. */
    WITHDRAW,
    /** Several prefixes. */
    WITHDRAW_BULK;

    /** Whether the answer is a report of lines, which may take its time. */
    boolean isReport() {
      return this == CONFIGURATION || this == SUMMARY || this == ADJ_RIB;
    }
  }

  Command {
    changes = List.copyOf(changes);
    rest = List.copyOf(rest);
  }

  Command(Kind kind, String text, List<RouteChange> changes, long writtenNanos) {
    this(kind, text, changes, writtenNanos, List.of());
  }

  /** The first of the rest, written now. */
  Command continued(long nowNanos) {
    return new Command(kind, rest.get(0), changes, nowNanos, rest.subList(1, rest.size()));
  }
}
