/**
 * Logs: one line per transition with fixed keys, on stderr, as text or JSON. Standard output is
 * ExaBGP's pipe and is never written to.
 */
@NullMarked
package org.bgpannouncer.log;

import org.jspecify.annotations.NullMarked;
