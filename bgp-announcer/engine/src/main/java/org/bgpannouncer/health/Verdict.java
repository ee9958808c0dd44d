package org.bgpannouncer.health;

/** What enough observations of one check amount to. */
public enum Verdict {
  /** Not enough of anything yet. */
  NONE,
  /** It passes. */
  OK,
  /** {@code fall} remarks in a row: the host serves worse than it should. */
  SOFT,
  /** {@code fall} failures in a row, one proof, or a stall that lasted too long. */
  HARD
}
