package org.bgpannouncer.bgp;

import org.bgpannouncer.route.Nlri;
import org.bgpannouncer.route.RouteChange;

/**
 * A change of one of several paths to a prefix (RFC 7911 section 2).
 *
 * @param nlri the prefix and the path's identifier
 * @param change what becomes of it
 */
public record PathChange(Nlri nlri, RouteChange change) {}
