package org.bgpannouncer.doctor;

/** A question that has no answer here. */
final class CannotTellException extends Exception {
  private static final long serialVersionUID = 1;

  private final String missing;

  CannotTellException(String missing) {
    super(missing);
    this.missing = missing;
  }

  /** What is missing for an answer. */
  String missing() {
    return missing;
  }
}
