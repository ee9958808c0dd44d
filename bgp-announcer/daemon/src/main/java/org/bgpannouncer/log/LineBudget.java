package org.bgpannouncer.log;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.ObjIntConsumer;
import org.bgpannouncer.probe.time.Loop;
import org.slf4j.event.Level;

/**
 * Bounds how many lines of a kind are written: a load of ten thousand routes shall not push what
 * matters out of the log. Nothing is lost silently; what was not written is counted, and told when
 * the second is over. Thread-safe.
 */
final class LineBudget {
  /** How many lines of a kind are written within a second. */
  static final int LINES = 50;

  private static final Duration WINDOW = Duration.ofSeconds(1);

  private final Loop loop;
  private final ObjIntConsumer<Kind> untold;
  private Map<Kind, Integer> asked = new LinkedHashMap<>();

  /**
   * Lines that count together.
   *
   * @param change announce, withdraw, or empty
   */
  record Kind(Level level, String event, String site, String change) {}

  /** Tells {@code untold} on {@code loop} how many lines of a kind were not granted. */
  LineBudget(Loop loop, ObjIntConsumer<Kind> untold) {
    this.loop = loop;
    this.untold = untold;
  }

  /** Whether one more line of this kind may be written; if not, it is counted. */
  synchronized boolean grants(Kind kind) {
    if (asked.isEmpty()) {
      loop.schedule(WINDOW.toNanos(), this::settle);
    }
    return asked.merge(kind, 1, Integer::sum) <= LINES;
  }

  /** Tells the counts, and begins anew. */
  void settle() {
    Map<Kind, Integer> over;
    synchronized (this) {
      over = asked;
      asked = new LinkedHashMap<>();
    }
    over.forEach(
        (kind, lines) -> {
          if (lines > LINES) {
            untold.accept(kind, lines - LINES);
          }
        });
  }
}
