package org.bgpannouncer.doctor;

import static java.util.stream.Collectors.joining;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.bgpannouncer.config.DaemonConfig;
import org.bgpannouncer.config.EdgeRouter;
import org.bgpannouncer.config.EdgeRouter.ExternalNeighbor;
import org.bgpannouncer.config.EdgeRouter.Lan;
import org.bgpannouncer.config.EdgeRouter.PrivateLink;
import org.bgpannouncer.doctor.Machine.Held;
import org.bgpannouncer.render.RenderedFile;
import org.bgpannouncer.render.Renderer;
import org.bgpannouncer.render.Target;
import org.bgpannouncer.route.IpAddress;

/** The site's router: its kernel, and FRR where that runs. */
final class RouterChecks {
  /** Of {@code fib_multipath_hash_policy}: addresses and ports; and the fields that are named. */
  private static final int BY_FLOW = 1;

  private static final int BY_FIELDS = 3;

  /** Of {@code fib_multipath_hash_fields}: source and destination port (ip-sysctl.rst). */
  private static final int PORTS = 0x30;

  private final Machine machine;
  private final Remedy remedy;
  private final DaemonConfig site;
  private final EdgeRouter router;
  private final Duration detectWithin;

  /**
   * @param detectWithin how long an announcer may be dead before its routes are withdrawn
   */
  RouterChecks(
      Machine machine, Remedy remedy, DaemonConfig site, EdgeRouter router, Duration detectWithin) {
    this.machine = machine;
    this.remedy = remedy;
    this.site = site;
    this.router = router;
    this.detectWithin = detectWithin;
  }

  void askAll(Findings findings) {
    for (IpAddress source : router.sources()) {
      findings.ask(
          Check.SOURCE_ADDRESS, source + " is on this machine", () -> sourceAddress(source));
    }
    for (Lan lan : router.lans()) {
      boolean ipv4 = lan.network().isIpv4();
      String family = ipv4 ? "IPv4" : "IPv6";
      findings.ask(Check.FORWARDING, "of " + family, () -> forwarding(ipv4, lan));
      findings.ask(
          Check.ECMP_HASH,
          family + " flows are spread by addresses and ports",
          () -> ecmpHash(ipv4));
      if (ipv4) {
        findings.ask(
            Check.REDIRECTS, "none to " + lan.network(), () -> redirects(device(lan.address())));
      }
    }
    if (router.consistentHashing()) {
      findings.ask(
          Check.CONSISTENT_HASHING,
          "flows have their buckets, and buckets their tables",
          this::consistentHashing);
    }
    Stream.concat(
            router.neighbors().stream().map(ExternalNeighbor::localAddress),
            router.lans().stream().map(Lan::address))
        .filter(IpAddress::isIpv4)
        .distinct()
        .forEach(
            address ->
                findings.ask(
                    Check.RP_FILTER,
                    "not strict where " + address + " is",
                    () -> reversePathFilter(device(address))));
    router.privateLinks().stream()
        .map(PrivateLink::via)
        .filter(IpAddress::isIpv4)
        .distinct()
        .forEach(
            via ->
                findings.ask(
                    Check.RP_FILTER,
                    "not strict on the way to " + via,
                    () -> reversePathFilter(towards(via))));
    new RouterDaemonChecks(machine, remedy, site, router, detectWithin).askAll(findings);
  }

  private List<Finding> sourceAddress(IpAddress source) throws CannotTellException {
    return machine.addresses().containsKey(source.toString())
        ? List.of()
        : List.of(
            Finding.problem(
                Check.SOURCE_ADDRESS,
                source + " is on no interface (expected: on lo)",
                "The routing daemon puts it on each route as its source, and the kernel takes no such route:"
                    + " the prefix is announced, and nothing is forwarded.",
                "ip address replace " + source + "/" + source.bits() + " dev lo"));
  }

  /** The interface by which packets to it leave. */
  private String towards(IpAddress address) throws CannotTellException {
    String device =
        machine.json("ip", "-j", "route", "get", address.toString()).path(0).path("dev").asText();
    if (device.isEmpty()) {
      throw new CannotTellException(address + ": no route leads there");
    }
    return device;
  }

  private String device(IpAddress address) throws CannotTellException {
    List<Held> held = machine.addresses().getOrDefault(address.toString(), List.of());
    if (held.isEmpty()) {
      throw new CannotTellException(address + ": on no interface of this machine");
    }
    return held.get(0).device();
  }

  private List<Finding> forwarding(boolean ipv4, Lan lan) throws CannotTellException {
    String all = ipv4 ? "net/ipv4/ip_forward" : "net/ipv6/conf/all/forwarding";
    List<String> off = new ArrayList<>();
    if (machine.sysctl(all) == 0) {
      off.add(all);
    } else if (ipv4) {
      // Each interface that packets come in by has to forward too; of IPv6 "all" alone counts.
      for (String device : devices(lan)) {
        String path = HostChecks.conf(device, "forwarding");
        if (machine.sysctl(path) == 0) {
          off.add(path);
        }
      }
    }
    return off.stream()
        .map(
            path ->
                Finding.problem(
                    Check.FORWARDING,
                    path + ": 0 (expected: 1)",
                    "The router announces prefixes and forwards nothing.",
                    Remedy.sysctl(path, 1)))
        .toList();
  }

