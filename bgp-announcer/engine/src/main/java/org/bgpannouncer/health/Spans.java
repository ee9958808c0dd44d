package org.bgpannouncer.health;

import java.util.Optional;
import java.util.OptionalLong;
import org.bgpannouncer.probe.Aspect;
import org.bgpannouncer.probe.Observation;
import org.bgpannouncer.probe.Outcome;

/**
 * What has lasted with one check, and since when. Immutable.
 *
 * @param passingNanos since when it has passed without interruption, or empty
 * @param stall for how long the node has been mute, or empty; peer-to-peer only
 */
public record Spans(OptionalLong passingNanos, Optional<Stall> stall) {
  /** Nothing lasts. */
  public static final Spans NONE = new Spans(OptionalLong.empty(), Optional.empty());

  Spans after(Observation observation, long nowNanos) {
    return new Spans(
        observation.outcome() == Outcome.OK ? begun(passingNanos, nowNanos) : OptionalLong.empty(),
        stallAfter(observation, nowNanos));
  }

  private Optional<Stall> stallAfter(Observation observation, long nowNanos) {
    return switch (observation.outcome()) {
      case OK, HARD -> Optional.empty();
      case SOFT ->
          Stall.isStall(observation) && observation.check().aspect() == Aspect.P2P
              ? Optional.of(Stall.of(observation, stall, nowNanos))
              : Optional.empty();
      case UNKNOWN, NOT_READY -> stall.map(silence -> silence.held(nowNanos));
    };
  }

  private static OptionalLong begun(OptionalLong before, long nowNanos) {
    return before.isPresent() ? before : OptionalLong.of(nowNanos);
  }
}
