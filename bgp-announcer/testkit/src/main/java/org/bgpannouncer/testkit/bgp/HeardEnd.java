package org.bgpannouncer.testkit.bgp;

import org.bgpannouncer.bgp.session.SessionEvent;

/**
 * The end of a session, or of a connection that never became one.
 *
 * @param session counts the connections of the peer, from 1
 * @param ended who ended it and how
 * @param wasEstablished whether UPDATEs could flow
 * @param nanos when, {@link System#nanoTime}
 */
public record HeardEnd(
    long session, SessionEvent.Ended ended, boolean wasEstablished, long nanos) {}
