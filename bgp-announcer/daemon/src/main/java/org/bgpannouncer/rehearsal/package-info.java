/**
 * The rehearsal: a node that lives in this process dies on loopback, again and again, under a real
 * announcer of its own, so that the code for a real death is loaded, linked and compiled before it
 * is needed - and so that the operator reads at every start how long a decision takes.
 */
@NullMarked
package org.bgpannouncer.rehearsal;

import org.jspecify.annotations.NullMarked;
