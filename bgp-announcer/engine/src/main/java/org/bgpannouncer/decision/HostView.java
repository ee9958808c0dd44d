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
 * @param drained whether the operator wants it to serve no new client
 */
public record HostView(String host, HostVerdict verdict, Evidence evidence, boolean drained) {
  // As HostVerdict has it, and for the same reason.
  @Override
  public boolean equals(Object other) {
    return this == other
        || (other instanceof HostView that
            && host.equals(that.host)
            && verdict.equals(that.verdict)
            && evidence == that.evidence
            && drained == that.drained);
  }

  @Override
  public int hashCode() {
    return 31 * (31 * host.hashCode() + verdict.hashCode()) + evidence.hashCode();
  }

  /** Whether it is down, or what is heard of it first says so. */
  public boolean hasFailed() {
    return verdict.state() == HostState.DOWN || (isUndecided() && evidence == Evidence.AGAINST);
  }

  /** Whether it has no verdict yet. */
  public boolean isUndecided() {
    return verdict.state() == HostState.INIT || verdict.state() == HostState.NOT_READY;
  }
}
