/** Shipped simulations: bitcoind, ExaBGP and BGP peers that a test can script. */
@NullMarked
package org.bgpannouncer.testkit;

import org.jspecify.annotations.NullMarked;
