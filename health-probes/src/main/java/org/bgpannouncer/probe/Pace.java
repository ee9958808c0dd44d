package org.bgpannouncer.probe;

/** How urgently the engine wants the next observation. */
public enum Pace {
  /** The state is decided: {@code interval}. */
  NORMAL,
  /** Between states: {@code fast-interval}. */
  FAST
}
