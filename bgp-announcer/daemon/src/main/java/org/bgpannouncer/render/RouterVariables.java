package org.bgpannouncer.render;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.bgpannouncer.announcement.ServiceConfig.NextHopChoice;
import org.bgpannouncer.config.DaemonConfig;
import org.bgpannouncer.config.Deployment.AnnouncerMachine;
import org.bgpannouncer.config.EdgeRouter;
import org.bgpannouncer.config.EdgeRouter.ExternalNeighbor;
import org.bgpannouncer.config.EdgeRouter.Lan;
import org.bgpannouncer.config.SpeakerConfig;
import org.bgpannouncer.engine.SiteConfig;
import org.bgpannouncer.route.IpAddress;

/**
 * What the templates of a site's router and of its announcers may name; bird-templates/README.md
 * has the table.
 */
final class RouterVariables {
  private final SiteConfig site;
  private final EdgeRouter router;
  private final List<AnnouncerMachine> announcers;
  private final FamilyVariables families;

  private RouterVariables(DaemonConfig config, EdgeRouter router) {
    this.site = config.site();
    this.router = router;
    this.announcers = config.deployment().announcers();
    this.families = new FamilyVariables(site, router, announcers);
  }

  /**
   * Of the router.
   *
   * @throws IllegalArgumentException naming the key that the site file lacks for it
   */
  static Map<String, Object> of(DaemonConfig config, EdgeRouter router, Target target) {
    RouterVariables own = new RouterVariables(config, router);
    own.checkFamilies();
    new TargetLimits(config, target).check(router);
    new FlowBuckets(own.site, router).check();
    Map<String, Object> variables = own.common();
    variables.put("version", target == Target.BIRD3 ? "3" : "2.0.12 or later");
    variables.put("returnsBool", target == Target.BIRD3 ? " -> bool" : "");
    boolean hasBfd = router.neighbors().stream().anyMatch(ExternalNeighbor::bfd);
    variables.put("hasBfd", hasBfd);
    variables.put("daemons", hasBfd ? "zebra, staticd, bgpd and bfdd" : "zebra, staticd and bgpd");
    variables.put("hasRpki", router.rpki().isPresent());
    variables.put(
        "rpki",
        router.rpki().stream()
            .map(
                cache ->
                    Map.of(
                        "address",
                        IpAddress.of(cache.getAddress()).toString(),
                        "port",
                        cache.getPort()))
            .toList());
    variables.put(
        "locals",
        Stream.concat(
                router.lans().stream().map(Lan::address),
                router.neighbors().stream().map(ExternalNeighbor::localAddress))
            .distinct()
            .map(address -> Map.of("address", address.toString()))
            .toList());
    variables.put(
        "pathLimit",
        own.families.pathLimit(
            own.families.announced(true).size() + own.families.announced(false).size()));
    variables.put("hasNeighbors", !router.neighbors().isEmpty());
    variables.put("announcers", own.announcers.stream().map(own::announcer).toList());
    variables.put(
        "neighbors",
        router.neighbors().stream()
            .map(neighbor -> NeighborVariables.of(own.site, neighbor))
            .toList());
    return variables;
  }

  /** Of one announcer. */
  static Map<String, Object> of(
      DaemonConfig config, EdgeRouter router, Target target, AnnouncerMachine machine) {
    RouterVariables own = new RouterVariables(config, router);
    new TargetLimits(config, target).check(machine);
    Map<String, Object> variables = own.common();
    variables.put("startsDaemon", config.speaker() instanceof SpeakerConfig.ExaBgpPipe);
    variables.put("version", target == Target.EXABGP5 ? "5" : "4.2");
    variables.put("announcerId", machine.routerId().orElseThrow().toString());
    variables.put(
        "sendsPaths",
        config.site().services().stream()
            .anyMatch(service -> service.nextHop() instanceof NextHopChoice.HealthyHosts));
    variables.putAll(own.announcer(machine));
    return variables;
  }

  /** Of the router, one entry for each family whose flows it spreads consistently. */
  static List<Map<String, Object>> hashedFamilies(DaemonConfig config, EdgeRouter router) {
    RouterVariables own = new RouterVariables(config, router);
    new FlowBuckets(own.site, router).check();
    List<Map<String, Object>> hashed = new ArrayList<>();
    for (Map<String, Object> family : own.families.all()) {
      if (Boolean.TRUE.equals(family.get("isConsistent"))) {
        family.put("site", config.site().site());
        hashed.add(family);
      }
    }
    return hashed;
  }

  private Map<String, Object> common() {
    Map<String, Object> variables = new TreeMap<>();
    variables.put("site", site.site());
    variables.put("routerId", router.routerId().toString());
    variables.put("ownAs", site.localAs());
    variables.put("families", families.all());
    return variables;
  }

  /** Nothing is rendered for a family without a prefix, so nothing may be asked of it. */
  private void checkFamilies() {
    for (ExternalNeighbor neighbor : router.neighbors()) {
      IpAddress address = neighbor.address();
      checkFamily("router.neighbors", neighbor.name() + " at " + address, address.isIpv4());
    }
    for (IpAddress source : router.sources()) {
      checkFamily("router.sources", source.toString(), source.isIpv4());
    }
    for (EdgeRouter.PrivateLink link : router.privateLinks()) {
      checkFamily("router.private-links", link.network().toString(), link.network().isIpv4());
    }
  }

  private void checkFamily(String key, String value, boolean ipv4) {
    if (families.announced(ipv4).isEmpty() && site.physicalRange(ipv4).isEmpty()) {
      throw new IllegalArgumentException(
          key
              + ": "
              + value
              + " (expected: a family of which site "
              + site.site()
              + " has a prefix)");
    }
  }

  private Map<String, Object> announcer(AnnouncerMachine machine) {
    boolean ipv4 = machine.address().isIpv4();
    return Map.of(
        "name",
        machine.name(),
        "protocol",
        birdName("announcer_" + machine.name()),
        "address",
        machine.address().toString(),
        "local",
        router.lan(ipv4).orElseThrow().address().toString());
  }

  /** BIRD takes letters, digits and '_' as they are, and '-' and '.' between quotes. */
  private static String birdName(String name) {
    return name.matches("[A-Za-z0-9_]+") ? name : "'" + name + "'";
  }
}
