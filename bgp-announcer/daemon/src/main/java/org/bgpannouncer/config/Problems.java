package org.bgpannouncer.config;

import java.util.List;
import java.util.TreeSet;
import java.util.regex.Pattern;

/** Collects what is wrong with one file; a problem two sites inherit is told once. */
final class Problems {
  private static final int MAX_VALUE_CHARS = 80;

  /** Whatever stands before the @ of a URL is a secret, also where a URL is not allowed. */
  private static final Pattern USER_INFO = Pattern.compile("//[^/@]*@");

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

  /** Somebody reads what a problem was already told about. */
  void again() {
    added++;
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
    return USER_INFO.matcher(cut).replaceAll("//***@").replaceAll("[^\\x20-\\x7e]", "?");
  }
}
