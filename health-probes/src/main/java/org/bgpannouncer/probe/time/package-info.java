/**
 * Time as the probes and the engine see it: monotonic, handed in, replaceable. Production runs on
 * an event loop; tests and simulations run on {@link org.bgpannouncer.probe.time.VirtualTime}.
 */
@NullMarked
package org.bgpannouncer.probe.time;

import org.jspecify.annotations.NullMarked;
