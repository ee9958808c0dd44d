package org.bgpannouncer.doctor;

import static java.util.stream.Collectors.joining;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.bgpannouncer.config.DaemonConfig;
import org.bgpannouncer.config.Deployment.AnnouncerMachine;
import org.bgpannouncer.config.EdgeRouter;
import org.bgpannouncer.config.EdgeRouter.ExternalNeighbor;
import org.bgpannouncer.config.EdgeRouter.Lan;
import org.bgpannouncer.doctor.Machine.Held;
import org.bgpannouncer.render.RenderedFile;
import org.bgpannouncer.render.Renderer;
import org.bgpannouncer.render.Target;
import org.bgpannouncer.route.IpAddress;

/** The site's router: its kernel, and FRR where that runs. */
final class RouterChecks {
  /** Ports too: values of {@code fib_multipath_hash_policy}; 3 is what somebody has chosen. */
  private static final List<Integer> FLOW_HASHES = List.of(1, 3);

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
    for (Lan lan : router.lans()) {
      boolean ipv4 = lan.network().isIpv4();
      String family = ipv4 ? "IPv4" : "IPv6";
      findings.ask(Check.FORWARDING, "of " + family, () -> forwarding(ipv4));
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
    findings.ask(Check.FRR, "hears the announcers, tells the neighbors", this::frr);
  }

  private String device(IpAddress address) throws CannotTellException {
    List<Held> held = machine.addresses().getOrDefault(address.toString(), List.of());
    if (held.isEmpty()) {
      throw new CannotTellException(address + ": on no interface of this machine");
    }
    return held.get(0).device();
  }

  private List<Finding> forwarding(boolean ipv4) throws CannotTellException {
    String path = ipv4 ? "net/ipv4/ip_forward" : "net/ipv6/conf/all/forwarding";
    return machine.sysctl(path) != 0
        ? List.of()
        : List.of(
            Finding.problem(
                Check.FORWARDING,
                path + ": 0 (expected: 1)",
                "The router announces prefixes and forwards nothing.",
                Remedy.sysctl(path, 1)));
  }

  private List<Finding> ecmpHash(boolean ipv4) throws CannotTellException {
    String path =
        ipv4 ? "net/ipv4/fib_multipath_hash_policy" : "net/ipv6/fib_multipath_hash_policy";
    int found = machine.sysctl(path);
    return FLOW_HASHES.contains(found)
        ? List.of()
        : List.of(
            Finding.warning(
                Check.ECMP_HASH,
                path + ": " + found + " (expected: 1)",
                "Of clients behind one address, a carrier's NAT or a proxy, all connections go to one host"
                    + " (RFC 4786, 4.4.3).",
                Remedy.sysctl(path, 1)));
  }

  private List<Finding> consistentHashing() throws CannotTellException {
    Set<Integer> moduli = new HashSet<>();
    for (JsonNode rule : machine.nftRules()) {
      rule.findValues("jhash").forEach(hash -> moduli.add(hash.path("mod").asInt()));
    }
    String why =
        "By the kernel's own hash a host that is gone moves flows of the others too, and their connections"
            + " are reset.";
    List<Finding> bad = new ArrayList<>();
    for (RenderedFile file : new Renderer().render(Target.IPROUTE2, site)) {
      if (!file.machine().equals(Renderer.ROUTER)) {
        continue;
      }
      Map<Integer, String> rules = rules(file);
      if (!moduli.contains(rules.size())) {
        bad.add(
            Finding.warning(
                Check.CONSISTENT_HASHING,
                "no rule of nftables has jhash mod " + rules.size(),
                why,
                remedy.render(Target.NFT, Renderer.ROUTER) + " | nft -f -"));
      }
      String family = file.name().contains("rule6") ? "-6" : "-4";
      for (JsonNode rule : machine.json("ip", "-j", family, "rule", "show")) {
        if (rule.has("fwmark")) {
          rules.remove(Long.decode(rule.path("fwmark").asText()).intValue());
        }
      }
      if (!rules.isEmpty()) {
        bad.add(
            Finding.warning(
                Check.CONSISTENT_HASHING,
                "ip " + family + " rule: none for the marks " + rules.keySet(),
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

  private List<Finding> frr() throws CannotTellException {
    Machine.Answer answer = machine.run("vtysh", "-c", "show running-config");
    if (answer.code() != 0 || answer.out().isBlank()) {
      throw new CannotTellException("vtysh: exit " + answer.code() + " (expected: a running FRR)");
    }
    FrrConfig config = FrrConfig.parse(answer.out());
    String mend =
        remedy.render(Target.FRR, Renderer.ROUTER) + " >/tmp/frr.conf && vtysh -f /tmp/frr.conf";
    List<Finding> bad = new ArrayList<>();
    if (config.requiresPolicy()) {
      for (FrrConfig.Session session : config.external(site.site().localAs())) {
        if (!session.hasPolicyIn() || !session.hasPolicyOut()) {
          bad.add(
              Finding.problem(
                  Check.FRR,
                  session
                      + ": no route-map "
                      + (session.hasPolicyIn()
                          ? "out"
                          : session.hasPolicyOut() ? "in" : "in and out")
                      + ", and bgp ebgp-requires-policy",
                  "Without a policy FRR takes no route from a neighbor of another AS, and tells it none"
                      + " (RFC 8212), and says nothing of it.",
                  mend));
        }
      }
    }
    for (AnnouncerMachine announcer : site.deployment().announcers()) {
      Optional<Integer> hold = config.holdTime(announcer.address().toString());
      if (hold.isPresent() && hold.get() > detectWithin.toSeconds()) {
        bad.add(
            AnnouncerChecks.holdTime(
                "FRR neighbor " + announcer.address(), hold.get(), detectWithin, mend));
      }
    }
    if (!config.disablesGracefulRestart()) {
      bad.add(
          Finding.warning(
              Check.GRACEFUL_RESTART,
              "router bgp: not disabled (expected: bgp graceful-restart-disable)",
              "FRR keeps the routes of an announcer that says it restarts, while its nodes may be dead"
                  + " (RFC 4724). Takes a reset of the sessions.",
              mend));
    }
    return bad;
  }
}
