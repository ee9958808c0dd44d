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
  /** {@code p2p.held REFUSED} or {@code PASSED}: short enough for a list of hosts. */
  public String brief() {
    return detail.isEmpty() ? reason.toString() : detail.split(" ", 2)[0] + " " + reason;
  }
}
