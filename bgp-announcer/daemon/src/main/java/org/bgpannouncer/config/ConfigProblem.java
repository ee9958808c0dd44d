package org.bgpannouncer.config;

import java.util.Comparator;

/**
 * One thing that is wrong with a file.
 *
 * @param file the file's name as it was given
 * @param line 1-based
 * @param column 1-based
 * @param path where in the tree, e.g. {@code hosts[0].p2p.port}
 * @param value what stands there, cut to what may be printed; never a secret
 * @param rule what is expected instead
 */
public record ConfigProblem(
    String file, int line, int column, String path, String value, String rule)
    implements Comparable<ConfigProblem> {
  private static final Comparator<ConfigProblem> ORDER =
      Comparator.comparingInt(ConfigProblem::line)
          .thenComparingInt(ConfigProblem::column)
          .thenComparing(ConfigProblem::path)
          .thenComparing(ConfigProblem::value)
          .thenComparing(ConfigProblem::rule);

  @Override
  public int compareTo(ConfigProblem other) {
    return ORDER.compare(this, other);
  }

  /** {@code FILE:LINE:COL path: value (expected: rule)}. */
  @Override
  public String toString() {
    return file
        + ":"
        + line
        + ":"
        + column
        + " "
        + path
        + ": "
        + value
        + " (expected: "
        + rule
        + ")";
  }
}
