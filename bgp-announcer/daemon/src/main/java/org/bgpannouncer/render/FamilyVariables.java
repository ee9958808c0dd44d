package org.bgpannouncer.render;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.bgpannouncer.announcement.ServiceConfig.NextHopChoice;
import org.bgpannouncer.config.Deployment.AnnouncerMachine;
import org.bgpannouncer.config.EdgeRouter;
import org.bgpannouncer.config.EdgeRouter.Lan;
import org.bgpannouncer.engine.AllowRule;
import org.bgpannouncer.engine.HostConfig;
import org.bgpannouncer.engine.SiteConfig;
import org.bgpannouncer.route.IpAddress;
import org.bgpannouncer.route.Prefix;

/**
 * Those of {@link RouterVariables} that the site's prefixes of a family have, in the words of each
 * router's language.
 */
final class FamilyVariables {
  private final SiteConfig site;
  private final EdgeRouter router;
  private final List<AnnouncerMachine> announcers;

  FamilyVariables(SiteConfig site, EdgeRouter router, List<AnnouncerMachine> announcers) {
    this.site = site;
    this.router = router;
    this.announcers = announcers;
  }

  /** One entry for each family that a prefix has. */
  List<Map<String, Object>> all() {
    List<Map<String, Object>> families = new ArrayList<>();
    for (boolean ipv4 : List.of(true, false)) {
      Set<Prefix> announced = announced(ipv4);
      Optional<Prefix> physical = site.physicalRange(ipv4);
      if (!announced.isEmpty() || physical.isPresent()) {
        families.add(family(ipv4, announced, physical));
      }
    }
    return families;
  }

  /** What the services announce. */
  Set<Prefix> announced(boolean ipv4) {
    return site.services().stream()
        .flatMap(service -> service.prefixes().stream())
        .filter(prefix -> prefix.isIpv4() == ipv4)
        .collect(Collectors.toCollection(LinkedHashSet::new));
  }

  private Map<String, Object> family(
      boolean ipv4, Set<Prefix> announced, Optional<Prefix> physical) {
    Optional<Lan> lan = router.lan(ipv4);
    if (lan.isEmpty()) {
      throw new IllegalArgumentException(
          "router.lans: "
              + router.lans().stream().map(own -> own.network().toString()).toList()
              + " at site "
              + site.site()
              + " (expected: an "
              + (ipv4 ? "IPv4" : "IPv6")
              + " network, as there is a prefix)");
    }
    Set<Prefix> global =
        announced.stream()
            .filter(prefix -> !isInternal(prefix))
            .collect(Collectors.toCollection(LinkedHashSet::new));
    Map<String, Object> family = words(ipv4);
    family.put("bits", ipv4 ? 32 : 128);
    family.put(
        "sysctl",
        ipv4 ? "net.ipv4.fib_multipath_hash_policy" : "net.ipv6.fib_multipath_hash_policy");
    family.put("minLength", ipv4 ? 8 : 16);
    family.put("maxLength", ipv4 ? 24 : 48);
    family.put("hasServices", !announced.isEmpty());
    family.put("isGlobal", !global.isEmpty());
    Set<Prefix> ours = with(physical, global);
    Set<Prefix> own = with(physical, announced);
    family.put("announced", prefixes(announced));
    family.put("announcedNets", joined(announced, ""));
    family.put("serviceNets", joined(global, ""));
    family.put("ours", prefixes(ours));
    family.put("ourNets", joined(ours, ""));
    family.put("own", prefixes(own));
    family.put("ownNets", joined(own, "+"));
    family.put("bogons", bogons(ipv4));
    List<IpAddress> nextHops = nextHops(ipv4);
    checkNextHops(lan.get(), nextHops, announced);
    family.put(
        "nextHops",
        nextHops.stream().map(address -> Map.of("address", address.toString())).toList());
    family.put(
        "nextHopList",
        nextHops.stream().map(IpAddress::toString).collect(Collectors.joining(", ")));
    family.put(
        "sessions",
        router.neighbors().stream()
            .filter(neighbor -> neighbor.address().isIpv4() == ipv4)
            .map(neighbor -> NeighborVariables.of(site, neighbor))
            .toList());
    family.put(
        "physical",
        physical.stream()
            .map(range -> Map.of("network", range.toString(), "hosts", hosts(ipv4)))
            .toList());
    family.put(
        "source",
        router.sources().stream()
            .filter(source -> source.isIpv4() == ipv4)
            .map(
                source ->
                    Map.of("address", source.toString(), "nodad", source.isIpv4() ? "" : " nodad"))
            .toList());
    List<Map<String, String>> links =
        router.privateLinks().stream()
            .filter(link -> link.network().isIpv4() == ipv4)
            .map(link -> Map.of("network", link.network().toString(), "via", link.via().toString()))
            .toList();
    family.put("hasPrivateLinks", !links.isEmpty());
    family.put("privateLinks", links);
    family.putAll(new FlowBuckets(site, router).variables(ipv4));
    family.put("pathLimit", pathLimit(announced.size()));
    return family;
  }

