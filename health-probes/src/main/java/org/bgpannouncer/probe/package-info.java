/**
 * The vocabulary of probing: what was looked at ({@link org.bgpannouncer.probe.Check}), what was
 * found ({@link org.bgpannouncer.probe.Observation}) and the seam every probe implements ({@link
 * org.bgpannouncer.probe.Probe}).
 *
 * <p>A configuration of a target comes in, observations go out, on the probe's own event loop.
 */
@NullMarked
package org.bgpannouncer.probe;

import org.jspecify.annotations.NullMarked;
