package org.bgpannouncer.engine;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.bgpannouncer.announcement.Scope;
import org.bgpannouncer.announcement.ServiceConfig;
import org.bgpannouncer.announcement.ServiceConfig.NextHopChoice;
import org.bgpannouncer.probe.Aspect;
import org.bgpannouncer.probe.Check;
import org.bgpannouncer.route.Prefix;

/** What a site must fulfil besides the limits of each value. */
public final class SiteRules {
  private SiteRules() {}

  /**
   * Every rule that {@code site} breaks, as {@code name: value (expected: rule)}; empty if none.
   */
  public static List<String> problems(SiteConfig site) {
    List<String> problems = new ArrayList<>();
    if (site.localAs() < 1 || site.localAs() > 0xffff_ffffL) {
      problems.add("local-as: " + site.localAs() + " (expected: 1 to 4294967295)");
    }
    if (site.allow().isEmpty()) {
      problems.add("allow: [] (expected: at least one prefix)");
    }
    if (site.adoptFor().isNegative()) {
      problems.add("adopt-for: " + site.adoptFor() + " (expected: 0 s or more)");
    }
    Map<String, Set<Aspect>> aspects = new HashMap<>();
    for (HostConfig host : site.hosts()) {
      if (aspects.put(host.name(), HostSlot.aspectsOf(host.target())) != null) {
        problems.add("hosts: " + host.name() + " (expected: each name once)");
      }
      if (!host.target().name().equals(host.name())) {
        problems.add("target: " + host.target().name() + " (expected: " + host.name() + ")");
      }
    }
    for (HostConfig host : site.hosts()) {
      for (Check check : host.target().repeatedChecks()) {
        problems.add("hosts." + host.name() + ": " + check + " (expected: each check once)");
      }
    }
    Set<String> names = new HashSet<>();
    Map<Prefix, String> owners = new HashMap<>();
    for (ServiceConfig service : site.services()) {
      if (!names.add(service.name())) {
        problems.add("services: " + service.name() + " (expected: each name once)");
      }
      hostProblems(service, aspects, problems);
      if (service.nextHop() instanceof NextHopChoice.HealthyHosts) {
        pathProblems(service, site, problems);
      }
      prefixProblems(service, site, owners, problems);
    }
    return problems;
  }

  private static void hostProblems(
      ServiceConfig service, Map<String, Set<Aspect>> aspects, List<String> problems) {
    String path = "services." + service.name() + ".healthy";
    if (new HashSet<>(service.hosts()).size() != service.hosts().size()) {
      problems.add(path + ".of: " + service.hosts() + " (expected: each host once)");
    }
    for (String host : service.hosts()) {
      Set<Aspect> probed = aspects.get(host);
      if (probed == null) {
        problems.add(path + ".of: " + host + " (expected: one of the hosts)");
        continue;
      }
      for (Aspect aspect : service.by()) {
        if (!probed.contains(aspect)) {
          problems.add(
              path + ".by: " + aspect.key() + " (expected: an aspect that " + host + " has)");
        }
      }
    }
  }

  /** A path is known by its identifier, so that of a host must be its own. */
  private static void pathProblems(ServiceConfig service, SiteConfig site, List<String> problems) {
    Map<String, String> owners = new HashMap<>();
    for (HostConfig host : site.hosts()) {
      if (service.hosts().contains(host.name())) {
        long pathId = NextHopChoice.HealthyHosts.pathId(host.address());
        String owner = owners.put(host.address().bits() + " " + pathId, host.name());
        if (owner != null && !owner.equals(host.name())) {
          problems.add(
              "services.%s.healthy.of: %s (expected: a path identifier of its own, not %d as %s)"
                  .formatted(service.name(), host.name(), pathId, owner));
        }
      }
    }
  }

  private static void prefixProblems(
      ServiceConfig service, SiteConfig site, Map<Prefix, String> owners, List<String> problems) {
    String path = "services." + service.name() + ".prefixes: ";
    for (Prefix prefix : service.prefixes()) {
      String owner = owners.put(prefix, service.name());
      if (owner != null) {
        problems.add(path + prefix + " (expected: of one service only, not also of " + owner + ")");
      }
      if (site.scopeOf(prefix) == Scope.FORBIDDEN) {
        problems.add(path + prefix + " (expected: within allow)");
      }
      site.physicalRanges().stream()
          .filter(range -> range.overlaps(prefix))
          .forEach(
              range ->
                  problems.add(
                      path + prefix + " (expected: no overlap with physical-range " + range + ")"));
    }
  }
}