  /** Those of its neighbors and its hosts, as far as they are there. */
  private Set<String> devices(Lan lan) throws CannotTellException {
    Set<String> devices = new TreeSet<>();
    Map<String, List<Held>> held = machine.addresses();
    Stream.concat(
            router.neighbors().stream().map(ExternalNeighbor::localAddress),
            Stream.of(lan.address()))
        .filter(address -> address.isIpv4() == lan.network().isIpv4())
        .flatMap(address -> held.getOrDefault(address.toString(), List.of()).stream())
        .forEach(each -> devices.add(each.device()));
    return devices;
  }

  private List<Finding> ecmpHash(boolean ipv4) throws CannotTellException {
    String path =
        ipv4 ? "net/ipv4/fib_multipath_hash_policy" : "net/ipv6/fib_multipath_hash_policy";
    int found = machine.sysctl(path);
    boolean byFlow = found == BY_FLOW;
    if (found == BY_FIELDS) {
      int fields = machine.sysctl(path.replace("_policy", "_fields"));
      byFlow = (fields & PORTS) == PORTS;
    }
    return byFlow
        ? List.of()
        : List.of(
            Finding.warning(
                Check.ECMP_HASH,
                path
                    + ": "
                    + found
                    + (found == BY_FIELDS ? ", without both ports" : "")
                    + " (expected: 1)",
                "Of clients behind one address, a carrier's NAT or a proxy, all connections go to one host"
                    + " (RFC 4786, 4.4.3).",
                Remedy.sysctl(path, BY_FLOW)));
  }

  private List<Finding> consistentHashing() throws CannotTellException {
    List<JsonNode> hashes = new ArrayList<>();
    for (JsonNode rule : machine.nftRules()) {
      for (JsonNode statement : rule.path("expr")) {
        JsonNode mangle = statement.path("mangle");
        if (mangle.path("key").path("meta").path("key").asText().equals("mark")
            && mangle.path("value").has("jhash")) {
          hashes.add(mangle.path("value").path("jhash"));
        }
      }
    }
    String why =
        "By the kernel's own hash a host that is gone moves flows of the others too, and their connections"
            + " are reset.";
    List<Finding> bad = new ArrayList<>();
    for (RenderedFile file : new Renderer().render(Target.IPROUTE2, site)) {
      if (!file.machine().equals(EdgeRouter.NAME) || !file.name().contains("-rule")) {
        continue;
      }
      Map<Integer, String> rules = rules(file);
      String family = file.name().contains("rule6") ? "-6" : "-4";
      int first = rules.keySet().stream().findFirst().orElse(0);
      String protocol = family.equals("-6") ? "ip6" : "ip";
      if (hashes.stream()
          .noneMatch(
              hash ->
                  hash.path("mod").asInt() == rules.size()
                      && hash.path("offset").asInt() == first
                      && hash.findValuesAsText("protocol").contains(protocol))) {
        bad.add(
            Finding.warning(
                Check.CONSISTENT_HASHING,
                "no rule of nftables marks by jhash of "
                    + protocol
                    + " mod "
                    + rules.size()
                    + " offset "
                    + first
                    + " (expected: as rendered)",
                why,
                remedy.render(Target.NFT, EdgeRouter.NAME) + " | nft -f -"));
      }
      for (JsonNode rule : machine.json("ip", "-N", "-j", family, "rule", "show")) {
        // Looked up elsewhere, a mark has no bucket.
        if (rule.has("fwmark")
            && Long.decode(rule.path("fwmark").asText()) == rule.path("table").asLong(-1)) {
          rules.remove(rule.path("table").asInt());
        }
      }
      if (!rules.isEmpty()) {
        bad.add(
            Finding.warning(
                Check.CONSISTENT_HASHING,
                "ip "
                    + family
                    + " rule: none for the marks "
                    + rules.keySet()
                    + " (expected: each looked up in its table)",
                why,
                rules.values().stream()
                    .map(rule -> "ip " + family + " " + rule)
                    .collect(joining(" && "))));
      }
    }
    return bad;
  }

  /** The lines of a batch for ip(8) by the marks, which are the tables too. */
  private static Map<Integer, String> rules(RenderedFile batch) {
    Map<Integer, String> rules = new TreeMap<>();
    batch
        .text()
        .lines()
        .filter(line -> line.startsWith("rule add "))
        .forEach(
            line -> rules.put(Integer.valueOf(line.substring(line.lastIndexOf(' ') + 1)), line));
    return rules;
  }

  private List<Finding> redirects(String device) throws CannotTellException {
    List<String> on = new ArrayList<>();
    // The kernel sends them when either is on.
    for (String each : List.of("all", device)) {
      String path = HostChecks.conf(each, "send_redirects");
      if (machine.sysctl(path) != 0) {
        on.add(path);
      }
    }
    return on.isEmpty()
        ? List.of()
        : List.of(
            Finding.warning(
                Check.REDIRECTS,
                String.join(" and ", on) + ": 1 (expected: 0)",
                "Who asks from the hosts' own network is told to go straight to one host, and all of its"
                    + " flows do, also to one that is withdrawn.",
                String.join(" && ", on.stream().map(path -> Remedy.sysctl(path, 0)).toList())));
  }

  private List<Finding> reversePathFilter(String device) throws CannotTellException {
    int all = machine.sysctl(HostChecks.conf("all", "rp_filter"));
    String path = HostChecks.conf(device, "rp_filter");
    if (Math.max(all, machine.sysctl(path)) != 1) {
      return List.of();
    }
    return List.of(
        Finding.problem(
            Check.RP_FILTER,
            path + ": strict (expected: 0, or 2, which is loose)",
            "What comes by another provider than the way back leads to is dropped without a trace"
                + " (RFC 3704, 2.2); on the Internet that is half of it.",
            Remedy.sysctl(path, 2)));
  }
}