  private void checkNextHops(Lan lan, List<IpAddress> nextHops, Set<Prefix> announced) {
    if (nextHops.isEmpty() && !announced.isEmpty()) {
      throw new IllegalArgumentException(
          "services: "
              + joined(announced, "")
              + " at site "
              + site.site()
              + " (expected: a host or an announcer of that family, or a next-hop)");
    }
    for (IpAddress nextHop : nextHops) {
      if (!lan.network().contains(nextHop)) {
        throw new IllegalArgumentException(
            "services.next-hop: "
                + nextHop
                + " at site "
                + site.site()
                + " (expected: an address in "
                + lan.network()
                + ", which is in router.lans)");
      }
    }
  }

  /** Each prefix once for each host, and as much again while they change. */
  int pathLimit(int prefixes) {
    return 2 * prefixes * Math.max(1, site.hosts().size());
  }

  /** Where the addresses are that the hosts' own connections leave from. */
  private List<Map<String, String>> hosts(boolean ipv4) {
    List<Map<String, String>> hosts = new ArrayList<>();
    for (HostConfig host : site.hosts()) {
      host.outbound()
          .filter(outbound -> outbound.isIpv4() == ipv4)
          .ifPresent(
              outbound ->
                  hosts.add(
                      Map.of(
                          "outbound",
                          outbound + "/" + outbound.bits(),
                          "address",
                          host.address().toString())));
    }
    return hosts;
  }

  private boolean isInternal(Prefix prefix) {
    return site.allow().stream().filter(rule -> rule.allows(prefix)).allMatch(AllowRule::internal);
  }

  private static Set<Prefix> with(Optional<Prefix> one, Set<Prefix> others) {
    Set<Prefix> all = new LinkedHashSet<>(others);
    one.ifPresent(all::add);
    return all;
  }

  private static List<Map<String, Object>> prefixes(Set<Prefix> prefixes) {
    return prefixes.stream()
        .map(
            prefix ->
                Map.<String, Object>of("prefix", prefix.toString(), "length", prefix.length()))
        .toList();
  }

  private static String joined(Set<Prefix> prefixes, String suffix) {
    return prefixes.stream().map(prefix -> prefix + suffix).collect(Collectors.joining(", "));
  }

  /** What nobody may announce, as the other templates have it in their languages. */
  private static List<Map<String, String>> bogons(boolean ipv4) {
    List<String> bogons =
        ipv4
            ? List.of(
                "0.0.0.0/8 8 32",
                "10.0.0.0/8 8 32",
                "100.64.0.0/10 10 32",
                "127.0.0.0/8 8 32",
                "169.254.0.0/16 16 32",
                "172.16.0.0/12 12 32",
                "192.0.0.0/24 24 32",
                "192.168.0.0/16 16 32",
                "198.18.0.0/15 15 32",
                "224.0.0.0/3 3 32",
                "0.0.0.0/0 1 7",
                "0.0.0.0/0 25 32")
            : List.of(
                "::/3 3 128",
                "4000::/2 2 128",
                "8000::/1 1 128",
                "2002::/16 16 128",
                "3ffe::/16 16 128",
                "3fff::/20 20 128",
                "2000::/3 3 15",
                "2000::/3 49 128");
    return bogons.stream()
        .map(text -> text.split(" ", -1))
        .map(words -> Map.of("prefix", words[0], "from", words[1], "to", words[2]))
        .toList();
  }

  /**
   * Where the services may point: the hosts, the announcers, for they may announce themselves, and
   * what a service names.
   */
  private List<IpAddress> nextHops(boolean ipv4) {
    return Stream.of(
            site.hosts().stream().map(HostConfig::address),
            announcers.stream().flatMap(announcer -> announcer.addresses().stream()),
            site.services().stream().flatMap(service -> named(service.nextHop()).stream()))
        .flatMap(addresses -> addresses)
        .filter(address -> address.isIpv4() == ipv4)
        .distinct()
        .toList();
  }

  private static Optional<IpAddress> named(NextHopChoice choice) {
    return choice instanceof NextHopChoice.Address at
        ? Optional.of(at.address())
        : Optional.empty();
  }

  /** What the routers' languages call a family. */
  static Map<String, Object> words(boolean ipv4) {
    Map<String, Object> words = new TreeMap<>();
    words.put("isIpv4", ipv4);
    words.put("v", ipv4 ? "4" : "6");
    words.put("family", ipv4 ? "IPv4" : "IPv6");
    words.put("ip", ipv4 ? "ip" : "ipv6");
    words.put("channel", ipv4 ? "ipv4" : "ipv6");
    words.put("any", ipv4 ? "0.0.0.0/0" : "::/0");
    return words;
  }
}
