package org.bgpannouncer.config;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/** The keys that may stand side by side in one mapping. */
final class KeyGroup {
  private final String title;
  private final Map<String, Key<?>> keys = new LinkedHashMap<>();

  private KeyGroup(String title) {
    this.title = title;
  }

  static KeyGroup of(String title, Key<?>... keys) {
    KeyGroup group = new KeyGroup(title);
    for (Key<?> key : keys) {
      if (group.keys.put(key.name(), key) != null) {
        throw new IllegalStateException("key: " + key.name() + " (expected: once)");
      }
    }
    return group;
  }

  /** Where the keys stand, e.g. {@code hosts[].p2p}: the heading in the documentation. */
  String title() {
    return title;
  }

  Map<String, Key<?>> keys() {
    return keys;
  }

  /** What to write instead of {@code unknown}: the nearest key, or all of them. */
  String insteadOf(String unknown) {
    return nearest(unknown).orElseGet(() -> String.join(", ", keys.keySet()));
  }

  private Optional<String> nearest(String unknown) {
    for (String key : keys.keySet()) {
      if (key.startsWith(unknown + "-")) {
        return Optional.of(key);
      }
    }
    String best = "";
    int bestDistance = Math.max(1, unknown.length() / 3) + 1;
    for (String key : keys.keySet()) {
      int distance = distance(unknown.replace('_', '-'), key, bestDistance);
      if (distance < bestDistance) {
        best = key;
        bestDistance = distance;
      }
    }
    return best.isEmpty() ? Optional.empty() : Optional.of(best);
  }

  // Optimal string alignment: insert, delete, replace, or swap of neighbours, each costs one.
  private static int distance(String a, String b, int limit) {
    if (Math.abs(a.length() - b.length()) >= limit) {
      return limit;
    }
    int[][] cost = new int[a.length() + 1][b.length() + 1];
    for (int i = 0; i <= a.length(); i++) {
      Arrays.setAll(cost[i], j -> 0);
      cost[i][0] = i;
    }
    for (int j = 0; j <= b.length(); j++) {
      cost[0][j] = j;
    }
    for (int i = 1; i <= a.length(); i++) {
      for (int j = 1; j <= b.length(); j++) {
        boolean same = a.charAt(i - 1) == b.charAt(j - 1);
        cost[i][j] =
            Math.min(
                cost[i - 1][j - 1] + (same ? 0 : 1), Math.min(cost[i - 1][j], cost[i][j - 1]) + 1);
        if (i > 1
            && j > 1
            && a.charAt(i - 1) == b.charAt(j - 2)
            && a.charAt(i - 2) == b.charAt(j - 1)) {
          cost[i][j] = Math.min(cost[i][j], cost[i - 2][j - 2] + 1);
        }
      }
    }
    return cost[a.length()][b.length()];
  }
}
