package org.bgpannouncer.bgp.speaker;

import org.bgpannouncer.route.Nlri;
import org.bgpannouncer.route.Route;

/**
 * A path that a neighbor announces for a prefix of ours.
 *
 * @param neighbor its name
 * @param nlri the prefix, with the neighbor's identifier of the path where paths have one
 * @param route the path; the AS path is whole, nearest first
 */
public record HeardPath(String neighbor, Nlri nlri, Route route) {}
