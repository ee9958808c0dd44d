package org.bgpannouncer.health;

import java.util.EnumSet;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.bgpannouncer.probe.Observation;
import org.bgpannouncer.probe.Outcome;
import org.bgpannouncer.probe.Reason;

/** Reads what observations say about a node that accepts connections but does not answer. */
final class Stall {
  // Whoever answers these is a living RPC server: it refuses or defers us, but it is not mute.
  private static final Set<Reason> ANSWERED =
      EnumSet.of(Reason.BUSY, Reason.SHUTTING_DOWN, Reason.UNAUTHORIZED, Reason.FORBIDDEN);

  private Stall() {}

  /** For how long the node had been mute; zero if the observation does not say. */
  static long nanosOf(Observation observation) {
    String text = observation.values().getOrDefault(Observation.STALL_MILLIS, "0");
    try {
      return Math.max(0, TimeUnit.MILLISECONDS.toNanos(Long.parseLong(text)));
    } catch (NumberFormatException e) {
      return 0;
    }
  }

  /** Whether an observation of RPC's liveness shows that the process answers at all. */
  static boolean answered(Observation liveness) {
    return liveness.outcome() == Outcome.OK
        || liveness.outcome() == Outcome.NOT_READY
        || ANSWERED.contains(liveness.reason());
  }
}
