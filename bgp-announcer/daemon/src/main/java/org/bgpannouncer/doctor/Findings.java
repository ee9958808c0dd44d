package org.bgpannouncer.doctor;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** Asks questions, one after the other, and keeps the answers, each once. */
final class Findings {
  // A machine may be two hosts, about which the same is found.
  private final Set<Finding> all = new LinkedHashSet<>();

  /** What is not as it should be; empty if everything is. */
  @FunctionalInterface
  interface Question {
    List<Finding> ask() throws CannotTellException;
  }

  /**
   * Asks one question.
   *
   * @param good what is seen when there is nothing to mend
   */
  void ask(Check check, String good, Question question) {
    try {
      List<Finding> bad = question.ask();
      if (bad.isEmpty()) {
        all.add(Finding.ok(check, good));
      }
      all.addAll(bad);
    } catch (CannotTellException e) {
      all.add(Finding.unchecked(check, e.missing()));
    }
  }

  void add(Finding finding) {
    all.add(finding);
  }

  List<Finding> all() {
    return List.copyOf(all);
  }
}
