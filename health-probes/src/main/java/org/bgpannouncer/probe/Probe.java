package org.bgpannouncer.probe;

import java.util.Set;

/**
 * A running probe of one aspect of one host. It observes until it is closed; what an observation
 * means for the host over time is not its business.
 *
 * <p>All methods may be called from any thread and return at once; the work happens on the probe's
 * event loop. A probe never throws at its host's behaviour: that is an observation.
 */
public interface Probe extends AutoCloseable {
  /**
   * Starts observing, the first time at once; {@code listener} is called on the probe's event loop.
   * Call it once.
   */
  void start(ObservationListener listener);

  /** Sets the pace from the next attempt on; an attempt under way is not disturbed. */
  void pace(Pace pace);

  /**
   * The checks that one run of this probe observes on a healthy host: what {@link Probes#once}
   * waits for, unless one of the same probe did not pass and so kept the others from being made.
   * Empty: do not wait for any.
   */
  default Set<Check> checks() {
    return Set.of();
  }

  /** Stops observing and closes every connection; no observation follows. Idempotent. */
  @Override
  void close();
}
