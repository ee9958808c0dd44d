package org.bgpannouncer.probe.bitcoin.zmq;

import java.util.List;
import java.util.stream.Collectors;
import org.bgpannouncer.probe.Outcome;
import org.bgpannouncer.probe.Reason;

/**
 * One thing that is not as it should be.
 *
 * @param outcome SOFT or HARD; or OK for what is worth a word only
 * @param reason the word
 * @param detail for people
 */
record Finding(Outcome outcome, Reason reason, String detail) {
  private static final Finding PASSED = new Finding(Outcome.OK, Reason.PASSED, "");

  /** The first of the worst outcome, with the details of all. */
  static Finding worst(List<Finding> findings) {
    if (findings.isEmpty()) {
      return PASSED;
    }
    Finding worst = findings.get(0);
    for (Finding finding : findings) {
      if (rank(finding.outcome) > rank(worst.outcome)) {
        worst = finding;
      }
    }
    String details = findings.stream().map(Finding::detail).collect(Collectors.joining("; "));
    return new Finding(worst.outcome, worst.reason, details);
  }

  private static int rank(Outcome outcome) {
    return switch (outcome) {
      case OK -> 0;
      case NOT_READY -> 1;
      case UNKNOWN -> 2;
      case SOFT -> 3;
      case HARD -> 4;
    };
  }
}
