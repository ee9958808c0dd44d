package org.bgpannouncer.health;

import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import org.bgpannouncer.probe.Check;
import org.bgpannouncer.probe.Observation;
import org.bgpannouncer.probe.Outcome;
import org.bgpannouncer.probe.Reason;

/**
 * The silence of a node that accepts connections, as one peer-to-peer check met it. Immutable.
 *
 * <p>That of the held connection grows with the clock, because somebody waits for an answer there
 * all the time. That of any other check is as long as its latest observation says: between two
 * handshakes nobody asked, so nobody was refused an answer. While our own side fails no silence
 * grows.
 *
 * @param sinceNanos when it began, put off by as long as our own side failed meanwhile
 * @param heldNanos when it ceased to grow; empty while it grows
 */
public record Stall(long sinceNanos, OptionalLong heldNanos) {

  /** The silence that {@code observation}, a STALL, tells of; {@code before} is what was known. */
  static Stall of(Observation observation, Optional<Stall> before, long nowNanos) {
    long reported = reportedNanos(observation);
    if (!observation.check().equals(Check.P2P_HELD)) {
      return new Stall(nowNanos - reported, OptionalLong.of(nowNanos));
    }
    // The probe counts on while our own side fails: what did not grow meanwhile is not made up for.
    long length = before.map(known -> known.lengthNanos(nowNanos)).orElse(reported);
    return new Stall(nowNanos - Math.min(length, reported), OptionalLong.empty());
  }

  /** This silence while the node cannot be heard. */
  Stall held(long nowNanos) {
    return heldNanos.isPresent() ? this : new Stall(sinceNanos, OptionalLong.of(nowNanos));
  }

  /** How long it is. */
  public long lengthNanos(long nowNanos) {
    return Math.max(0, heldNanos.orElse(nowNanos) - sinceNanos);
  }

  /** Whether it grows with the clock. */
  public boolean grows() {
    return heldNanos.isEmpty();
  }

  /** For how long the node had been mute; zero if the observation does not say. */
  private static long reportedNanos(Observation observation) {
    String text = observation.values().getOrDefault(Observation.STALL_MILLIS, "0");
    try {
      return Math.max(0, TimeUnit.MILLISECONDS.toNanos(Long.parseLong(text)));
    } catch (NumberFormatException e) {
      return 0;
    }
  }

  /** Whether RPC's liveness shows that nobody serves there; what failed on our side does not. */
  static boolean isDead(Observation liveness) {
    return switch (liveness.outcome()) {
      case HARD -> true;
      case SOFT -> liveness.reason() == Reason.STALL;
      case OK, UNKNOWN, NOT_READY -> false;
    };
  }

  static boolean isStall(Observation observation) {
    return observation.outcome() == Outcome.SOFT && observation.reason() == Reason.STALL;
  }
}
