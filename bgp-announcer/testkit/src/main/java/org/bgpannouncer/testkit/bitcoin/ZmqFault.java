package org.bgpannouncer.testkit.bitcoin;

/** A way in which a {@link SimulatedZmqPublisher} can misbehave. They combine. */
public enum ZmqFault {
  /** Accepts and closes at once. */
  CLOSE_AT_ACCEPT,
  /** Accepts, and never sends a byte. */
  MUTE,
  /** Greets with what is not ZMTP. */
  GARBAGE_GREETING,
  /** Greets as ZMTP 3.0, as libzmq before 4.3 does: no PING, subscriptions only as messages. */
  ZMTP_3_0,
  /** Greets, and never sends READY. */
  NEVER_READY,
  /** Answers READY with ERROR. */
  REFUSE_READY,
  /** Sends REP as its socket type. */
  NO_PUBLISHER,
  /** Does not answer PING. */
  NO_PONG,
  /** Sends no notification; counters stand still. A notifier that was removed, or an idle chain. */
  SILENT,
  /** Counts notifications, and sends none: the high-water mark is reached. */
  DROP,
  /** Sends notifications without their counter. */
  NO_COUNTER
}
