package org.bgpannouncer.render;

import java.util.EnumSet;
import org.bgpannouncer.announcement.ServiceConfig;
import org.bgpannouncer.announcement.ServiceConfig.NextHopChoice;
import org.bgpannouncer.config.DaemonConfig;
import org.bgpannouncer.config.Deployment.AnnouncerMachine;
import org.bgpannouncer.config.EdgeRouter;
import org.bgpannouncer.config.EdgeRouter.ExternalNeighbor;
import org.bgpannouncer.config.SpeakerConfig;

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
    if (EnumSet.of(Target.FRR, Target.OPENBGPD, Target.GOBGP).contains(target)
        && router.consistentHashing()
        && config.site().services().stream().anyMatch(config::needsConsistentHashing)) {
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

  /**
   * Whether ExaBGP on that machine can say what the site announces.
   *
   * @throws IllegalArgumentException naming the key, if not
   */
  void check(AnnouncerMachine machine) {
    boolean ipv4 = machine.address().isIpv4();
    SpeakerConfig speaker = config.speaker();
    if (speaker instanceof SpeakerConfig.Bird || speaker instanceof SpeakerConfig.Embedded) {
      throw refusal(
          "speaker.type",
          speaker instanceof SpeakerConfig.Bird ? "bird" : "embedded",
          "exabgp or exabgp-fifo");
    }
    for (ServiceConfig service : config.site().services()) {
      if (service.nextHop() instanceof NextHopChoice.Self
          && service.prefixes().stream().anyMatch(prefix -> prefix.isIpv4() != ipv4)) {
        throw refusal(
            "services.next-hop",
            "self of " + service.name(),
            "host, hosts or an address, as "
                + machine.name()
                + " speaks "
                + (ipv4 ? "IPv4" : "IPv6")
                + ", where ExaBGP garbles that of the other family");
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
