package org.bgpannouncer.doctor;

import java.util.Locale;

/**
 * The answer to one question about a machine.
 *
 * @param check the question
 * @param verdict how it stands
 * @param found what was seen, with what was expected
 * @param why what it leads to; empty unless the verdict {@link Verdict#isBad() is bad}
 * @param mend the shell command that mends it, for root; after a {@code #}, what no command can do
 */
public record Finding(Check check, Verdict verdict, String found, String why, String mend) {
  /** How it stands. */
  public enum Verdict {
    /** As it should be. */
    OK,
    /** Will hurt in some hours, or some clients. */
    WARNING,
    /** The service does not work, or is withdrawn too late, or clients are sent astray. */
    PROBLEM,
    /** Not to be seen from here: a program or a file is missing. */
    UNCHECKED;

    /** Whether there is something to mend. */
    public boolean isBad() {
      return this == WARNING || this == PROBLEM;
    }

    /** As it is printed. */
    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  static Finding ok(Check check, String found) {
    return new Finding(check, Verdict.OK, found, "", "");
  }

  static Finding unchecked(Check check, String found) {
    return new Finding(check, Verdict.UNCHECKED, found, "", "");
  }

  static Finding warning(Check check, String found, String why, String mend) {
    return new Finding(check, Verdict.WARNING, found, why, mend);
  }

  static Finding problem(Check check, String found, String why, String mend) {
    return new Finding(check, Verdict.PROBLEM, found, why, mend);
  }
}
