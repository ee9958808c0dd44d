package org.bgpannouncer.config;

import java.util.List;
import java.util.TreeSet;
import java.util.regex.Pattern;

/** Collects what is wrong with one file; a problem two sites inherit is told once. */
final class Problems {
  private static final int MAX_VALUE_CHARS = 80;

  /** Keys are the file's own words too, wherever they are not known. */
  private static final int MAX_PATH_CHARS = 200;

  /** A rule is our own word, but it may name something of the file's. */
  private static final int MAX_RULE_CHARS = 1_000;

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
    found.add(
        new ConfigProblem(
            file,
            at.line(),
            at.column(),
            path(at.path()),
            printable(value),
            printable(rule, MAX_RULE_CHARS)));
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

  /** A path, fit for a terminal. */
  static String path(String path) {
    return printable(path, MAX_PATH_CHARS);
  }

  private static String printable(String value) {
    return printable(value, MAX_VALUE_CHARS);
  }

  private static String printable(String text, int maxChars) {
    String cut = text.length() > maxChars ? text.substring(0, maxChars) + "..." : text;
    return USER_INFO.matcher(cut).replaceAll("//***@").replaceAll("[^\\x20-\\x7e]", "?");
  }
}
