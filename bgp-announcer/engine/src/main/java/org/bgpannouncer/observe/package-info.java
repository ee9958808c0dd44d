/**
 * What can be seen of a running announcer: a status to ask for, and events to listen to. Immutable
 * values; whoever shows them (command line, status page, an embedder) needs nothing else.
 */
@NullMarked
package org.bgpannouncer.observe;

import org.jspecify.annotations.NullMarked;
