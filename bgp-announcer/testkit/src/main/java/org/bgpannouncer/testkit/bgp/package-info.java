/**
 * A BGP peer to test against: it listens, keeps what it hears with the time it was heard, and
 * misbehaves when told to. Built on {@link org.bgpannouncer.bgp.session}; there is no other parser.
 */
@NullMarked
package org.bgpannouncer.testkit.bgp;

import org.jspecify.annotations.NullMarked;
