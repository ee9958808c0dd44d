/**
 * BGP peers to test against: they listen or dial, keep what they hear with the time it was heard,
 * play a script, and misbehave when told to. Built on {@link org.bgpannouncer.bgp.session}, for
 * there is no other parser: between its sessions and the world lies a cable, two sockets and two
 * threads a connection, that can be cut, pinched, or told to add octets of its own.
 */
@NullMarked
package org.bgpannouncer.testkit.bgp;

import org.jspecify.annotations.NullMarked;
