package org.bgpannouncer.speaker.bird;

/**
 * One line of a reply of BIRD's.
 *
 * @param code the four digits, its own or those of the line before (BIRD: doc/reply_codes)
 * @param last whether the reply ends with it
 * @param text what follows the code, not for reading where a code says it
 */
record ReplyLine(int code, boolean last, String text) {
  static final int WELCOME = 1;
  static final int RECONFIGURED = 3;
  static final int RECONFIGURING = 4;
  static final int SHUTTING_DOWN = 6;
  static final int VERSION = 1000;
  static final int PROTOCOL = 1002;
  static final int ROUTE = 1007;
  static final int ROUTE_DETAIL = 1008;
  static final int ROUTE_ATTRIBUTE = 1012;
  static final int PROTOCOL_HEADING = 2002;
  static final int LINE_TOO_LONG = 8000;
  static final int NO_SUCH_NETWORK = 8001;

  private static final int MAX_REASON = 200;

  /** Whether the command was refused: a run-time error, or one of its grammar. */
  boolean isRefusal() {
    return code >= 8000;
  }

  /** The text for people: printable and of bounded length. */
  String reason() {
    String kept = text.replaceAll("[^\\x20-\\x7e]", "?");
    kept = kept.length() > MAX_REASON ? kept.substring(0, MAX_REASON) + "..." : kept;
    return "BIRD: %s (%04d)".formatted(kept, code);
  }
}
