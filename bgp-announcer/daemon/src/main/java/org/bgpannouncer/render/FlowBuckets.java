package org.bgpannouncer.render;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.bgpannouncer.announcement.ServiceConfig;
import org.bgpannouncer.announcement.ServiceConfig.NextHopChoice;
import org.bgpannouncer.config.EdgeRouter;
import org.bgpannouncer.engine.HostConfig;
import org.bgpannouncer.engine.SiteConfig;
import org.bgpannouncer.route.IpAddress;
import org.bgpannouncer.route.Prefix;

/**
 * What the templates may name of a router's consistent hashing: flows in buckets, hosts in order.
 */
final class FlowBuckets {
  /** Of the packets of the first bucket, which is looked up in the table of this number. */
  private static final int FIRST_MARK = 100;

  /** Their buckets, one for each pair, fit between {@link #FIRST_MARK} and the tables of ip(8). */
  private static final int MAX_HOSTS = 12;

  /** Of the buckets' rules of ip(8): before main. */
  private static final int RULE_PREFERENCE = 2000;

  private final SiteConfig site;
  private final EdgeRouter router;

  FlowBuckets(SiteConfig site, EdgeRouter router) {
    this.site = site;
    this.router = router;
  }

  /**
   * Whether the site can be hashed so, where it asks for it.
   *
   * @throws IllegalArgumentException naming the key, if not
   */
  void check() {
    if (!router.consistentHashing()) {
      return;
    }
    if (spread(true).isEmpty() && spread(false).isEmpty()) {
      throw new IllegalArgumentException(
          "router.consistent-hashing: true at site "
              + site.site()
              + " (expected: a service with next-hop: hosts)");
    }
    int hosts = Math.max(spreadHosts(true).size(), spreadHosts(false).size());
    if (hosts > MAX_HOSTS) {
      throw new IllegalArgumentException(
          "router.consistent-hashing: "
              + hosts
              + " hosts of a family at site "
              + site.site()
              + " (expected: at most "
              + MAX_HOSTS
              + ")");
    }
  }

  Map<String, Object> variables(boolean ipv4) {
    List<Map<String, Object>> buckets = buckets(ipv4);
    Map<String, Object> variables = new TreeMap<>();
    variables.put("nft", ipv4 ? "ip" : "ip6");
    variables.put("ipOption", ipv4 ? "-4" : "-6");
    variables.put("isConsistent", !buckets.isEmpty());
    variables.put("buckets", buckets);
    variables.put("bucketCount", buckets.size());
    variables.put("firstMark", FIRST_MARK);
    variables.put("bucketPreference", RULE_PREFERENCE);
    variables.put("ranks", spreadHosts(ipv4).size() + 1);
    variables.put(
        "spreadNets",
        spread(ipv4).stream().map(Prefix::toString).collect(Collectors.joining(", ")));
    return variables;
  }

  /** Whose flows are spread over several hosts. */
  private Set<Prefix> spread(boolean ipv4) {
    return spreadServices()
        .flatMap(service -> service.prefixes().stream())
        .filter(prefix -> prefix.isIpv4() == ipv4)
        .collect(Collectors.toCollection(LinkedHashSet::new));
  }

  private List<String> spreadHosts(boolean ipv4) {
    Set<String> names =
        spreadServices()
            .flatMap(service -> service.hosts().stream())
            .collect(Collectors.toCollection(LinkedHashSet::new));
    return site.hosts().stream()
        .filter(host -> names.contains(host.name()))
        .map(HostConfig::address)
        .filter(address -> address.isIpv4() == ipv4)
        .map(IpAddress::toString)
        .toList();
  }

  private Stream<ServiceConfig> spreadServices() {
    return site.services().stream()
        .filter(service -> service.nextHop() instanceof NextHopChoice.HealthyHosts);
  }

  /**
   * A bucket for each pair of hosts: the one that has its flows, and the one that inherits them. So
   * each host has as many, and what a host leaves goes to all others alike.
   */
  private List<Map<String, Object>> buckets(boolean ipv4) {
    List<String> hosts = spreadHosts(ipv4);
    List<Map<String, Object>> buckets = new ArrayList<>();
    if (!router.consistentHashing()) {
      return buckets;
    }
    for (int first = 0; first < hosts.size(); first++) {
      for (int second = 1; second < hosts.size(); second++) {
        List<String> order = new ArrayList<>(hosts);
        Collections.rotate(order, -first);
        Collections.rotate(order.subList(1, order.size()), -(second - 1));
        int number = buckets.size();
        buckets.add(
            Map.of(
                "bucket",
                number,
                "table",
                FIRST_MARK + number,
                "hosts",
                IntStream.range(0, order.size())
                    .mapToObj(i -> Map.of("address", order.get(i), "ahead", order.size() - i))
                    .toList()));
      }
    }
    return buckets;
  }
}
