package org.bgpannouncer.render;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.bgpannouncer.announcement.ServiceConfig.NextHopChoice;
import org.bgpannouncer.bgp.BgpRole;
import org.bgpannouncer.config.DaemonConfig;
import org.bgpannouncer.config.Deployment.AnnouncerMachine;
import org.bgpannouncer.config.EdgeRouter;
import org.bgpannouncer.config.EdgeRouter.ExternalNeighbor;
import org.bgpannouncer.config.EdgeRouter.Lan;
import org.bgpannouncer.config.SpeakerConfig;
import org.bgpannouncer.engine.AllowRule;
import org.bgpannouncer.engine.HostConfig;
import org.bgpannouncer.engine.SiteConfig;
import org.bgpannouncer.route.IpAddress;
import org.bgpannouncer.route.Prefix;

/**
 * What the templates of a site's router and of its announcers may name; bird-templates/README.md
 * has the table.
 */
final class RouterVariables {
  private final SiteConfig site;
  private final EdgeRouter router;
  private final List<AnnouncerMachine> announcers;

  private RouterVariables(DaemonConfig config, EdgeRouter router) {
    this.site = config.site();
    this.router = router;
    this.announcers = config.deployment().announcers();
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
        "pathLimit", own.pathLimit(own.announced(true).size() + own.announced(false).size()));
    variables.put("hasNeighbors", !router.neighbors().isEmpty());
    variables.put("announcers", own.announcers.stream().map(own::announcer).toList());
    variables.put("neighbors", router.neighbors().stream().map(own::neighbor).toList());
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
    for (Map<String, Object> family : own.families()) {
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
    variables.put("families", families());
    return variables;
  }

  private List<Map<String, Object>> families() {
    List<Map<String, Object>> families = new ArrayList<>();
    for (boolean ipv4 : List.of(true, false)) {
      Set<Prefix> announced = announced(ipv4);
      Optional<Prefix> physical = physical(ipv4);
      if (!announced.isEmpty() || physical.isPresent()) {
        families.add(family(ipv4, announced, physical));
      }
    }
    return families;
  }

  private Set<Prefix> announced(boolean ipv4) {
    return site.services().stream()
        .flatMap(service -> service.prefixes().stream())
        .filter(prefix -> prefix.isIpv4() == ipv4)
        .collect(Collectors.toCollection(LinkedHashSet::new));
  }

  private Optional<Prefix> physical(boolean ipv4) {
    return site.physicalRange(ipv4);
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
    if (announced(ipv4).isEmpty() && physical(ipv4).isEmpty()) {
      throw new IllegalArgumentException(
          key
              + ": "
              + value
              + " (expected: a family of which site "
              + site.site()
              + " has a prefix)");
    }
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
            .map(this::neighbor)
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
  private int pathLimit(int prefixes) {
    return 2 * prefixes * Math.max(1, site.hosts().size());
  }

  /** Where the addresses are that the hosts' own connections leave from. */
  private List<Map<String, String>> hosts(boolean ipv4) {
    List<Map<String, String>> hosts = new ArrayList<>();
    for (HostConfig host : site.hosts()) {
      host.outbound()
          .filter(outbound -> outbound.isIpv4() == ipv4 && host.address().isIpv4() == ipv4)
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

  /** What the routers' languages call a family. */
  private static Map<String, Object> words(boolean ipv4) {
    Map<String, Object> words = new TreeMap<>();
    words.put("isIpv4", ipv4);
    words.put("v", ipv4 ? "4" : "6");
    words.put("family", ipv4 ? "IPv4" : "IPv6");
    words.put("ip", ipv4 ? "ip" : "ipv6");
    words.put("channel", ipv4 ? "ipv4" : "ipv6");
    words.put("any", ipv4 ? "0.0.0.0/0" : "::/0");
    return words;
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

  private Map<String, Object> neighbor(ExternalNeighbor neighbor) {
    boolean ipv4 = neighbor.address().isIpv4();
    Map<String, Object> variables = words(ipv4);
    variables.put("name", neighbor.name());
    variables.put("title", title(neighbor));
    variables.put("address", neighbor.address().toString());
    variables.put("local", neighbor.localAddress().toString());
    variables.put("as", neighbor.as());
    variables.put("role", neighbor.role().toString());
    variables.put("birdRole", neighbor.role().toString().replace('-', '_'));
    variables.put("isProvider", neighbor.role() == BgpRole.CUSTOMER);
    variables.put("isRouteServer", neighbor.role() == BgpRole.RS_CLIENT);
    variables.put("preference", preference(neighbor.role()));
    variables.put("ttlSecurity", neighbor.ttlSecurity());
    variables.put("bfd", neighbor.bfd());
    variables.put(
        "maxPrefixes",
        neighbor.maxPrefixes().stream().map(number -> Map.of("number", number)).toList());
    variables.put("isPrepended", neighbor.prepend() > 0);
    variables.put("prepend", neighbor.prepend());
    variables.put(
        "prependedPath",
        String.join(" ", Collections.nCopies(neighbor.prepend(), String.valueOf(site.localAs()))));
    variables.put(
        "prepends", IntStream.range(0, neighbor.prepend()).mapToObj(i -> Map.of()).toList());
    List<Map<String, String>> communities =
        neighbor.exchange().stream()
            .flatMap(
                exchange -> exchange.instructions(neighbor.onlyTo(), neighbor.notTo()).stream())
            .map(
                instruction ->
                    Map.of(
                        "meaning",
                        instruction.meaning(),
                        "community",
                        instruction.community().toString(),
                        "bird",
                        "(" + instruction.community().toString().replace(":", ", ") + ")"))
            .toList();
    variables.put("hasCommunities", !communities.isEmpty());
    variables.put("communities", communities);
    variables.put(
        "communityList",
        communities.stream().map(each -> each.get("community")).collect(Collectors.joining(" ")));
    return variables;
  }

  private static String title(ExternalNeighbor neighbor) {
    return switch (neighbor.role()) {
      case PEER -> "A peer, AS" + neighbor.as() + ".";
      case RS_CLIENT ->
          neighbor
              .exchange()
              .map(exchange -> "A route server of " + exchange.displayName() + ".")
              .orElse("A route server, AS" + neighbor.as() + ".");
      default -> "A transit provider, AS" + neighbor.as() + ".";
    };
  }

  /** What costs nothing first: a peer before an exchange, which others share, before transit. */
  private static int preference(BgpRole role) {
    return switch (role) {
      case PEER -> 200;
      case RS_CLIENT -> 150;
      default -> 100;
    };
  }
}
