package org.bgpannouncer.probe.bitcoin.zmq;

import org.bgpannouncer.probe.zmtp.Octets;

/**
 * Our PINGs on one connection. Not every libzmq answers one, so a missing PONG means nothing until
 * this peer has answered before.
 */
final class Heartbeat {
  private long count;
  private Octets context = Octets.EMPTY;
  private boolean waiting;
  private long sentNanos;
  private boolean answeredBefore;
  private boolean measured;
  private long roundTripNanos;
  private boolean unanswered;
  private long unansweredSinceNanos;

  /** Whether it is time for another PING: the last one was answered, or is given up. */
  boolean due(long nowNanos, long timeoutNanos) {
    return !waiting || nowNanos - sentNanos >= timeoutNanos;
  }

  /** The context of the next PING. */
  Octets nextContext() {
    context = Octets.ofText(Long.toString(++count, Character.MAX_RADIX));
    return context;
  }

  /** The PING is sent. */
  void sent(long nowNanos) {
    waiting = true;
    sentNanos = nowNanos;
    if (!unanswered) {
      unanswered = true;
      unansweredSinceNanos = nowNanos;
    }
  }

  /**
   * A PONG came.
   *
   * @return whether it answers the PING we wait for
   */
  boolean answered(Octets pongContext, long nowNanos) {
    if (!waiting || !pongContext.equals(context)) {
      return false;
    }
    waiting = false;
    answeredBefore = true;
    measured = true;
    roundTripNanos = nowNanos - sentNanos;
    unanswered = false;
    return true;
  }

  /** Anything else came: the peer lives. */
  void signOfLife() {
    unanswered = false;
  }

  /** For how long a peer that can answer has sent nothing at all; 0 if it is not known to. */
  long muteNanos(long nowNanos) {
    return answeredBefore && unanswered ? nowNanos - unansweredSinceNanos : 0;
  }

  /** Whether {@link #roundTripNanos} means something. */
  boolean measured() {
    return measured;
  }

  /** From the last answered PING to its PONG. */
  long roundTripNanos() {
    return roundTripNanos;
  }
}
