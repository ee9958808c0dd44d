package org.bgpannouncer.bgp.speaker;

import org.bgpannouncer.route.Route;

/**
 * A path that a neighbor announces for a prefix of ours.
 *
 * @param neighbor its name
 * @param route the path, with the neighbor's identifier where paths have one; the AS path is whole,
 *     nearest first
 */
public record HeardPath(String neighbor, Route route) {}
