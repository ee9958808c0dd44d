package org.bgpannouncer.probe;

/** Receives observations, on the event loop of the probe: must return at once. */
@FunctionalInterface
public interface ObservationListener {
  /** Called for each observation, in the order they were made. */
  void observed(Observation observation);
}
