/**
 * What the three probes of a Bitcoin node share: the network's constants, and the facts one probe
 * learns that another needs. The probes never import each other.
 */
@NullMarked
package org.bgpannouncer.probe.bitcoin;

import org.jspecify.annotations.NullMarked;
