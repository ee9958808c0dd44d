package org.bgpannouncer.probe.http;

/**
 * A text that can be looked at only so often. An expression that backtracks without end over what a
 * host sends would hold the event loop; here it fails after a fixed number of steps, the same on
 * every machine.
 */
final class BoundedText implements CharSequence {
  /** About eight looks at each character of the longest body; a few milliseconds. */
  static final int MAX_LOOKS = 2_000_000;

  private final CharSequence text;
  private final Looks looks;

  /** Thrown when the text was looked at too often. */
  static final class Exhausted extends RuntimeException {
    private static final long serialVersionUID = 1;

    Exhausted() {
      super("more than " + MAX_LOOKS + " steps", null, false, false);
    }
  }

  private static final class Looks {
    private int left = MAX_LOOKS;
  }

  BoundedText(CharSequence text) {
    this(text, new Looks());
  }

  private BoundedText(CharSequence text, Looks looks) {
    this.text = text;
    this.looks = looks;
  }

  @Override
  public int length() {
    return text.length();
  }

  @Override
  public char charAt(int index) {
    if (--looks.left < 0) {
      throw new Exhausted();
    }
    return text.charAt(index);
  }

  @Override
  public CharSequence subSequence(int start, int end) {
    return new BoundedText(text.subSequence(start, end), looks);
  }

  @Override
  public String toString() {
    return text.toString();
  }
}
