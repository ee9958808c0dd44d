/**
 * BGP messages to octets and back: the only parser in the project. Pure functions on buffers, and
 * two Netty handlers around them. Lengths are checked before they are believed; whatever arrives,
 * the outcome is a message or a {@link org.bgpannouncer.bgp.wire.WireException} that names the
 * NOTIFICATION to send. Not exported.
 */
@NullMarked
package org.bgpannouncer.bgp.wire;

import org.jspecify.annotations.NullMarked;
