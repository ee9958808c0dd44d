package org.bgpannouncer.bgp.session;

import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/** Comparisons of {@link System#nanoTime} values, which may wrap; null is never. */
final class Deadlines {
  private Deadlines() {}

  static boolean hasPassed(@Nullable Long deadlineNanos, long nowNanos) {
    return deadlineNanos != null && nowNanos - deadlineNanos >= 0;
  }

  static OptionalLong earliest(@Nullable Long... deadlinesNanos) {
    OptionalLong earliest = OptionalLong.empty();
    for (Long deadline : deadlinesNanos) {
      if (deadline != null) {
        earliest = earlier(earliest, OptionalLong.of(deadline));
      }
    }
    return earliest;
  }

  static OptionalLong earlier(OptionalLong one, OptionalLong other) {
    if (one.isEmpty()) {
      return other;
    }
    return other.isPresent() && other.getAsLong() - one.getAsLong() < 0 ? other : one;
  }
}
