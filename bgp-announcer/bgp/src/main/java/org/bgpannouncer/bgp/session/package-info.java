/**
 * BGP sessions: the state machines of RFC 4271 section 8, pure and handed their time, and the Netty
 * adapters around them. {@code FsmTable} says what each event does in each state; {@code
 * SessionMachine} is one connection, {@code PeerMachine} one neighbor with up to two of them.
 * {@code BgpRuntime} is the thread on which {@code BgpPeer}s keep their sessions up; {@code
 * BgpListener} and {@code BgpDialer} have one each, for those who talk to anybody. No Netty type is
 * visible.
 */
@NullMarked
package org.bgpannouncer.bgp.session;

import org.jspecify.annotations.NullMarked;
