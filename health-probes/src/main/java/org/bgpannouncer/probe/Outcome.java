package org.bgpannouncer.probe;

/** What one observation means for the host, and at most what may follow from it. */
public enum Outcome {
  /** The check passed. */
  OK,
  /** The host serves, but worse than it should: may only de-prefer. */
  SOFT,
  /** The host does not serve: may withdraw, after {@code fall} of them or at once if proven. */
  HARD,
  /**
   * The probe failed on our side before a packet could leave: holds the state and blocks rise. With
   * {@link Reason#CAPABILITY_OFF} the node cannot be asked at all, and the check takes no part.
   */
  UNKNOWN,
  /** The host says that it is still starting or catching up: blocks rise, is no failure. */
  NOT_READY
}
