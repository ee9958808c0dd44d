package org.bgpannouncer.health;

/** The state of a host, judged by the aspects a service names. */
public enum HostState {
  /** No verdict yet: just started, or a named aspect has never been observed to pass. */
  INIT,
  /** Not fit, and it says that it is still starting. */
  NOT_READY,
  /** Fit. */
  UP,
  /** Fit, but worse than it should be. */
  DEGRADED,
  /** Not fit. */
  DOWN;

  /** Whether it may serve. */
  public boolean isFit() {
    return this == UP || this == DEGRADED;
  }
}
