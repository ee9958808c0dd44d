package org.bgpannouncer.health;

/** What the first observations of a host without a verdict speak for: used by adoption alone. */
public enum Evidence {
  /** Nothing yet, or nothing that counts. */
  NONE,
  /** Every named aspect has answered, and nothing speaks against one. */
  FOR,
  /** A named aspect failed. One that is mute says nothing yet. */
  AGAINST
}
