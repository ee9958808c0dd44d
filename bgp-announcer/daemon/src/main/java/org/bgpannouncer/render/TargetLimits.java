package org.bgpannouncer.render;

import org.bgpannouncer.config.DaemonConfig;
import org.bgpannouncer.config.EdgeRouter;
import org.bgpannouncer.config.EdgeRouter.ExternalNeighbor;

/** What a target cannot do: a site that asks for it is refused, and not rendered without it. */
final class TargetLimits {
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
