package org.bgpannouncer.render;

import java.util.EnumSet;
import org.bgpannouncer.config.DaemonConfig;
import org.bgpannouncer.config.EdgeRouter;
import org.bgpannouncer.config.EdgeRouter.ExternalNeighbor;

/** What a target cannot do: a site that asks for it is refused, and not rendered without it. */
final class TargetLimits {
  /** The kernel's own hash moves flows of the others with more. */
  private static final int HOSTS_OF_ANY_HASH = 2;

  private final DaemonConfig config;
  private final Target target;

  TargetLimits(DaemonConfig config, Target target) {
    this.config = config;
    this.target = target;
  }

  /**
   * Whether it can be the site's router.
   *
   * @throws IllegalArgumentException naming the key, if not
   */
  void check(EdgeRouter router) {
    if (EnumSet.of(Target.FRR, Target.OPENBGPD, Target.GOBGP).contains(target)
        && router.consistentHashing()
        && new FlowBuckets(config.site(), router).mostHosts() > HOSTS_OF_ANY_HASH) {
      throw refusal(
          "router.consistent-hashing",
          "true",
          "bird or bird3, as the others leave it to the kernel");
    }
    for (ExternalNeighbor neighbor : router.neighbors()) {
      if (target == Target.FRR && neighbor.bfd() && neighbor.ttlSecurity()) {
        throw refusal(
            "router.neighbors",
            neighbor.name() + " with bfd and ttl-security",
            "one of them, as FRR's BFD is multihop with both, and never comes up");
      }
    }
  }

  private IllegalArgumentException refusal(String key, String value, String rule) {
    return new IllegalArgumentException(
        key
            + ": "
            + value
            + " at site "
            + config.site().site()
            + " (expected: "
            + rule
            + ", for target "
            + target
            + ")");
  }
}
