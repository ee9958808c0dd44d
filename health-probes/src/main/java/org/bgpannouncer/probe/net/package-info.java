/**
 * Netty plumbing shared by all probes: one event-loop group, a dial with a deadline and a source
 * address, and one place that says which failures are ours and which are the host's. Not exported.
 */
@NullMarked
package org.bgpannouncer.probe.net;

import org.jspecify.annotations.NullMarked;
