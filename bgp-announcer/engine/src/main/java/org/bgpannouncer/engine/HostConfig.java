package org.bgpannouncer.engine;

import java.util.Optional;
import org.bgpannouncer.health.HealthThresholds;
import org.bgpannouncer.probe.HostTarget;
import org.bgpannouncer.route.IpAddress;

/**
 * One host of the site.
 *
 * @param name unique within the site; the same as the target's
 * @param address its unicast address; the next hop under {@code next-hop: host}
 * @param outbound the source address of its outgoing connections, if pinned
 * @param target what is probed
 * @param thresholds how much evidence changes its state
 */
public record HostConfig(
    String name,
    IpAddress address,
    Optional<IpAddress> outbound,
    HostTarget target,
    HealthThresholds thresholds) {
  /** The same, probed otherwise. */
  public HostConfig with(HostTarget newTarget) {
    return new HostConfig(name, address, outbound, newTarget, thresholds);
  }
}
