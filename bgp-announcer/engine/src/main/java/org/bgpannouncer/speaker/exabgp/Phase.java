package org.bgpannouncer.speaker.exabgp;

/** How far an {@link ExaBgpSession} has come; see there for what leads where. */
enum Phase {
  /** Behind named pipes: nobody knows whether ExaBGP is there. */
  PROVING,
  /** Old answers may still come. */
  ALIGNING,
  /** 6.x is told to speak the grammar of 4. */
  GRAMMAR,
  /** Asked for the version. */
  VERSION,
  /** Asked for the neighbours. */
  CONFIGURATION,
  /** Asked whose session is up. */
  SUMMARY,
  /** Asked for the routes held. */
  ADJ_RIB,
  /** The truth is known. */
  SYNCHRONISED,
  /** An answer was too large to be kept; it is asked for again later. */
  UNREADABLE,
  /** Nothing can be said any more. */
  ENDED
}
