package org.bgpannouncer.health;

import org.bgpannouncer.probe.Reason;

/**
 * What a host is worth to a service.
 *
 * @param state its state
 * @param reason why, as a word
 * @param detail why, in free text, led by the check; empty if there is nothing to add
 */
public record HostVerdict(HostState state, Reason reason, String detail) {
  // As Check has it, and for the same reason: compared for every observation of every host.
  @Override
  public boolean equals(Object other) {
    return this == other
        || (other instanceof HostVerdict that
            && state == that.state
            && reason == that.reason
            && detail.equals(that.detail));
  }

  @Override
  public int hashCode() {
    return 31 * (31 * state.hashCode() + reason.hashCode()) + detail.hashCode();
  }

  /** {@code p2p.held REFUSED} or {@code PASSED}: short enough for a list of hosts. */
  public String brief() {
    return detail.isEmpty() ? reason.toString() : detail.split(" ", 2)[0] + " " + reason;
  }
}
