package org.bgpannouncer.speaker.bird;

/** How far a {@link BirdSession} has come; see there for what leads where. */
enum Phase {
  /** Not connected; waits before it tries again. */
  CONNECTING,
  /** Connected, and not welcomed yet. */
  GREETING,
  /** Asked for the version. */
  VERSION,
  /** Asked for the protocols. */
  PROTOCOLS,
  /** Asked for routes. */
  ROUTES,
  /** The truth is known, and nothing is to be done. */
  READY,
  /** Told to disable a protocol that loses its last route. */
  SILENCING,
  /** Told to read its configuration. */
  CONFIGURING,
  /** What was accepted has not come true yet. */
  SETTLING,
  /** Nothing is done any more. */
  ENDED
}
