package org.bgpannouncer.config;

import java.util.List;
import java.util.TreeSet;

/** Collects what is wrong with one file; a problem two sites inherit is told once. */
final class Problems {
  private static final int MAX_VALUE_CHARS = 80;

  private final String file;
  private final TreeSet<ConfigProblem> found = new TreeSet<>();
  private int added;

  Problems(String file) {
    this.file = file;
  }

  void add(Node.Location at, String value, String rule) {
    added++;
    found.add(new ConfigProblem(file, at.line(), at.column(), at.path(), printable(value), rule));
  }

  /** Grows with every problem, also with one that was known already. */
  int count() {
    return added;
  }

  List<ConfigProblem> inOrder() {
    return List.copyOf(found);
  }

  private static String printable(String value) {
    String cut =
        value.length() > MAX_VALUE_CHARS ? value.substring(0, MAX_VALUE_CHARS) + "..." : value;
    return cut.replaceAll("[^\\x20-\\x7e]", "?");
  }
}
