package org.bgpannouncer.health;

import java.util.Optional;
import java.util.OptionalLong;
import org.bgpannouncer.probe.Aspect;
import org.bgpannouncer.probe.Observation;
import org.bgpannouncer.probe.Outcome;
import org.bgpannouncer.probe.Reason;

/**
 * What has lasted with one check, and since when. Immutable.
 *
 * @param passingNanos since when it has passed without interruption, or empty
 * @param unknownNanos since when we could not ask it, without interruption, or empty
 * @param stall for how long the node has been mute, or empty; peer-to-peer only
 * @param notReady the node's word that it is still starting, or empty
 */
public record Spans(
    OptionalLong passingNanos,
    OptionalLong unknownNanos,
    Optional<Stall> stall,
    Optional<NotReady> notReady) {
  /** Nothing lasts. */
  public static final Spans NONE =
      new Spans(OptionalLong.empty(), OptionalLong.empty(), Optional.empty(), Optional.empty());

  /** These spans after {@code observation}; {@code before} is the one that came before it. */
  Spans after(Observation before, Observation observation, long nowNanos) {
    boolean unknown =
        observation.outcome() == Outcome.UNKNOWN && observation.reason() != Reason.CAPABILITY_OFF;
    return new Spans(
        observation.outcome() == Outcome.OK ? begun(passingNanos, nowNanos) : OptionalLong.empty(),
        unknown ? begun(unknownNanos, nowNanos) : OptionalLong.empty(),
        stallAfter(observation, nowNanos),
        notReadyAfter(before, observation, nowNanos));
  }

  private Optional<NotReady> notReadyAfter(
      Observation before, Observation observation, long nowNanos) {
    if (observation.outcome() == Outcome.NOT_READY) {
      return Optional.of(new NotReady(observation, nowNanos));
    }
    return NotReady.isNoAnswerTo(observation)
        ? notReady.map(word -> word.unheard(before, nowNanos))
        : Optional.empty();
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
