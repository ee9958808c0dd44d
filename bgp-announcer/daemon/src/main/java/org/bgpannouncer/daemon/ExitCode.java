package org.bgpannouncer.daemon;

/** What the process says when it ends; beyond 1 as in sysexits.h. */
public enum ExitCode {
  /** Done. */
  OK(0),
  /**
   * The answer is no: a probe not OK, an expectation unmet, a reload or drain refused, a file that
   * differs, something to mend.
   */
  NO(1),
  /** The command line is wrong. */
  USAGE(64),
  /** A fault of ours. */
  SOFTWARE(70),
  /** A file, pipe or socket failed. */
  IO(74),
  /** Another announcer has taken over the pipe to ExaBGP. */
  TAKEN_OVER(75),
  /** The configuration is wrong. */
  CONFIG(78);

  private final int code;

  ExitCode(int code) {
    this.code = code;
  }

  /** The number. */
  public int code() {
    return code;
  }
}
