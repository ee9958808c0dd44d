package org.bgpannouncer.probe;

/**
 * Receives observations, on the event loop of the probe: must return at once. What it throws is
 * logged, and the probe goes on.
 */
@FunctionalInterface
public interface ObservationListener {
  /** Called for each observation, in the order they were made. */
  void observed(Observation observation);
}
