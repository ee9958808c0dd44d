package org.bgpannouncer.speaker.bird;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Reads the columns of {@code show protocols}: {@code 1002-edge1 BGP --- up 10:00:00 Established}.
 * Not thread-safe.
 */
final class ProtocolReport {
  /** A router's neighbours are hundreds; the bound is for a BIRD gone mad. */
  static final int MAX_PROTOCOLS = 10_000;

  private static final Pattern COLUMNS =
      Pattern.compile("(\\S+) +(\\S+) +(\\S+) +(\\S+) +(.*)", Pattern.DOTALL);

  /**
   * One protocol.
   *
   * @param type its kind, e.g. BGP
   * @param up whether it is: a BGP protocol is when its session is established
   * @param rest since when and what more BIRD says, for people
   */
  record State(String type, boolean up, String rest) {}

  private final Map<String, State> protocols = new LinkedHashMap<>();
  private boolean whole = true;

  /** Takes a line of the reply. */
  void add(ReplyLine line) {
    if (line.code() != ReplyLine.PROTOCOL) {
      return;
    }
    Matcher columns = COLUMNS.matcher(line.text());
    if (!columns.matches() || protocols.size() >= MAX_PROTOCOLS) {
      whole = false;
      return;
    }
    protocols.put(
        columns.group(1),
        new State(
            columns.group(2),
            columns.group(4).equals("up"),
            columns.group(5).replaceAll("[^\\x20-\\x7e]", "?").strip()));
  }

  /** The protocols by name. */
  Map<String, State> protocols() {
    return protocols;
  }

  /** Whether every line was understood. */
  boolean isWhole() {
    return whole;
  }
}
