/** A simulated ExaBGP: the program that reads commands and answers them, without its BGP. */
@NullMarked
package org.bgpannouncer.testkit.exabgp;

import org.jspecify.annotations.NullMarked;
