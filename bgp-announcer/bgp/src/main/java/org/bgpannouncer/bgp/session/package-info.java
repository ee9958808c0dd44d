/**
 * A BGP session over one TCP connection: the state machine of RFC 4271 section 8, pure and handed
 * its time, and the Netty adapter that lets peers connect, or dials one. No Netty type is visible.
 */
@NullMarked
package org.bgpannouncer.bgp.session;

import org.jspecify.annotations.NullMarked;
