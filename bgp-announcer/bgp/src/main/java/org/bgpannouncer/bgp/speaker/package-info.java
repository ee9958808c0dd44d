/**
 * The embedded speaker: keeps sessions with neighbors and tells each of them the routes that are
 * wished, as far as its export policy lets them. Imports nothing.
 *
 * <p>What it decides is pure ({@code AdjRibOut}, {@code Export}, {@code HeardPaths}); {@link
 * org.bgpannouncer.bgp.speaker.BgpSpeaker} carries it on one thread.
 */
@NullMarked
package org.bgpannouncer.bgp.speaker;

import org.jspecify.annotations.NullMarked;
