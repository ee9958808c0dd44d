package org.bgpannouncer.testkit.bgp;

import org.bgpannouncer.bgp.BgpMessage;

/**
 * A message that a {@link SimulatedPeer} heard.
 *
 * @param session counts the connections of the peer, from 1
 * @param message what it says
 * @param nanos when it was heard, {@link System#nanoTime}
 * @param <M> the kind of message
 */
public record HeardMessage<M extends BgpMessage>(long session, M message, long nanos) {}
