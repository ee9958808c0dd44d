package org.bgpannouncer.probe.bitcoin.rpc;

import java.util.Map;
import org.bgpannouncer.probe.Outcome;
import org.bgpannouncer.probe.Reason;

/**
 * What an answer means, before it is an observation.
 *
 * @param values what was read, in the order in which it is shown
 */
record Verdict(Outcome outcome, Reason reason, String detail, Map<String, String> values) {
  static Verdict of(RpcAnswer answer) {
    return new Verdict(answer.outcome(), answer.reason(), answer.detail(), Map.of());
  }

  static Verdict of(Outcome outcome, Reason reason, String detail) {
    return new Verdict(outcome, reason, detail, Map.of());
  }

  static Verdict passed(Map<String, String> values) {
    return new Verdict(Outcome.OK, Reason.PASSED, "", values);
  }

  Verdict with(Map<String, String> read) {
    return new Verdict(outcome, reason, detail, read);
  }

  /** The graver of the two; this one if they are equal. */
  Verdict or(Verdict other) {
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
}
