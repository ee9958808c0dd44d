package org.bgpannouncer.probe;

import java.util.regex.Pattern;

/** Text of a peer, made fit for a log line and a terminal. */
public final class PlainText {
  // C0 and C1 controls (U+009B begins a terminal's escape sequence as ESC [ does), what reorders or
  // hides text (Unicode category Cf), and the two line ends that are no control characters.
  private static final Pattern UNFIT = Pattern.compile("[\\p{Cc}\\p{Cf}\\u2028\\u2029]");

  private PlainText() {}

  /** {@code text} on one line, with {@code ?} for each character that is not shown as itself. */
  public static String of(String text) {
    return isPrintableAscii(text) ? text : UNFIT.matcher(text).replaceAll("?");
  }

  // Nearly all text is, and every observation passes here.
  private static boolean isPrintableAscii(String text) {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c < ' ' || c > '~') {
        return false;
      }
    }
    return true;
  }
}
