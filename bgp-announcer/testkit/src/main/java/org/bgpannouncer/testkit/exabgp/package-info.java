/**
 * A simulated ExaBGP: the program that reads commands, answers them, and tells a router over a
 * session of {@link org.bgpannouncer.bgp.session} if it is given one.
 */
@NullMarked
package org.bgpannouncer.testkit.exabgp;

import org.jspecify.annotations.NullMarked;
