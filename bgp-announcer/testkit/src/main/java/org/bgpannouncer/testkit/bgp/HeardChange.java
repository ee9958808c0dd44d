package org.bgpannouncer.testkit.bgp;

import java.net.InetSocketAddress;
import org.bgpannouncer.route.RouteChange;

/**
 * One change of an Adj-RIB-In.
 *
 * @param session counts the connections of the peer, from 1
 * @param remote who sent it
 * @param change what changed
 * @param reachable whether the session advertises a path to the prefix after it
 * @param nanos when the UPDATE was heard, or the session was lost: {@link System#nanoTime}
 * @param cause an UPDATE, or the end of the session
 */
public record HeardChange(
    long session,
    InetSocketAddress remote,
    RouteChange change,
    boolean reachable,
    long nanos,
    Cause cause) {
  /** What brought the change about. */
  public enum Cause {
    /** An UPDATE said so. */
    UPDATE,
    /** The session ended, and with it every route heard on it. */
    SESSION_ENDED
  }
}
