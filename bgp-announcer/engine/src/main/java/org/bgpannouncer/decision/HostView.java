package org.bgpannouncer.decision;

import org.bgpannouncer.health.Evidence;
import org.bgpannouncer.health.HostState;
import org.bgpannouncer.health.HostVerdict;

/**
 * One host as a service sees it, by the aspects it names.
 *
 * @param host its name
 * @param verdict what it is worth
 * @param evidence what its first observations speak for, while it has no verdict
 */
public record HostView(String host, HostVerdict verdict, Evidence evidence) {
  boolean isUndecided() {
    return verdict.state() == HostState.INIT || verdict.state() == HostState.NOT_READY;
  }
}
