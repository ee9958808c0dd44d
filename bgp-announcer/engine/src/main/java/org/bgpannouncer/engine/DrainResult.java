package org.bgpannouncer.engine;

import java.util.List;

/**
 * What a drain, or its end, did.
 *
 * @param differences one line per change of what is announced; empty: nothing changes at the
 *     routers
 * @param problems why it was refused; empty: it was done. With a problem nothing changes at all
 */
public record DrainResult(List<String> differences, List<String> problems) {
  /** Copies the lists. */
  public DrainResult {
    differences = List.copyOf(differences);
    problems = List.copyOf(problems);
  }

  /** Whether it was done. */
  public boolean accepted() {
    return problems.isEmpty();
  }
}
