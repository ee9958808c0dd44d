package org.bgpannouncer.probe.finding;

import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.bgpannouncer.probe.Check;
import org.bgpannouncer.probe.Observation;
import org.bgpannouncer.probe.Observation.StageTiming;
import org.bgpannouncer.probe.Outcome;
import org.bgpannouncer.probe.Reason;

/**
 * What something that was seen means: an observation that does not know yet whose it is.
 *
 * @param outcome what it means at most
 * @param reason the word for it
 * @param detail for people; may be empty
 * @param values what was read, in the order in which it is shown
 */
public record Finding(Outcome outcome, Reason reason, String detail, Map<String, String> values) {
  /** A finding without values. */
  public static Finding of(Outcome outcome, Reason reason, String detail) {
    return new Finding(outcome, reason, detail, Map.of());
  }

  /** Nothing is wrong. */
  public static Finding passed(Map<String, String> values) {
    return new Finding(Outcome.OK, Reason.PASSED, "", values);
  }

  /** The probe itself failed, which says nothing of the host. */
  public static Finding bug(RuntimeException thrown) {
    return of(Outcome.UNKNOWN, Reason.INTERNAL_ERROR, thrown.toString());
  }

  /** The first of the gravest, with the details of all; passed if there are none. */
  public static Finding worst(List<Finding> findings) {
    if (findings.isEmpty()) {
      return passed(Map.of());
    }
    Finding worst = findings.get(0);
    for (Finding finding : findings) {
      worst = worst.or(finding);
    }
    String details = findings.stream().map(Finding::detail).collect(Collectors.joining("; "));
    return new Finding(worst.outcome, worst.reason, details, worst.values);
  }

  /** This finding with other values. */
  public Finding with(Map<String, String> read) {
    return new Finding(outcome, reason, detail, read);
  }

  /** The graver of the two; this one if they are equal. */
  public Finding or(Finding other) {
    return gravity(other.outcome) > gravity(outcome) ? other : this;
  }

  // SOFT lets a host rise, so what was not found out (UNKNOWN) and what is not so far (NOT_READY)
  // weigh more.
  private static int gravity(Outcome outcome) {
    return switch (outcome) {
      case OK -> 0;
      case SOFT -> 1;
      case UNKNOWN -> 2;
      case NOT_READY -> 3;
      case HARD -> 4;
    };
  }

  /** The observation that {@code check} of {@code host} makes of this. */
  public Observation toObservation(
      String host, Check check, List<StageTiming> stages, long atNanos) {
    return new Observation(host, check, outcome, reason, detail, stages, values, atNanos);
  }
}
