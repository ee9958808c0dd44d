package org.bgpannouncer.engine;

import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.bgpannouncer.announcement.Scope;
import org.bgpannouncer.announcement.ServiceConfig;
import org.bgpannouncer.route.IpAddress;
import org.bgpannouncer.route.Prefix;

/**
 * One site, validated: what a configuration file or an embedder hands to the engine.
 *
 * @param site its name, e.g. {@code GVA}
 * @param localAs its AS number, 1 to 4294967295; what is prepended
 * @param allow nothing outside is ever announced; at least one entry
 * @param physicalRanges where outgoing connections come from, if pinned; at most one a family
 * @param hosts its hosts, names unique
 * @param services its services, names and prefixes unique
 * @param adoptFor how long a leftover route may stand without a verdict; default 10 s
 * @param dryRun decide and log, send nothing
 */
public record SiteConfig(
    String site,
    long localAs,
    List<AllowRule> allow,
    List<Prefix> physicalRanges,
    List<HostConfig> hosts,
    List<ServiceConfig> services,
    Duration adoptFor,
    boolean dryRun) {
  /** The shipped default of {@code adopt-for}. */
  public static final Duration DEFAULT_ADOPT_FOR = Duration.ofSeconds(10);

  private static final Comparator<AllowRule> MORE_SPECIFIC =
      Comparator.<AllowRule>comparingInt(rule -> rule.prefix().length())
          .thenComparing(AllowRule::maxLength, Comparator.reverseOrder())
          .thenComparing(AllowRule::internal);

  /** Copies the lists. */
  public SiteConfig {
    allow = List.copyOf(allow);
    physicalRanges = List.copyOf(physicalRanges);
    hosts = List.copyOf(hosts);
    services = List.copyOf(services);
  }

  /** Where outgoing connections of this family come from. */
  public Optional<Prefix> physicalRange(boolean ipv4) {
    return physicalRanges.stream().filter(range -> range.isIpv4() == ipv4).findFirst();
  }

  /** The address of each host, by name. */
  public Map<String, IpAddress> addresses() {
    return hosts.stream().collect(Collectors.toMap(HostConfig::name, HostConfig::address));
  }

  /** How far {@code prefix} may go: what the most specific entry of {@code allow} says. */
  public Scope scopeOf(Prefix prefix) {
    AllowRule nearest = null;
    for (AllowRule rule : allow) {
      if (rule.allows(prefix) && (nearest == null || MORE_SPECIFIC.compare(rule, nearest) > 0)) {
        nearest = rule;
      }
    }
    if (nearest == null) {
      return Scope.FORBIDDEN;
    }
    return nearest.internal() ? Scope.INTERNAL : Scope.GLOBAL;
  }
}
