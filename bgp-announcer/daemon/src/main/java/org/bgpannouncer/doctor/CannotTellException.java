package org.bgpannouncer.doctor;

/** A question that has no answer here. */
final class CannotTellException extends Exception {
  private static final long serialVersionUID = 1;

  private final String missing;
  private final boolean notInstalled;

  CannotTellException(String missing) {
    this(missing, false);
  }

  private CannotTellException(String missing, boolean notInstalled) {
    super(missing);
    this.missing = missing;
    this.notInstalled = notInstalled;
  }

  static CannotTellException notInstalled(String program) {
    return new CannotTellException(program + ": not installed, or not to be run by us", true);
  }

  /** What is missing for an answer. */
  String missing() {
    return missing;
  }

  /** Whether a program is not there. */
  boolean isNotInstalled() {
    return notInstalled;
  }
}
