package org.bgpannouncer.doctor;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.bgpannouncer.config.DaemonConfig;
import org.bgpannouncer.config.Deployment.Method;
import org.bgpannouncer.config.Deployment.Pinning;
import org.bgpannouncer.doctor.Machine.Held;
import org.bgpannouncer.engine.HostConfig;
import org.bgpannouncer.probe.Observation;
import org.bgpannouncer.probe.Outcome;
import org.bgpannouncer.probe.bitcoin.p2p.P2pConfig;
import org.bgpannouncer.probe.bitcoin.rpc.PinningRules;
import org.bgpannouncer.route.IpAddress;

/** The addresses and routes of a machine on which a node runs. */
final class HostChecks {
  /** Somewhere on the Internet, in each half of it; nothing is sent there. */
  private static final List<IpAddress> OUTSIDE_IPV4 =
      addresses("9.9.9.9", "90.0.0.1", "198.41.0.4");

  private static final List<IpAddress> OUTSIDE_IPV6 =
      addresses("2620:fe::9", "2001:7fd::1", "9000::1");

  private static final String LOOPBACK = "lo";
  private static final String DEFAULT_ROUTE = "default";

  /** As ip(8) -N spells it (rtnetlink(7)). */
  private static final String MAIN = "254";

  /** What a rule that is for one user and nothing else has. */
  private static final Set<String> OF_A_USER =
      Set.of("priority", "src", "table", "uid_start", "uid_end", "suppress_prefixlen", "protocol");

  private final Machine machine;
  private final HostConfig host;
  private final Optional<Pinning> pinning;
  private final Optional<PinningRules> rules;
  private final List<IpAddress> addresses;

  HostChecks(Machine machine, DaemonConfig site, HostConfig host) {
    this.machine = machine;
    this.host = host;
    this.pinning = site.deployment().pinning();
    this.rules = site.pinningRules(host);
    this.addresses =
        site.site().services().stream()
            .filter(service -> service.hosts().contains(host.name()))
            .flatMap(service -> service.address().stream())
            .distinct()
            .toList();
  }

  static List<IpAddress> outside(boolean ipv4) {
    return ipv4 ? OUTSIDE_IPV4 : OUTSIDE_IPV6;
  }

  private static List<IpAddress> addresses(String... texts) {
    return Arrays.stream(texts).map(IpAddress::parse).toList();
  }

  void askAll(Findings findings) {
    for (IpAddress address : addresses) {
      findings.ask(
          Check.SERVICE_ADDRESS, address + " is on " + LOOPBACK, () -> serviceAddress(address));
    }
    if (pinning.isPresent()) {
      host.outbound().ifPresent(outbound -> askForSource(findings, pinning.get(), outbound));
    } else {
      findings.add(
          Finding.unchecked(
              Check.SOURCE_ROUTE,
              "pinning: not in the site file (expected: { interface, gateway })"));
    }
    if (rules.isPresent() && host.target().p2p().isPresent()) {
      findings.ask(
          Check.CONNECTIONS,
          "leave and arrive by the right addresses",
          () -> connections(rules.get(), host.target().p2p().get()));
    }
    if (addresses.stream().anyMatch(IpAddress::isIpv4)) {
      askForUplink(findings);
    }
  }

  private List<Finding> serviceAddress(IpAddress address) throws CannotTellException {
    List<Held> held = held(address);
    Held right = new Held(LOOPBACK, address.bits());
    String add =
        "ip address replace "
            + address
            + "/"
            + address.bits()
            + " dev "
            + LOOPBACK
            + (address.isIpv4() ? "" : " preferred_lft 0");
    if (held.isEmpty()) {
      return List.of(
          Finding.problem(
              Check.SERVICE_ADDRESS,
              address + " is on no interface (expected: on " + LOOPBACK + ")",
              "The kernel answers nobody who dials it: the site announces itself and serves nobody.",
              add));
    }
    List<Finding> bad = new ArrayList<>();
    for (Held each : held) {
      if (!each.device().equals(LOOPBACK)) {
        bad.add(
            Finding.warning(
                Check.SERVICE_ADDRESS,
                address + " is on " + each.device() + " (expected: on " + LOOPBACK + ")",
                "It is gone while that link is down, and each host of the LAN answers ARP for it.",
                add + " && " + remove(address, each)));
      } else if (!each.equals(right)) {
        bad.add(
            Finding.warning(
                Check.SERVICE_ADDRESS,
                address
                    + "/"
                    + each.length()
                    + " is on "
                    + LOOPBACK
                    + " (expected: /"
                    + address.bits()
                    + ")",
                "This host answers for each address of that network, and reaches none of them"
                    + " elsewhere.",
                add + " && " + remove(address, each)));
      }
    }
    return bad;
  }

  /**
   * Removes one address and no other: of a network's addresses the kernel takes those that came
   * later along with the first.
   */
  private static String remove(IpAddress address, Held held) {
    String device = Remedy.quote(held.device());
    return (address.isIpv4()
            ? Remedy.sysctl(conf(held.device(), "promote_secondaries"), 1) + " && "
            : "")
        + "ip address del "
        + address
        + "/"
        + held.length()
        + " dev "
        + device;
  }

  private List<Held> held(IpAddress address) throws CannotTellException {
    return machine.addresses().getOrDefault(address.toString(), List.of());
  }

  private void askForSource(Findings findings, Pinning pin, IpAddress outbound) {
    if (pin.method().isTranslating()) {
      return; // by the packet filter
    }
    findings.ask(
        Check.OUTBOUND_ADDRESS, outbound + " is on this machine", () -> outboundAddress(outbound));
    if (pin.method() == Method.UID) {
      findings.ask(
          Check.SOURCE_RULE,
          "uid " + pin.uid().orElseThrow() + " is looked up in table " + pin.table() + in(outbound),
          () -> sourceRules(pin, outbound));
    }
    findings.ask(
        Check.SOURCE_ROUTE,
        "what "
            + (pin.method() == Method.UID ? "bitcoind" : "this machine")
            + " begins leaves from "
            + outbound,
        () -> sourceRoute(pin, outbound));
  }

  private List<Finding> connections(PinningRules expected, P2pConfig p2p)
      throws CannotTellException {
    Observation seen = new KernelConnections(machine).observe(host.name(), expected, p2p);
    return seen.outcome() == Outcome.OK
        ? List.of()
        : List.of(
            Finding.warning(
                Check.CONNECTIONS,
                seen.reason() + ": " + seen.detail(),
                "Of a connection from the wrong address the answers may go to another site; a client at the"
                    + " wrong address came past the anycast. Those that stand keep their addresses until the"
                    + " node is started again.",
                "# what is said above of the source route and of bitcoin.conf, then a restart of the node"));
  }

  private List<Finding> outboundAddress(IpAddress outbound) throws CannotTellException {
    return held(outbound).isEmpty()
        ? List.of(
            Finding.problem(
                Check.OUTBOUND_ADDRESS,
                outbound + " is on no interface (expected: on " + LOOPBACK + ")",
                "No route can have it as source, and what comes back to it is dropped.",
                "ip address replace " + outbound + "/" + outbound.bits() + " dev " + LOOPBACK))
        : List.of();
  }

  private List<Finding> sourceRules(Pinning pin, IpAddress outbound) throws CannotTellException {
    String family = family(outbound);
    long uid = pin.uid().orElseThrow();
    boolean excepted = false;
    Optional<Integer> pinned = Optional.empty();
    for (JsonNode rule : machine.json("ip", "-N", "-j", family, "rule", "show")) {
      String table = rule.path("table").asText();
      if (isOf(uid, rule) && pinned.isEmpty()) {
        int suppressed = rule.path("suppress_prefixlen").asInt(-1);
        excepted |= suppressed == 0 && table.equals(MAIN);
        if (suppressed < 0 && table.equals(String.valueOf(pin.table()))) {
          pinned = Optional.of(rule.path("priority").asInt());
        }
      }
    }
    List<Finding> bad = new ArrayList<>();
    String add = "ip " + family + " rule add pref ";
    String range = " uidrange " + uid + "-" + uid + " lookup ";
    if (pinned.isEmpty()) {
      bad.add(
          Finding.problem(
              Check.SOURCE_RULE,
              "no rule has uid " + uid + " looked up in table " + pin.table() + in(outbound),
              "What bitcoind begins leaves from whatever address the main table chooses; if that is the"
                  + " service address, the answers go to the closest site.",
              add + Pinning.RULE_PREFERENCE + range + pin.table()));
    }
    if (!excepted) {
      int before = pinned.orElse(Pinning.RULE_PREFERENCE) - 1;
      bad.add(
          Finding.warning(
              Check.SOURCE_RULE,
              "no rule before it looks up in main all but the default route (suppress_prefixlength 0)"
                  + in(outbound),
              "bitcoind reaches its neighbours, other nodes and the announcers, by the gateway only.",
              before < 1
                  ? "# give uid "
                      + uid
                      + "'s rule a preference of 2 or more, and run announcer doctor again"
                  : add + before + range + "main suppress_prefixlength 0"));
    }
    return bad;
  }

  /** Whether it is for each packet of that user. */
  private static boolean isOf(long uid, JsonNode rule) {
    Set<String> fields = new HashSet<>();
    rule.fieldNames().forEachRemaining(fields::add);
    return rule.path("uid_start").asLong(-1) <= uid
        && rule.path("uid_end").asLong(-1) >= uid
        && OF_A_USER.containsAll(fields)
        && rule.path("src").asText().equals("all");
  }

  private static String in(IpAddress address) {
    return address.isIpv4() ? ", in IPv4" : ", in IPv6";
  }

  private static String family(IpAddress address) {
    return address.isIpv4() ? "-4" : "-6";
  }

  private List<Finding> sourceRoute(Pinning pin, IpAddress outbound) throws CannotTellException {
    for (IpAddress outside : outside(outbound.isIpv4())) {
      String source = route(pin, outside).path("prefsrc").asText();
      if (!source.equals(outbound.toString())) {
        return List.of(
            Finding.problem(
                Check.SOURCE_ROUTE,
                (source.isEmpty()
                        ? "no route leads to " + outside
                        : outside + " is reached from " + source)
                    + " (expected: from "
                    + outbound
                    + ")",
                "An answer to the service address goes to the closest site, which may be another: the"
                    + " node has no peers of its own, and other sites hear answers to questions they"
                    + " never asked.",
                replaceRoute(pin, outbound, route(pin, outside, "fibmatch"))));
      }
    }
    return List.of();
  }

  /** What ip tells of the way there; nothing if there is none. */
  private JsonNode route(Pinning pin, IpAddress to, String... options) throws CannotTellException {
    List<String> command = new ArrayList<>(List.of("ip", "-N", "-j", family(to), "route", "get"));
    command.addAll(List.of(options));
    command.add(to.toString());
    if (pin.method() == Method.UID) {
      command.addAll(List.of("uid", String.valueOf(pin.uid().orElseThrow())));
    }
    Machine.Answer answer = machine.run(command.toArray(String[]::new));
    return Machine.parse("ip route get", answer.code() == 0 ? answer.out() : "").path(0);
  }

  /** The kernel replaces only a route of the same metric; each other would stand beside it. */
  private static String replaceRoute(Pinning pin, IpAddress outbound, JsonNode found) {
    boolean ofOneUser = pin.method() == Method.UID;
    String table = ofOneUser ? String.valueOf(pin.table()) : MAIN;
    // Of a user without a rule it is the main table's.
    boolean same = found.has("type") || found.path("table").asText(MAIN).equals(table);
    String destination = same ? found.path("dst").asText(DEFAULT_ROUTE) : DEFAULT_ROUTE;
    String source = " src " + outbound;
    if (same && found.has("type")) { // local, blackhole, unreachable
      return "# the " + found.path("type").asText() + " route to " + destination + " has to go";
    }
    if (same && found.has("nexthops")) {
      return "# each next hop of the route to "
          + destination
          + " has to leave from "
          + outbound
          + ": ip route replace "
          + destination
          + source
          + " nexthop ...";
    }
    boolean isDefault = destination.equals(DEFAULT_ROUTE);
    String gateway =
        isDefault
            ? pin.gateway(outbound.isIpv4()).map(IpAddress::toString).orElse("")
            : found.path("gateway").asText();
    String device = isDefault ? pin.networkInterface() : found.path("dev").asText();
    return "ip "
        + family(outbound)
        + " route replace "
        + destination
        + (gateway.isEmpty() ? "" : " via " + gateway)
        + " dev "
        + Remedy.quote(device)
        + (ofOneUser ? " table " + table : "")
        + (same ? option(found, "metric", "metric") + option(found, "protocol", "proto") : "")
        + source;
  }

  private static String option(JsonNode found, String field, String name) {
    return found.has(field) ? " " + name + " " + found.path(field).asText() : "";
  }

  private void askForUplink(Findings findings) {
    String uplink;
    try {
      uplink = pinning.isPresent() ? pinning.get().networkInterface() : machine.uplink(true);
    } catch (CannotTellException e) {
      for (Check check : List.of(Check.ARP_IGNORE, Check.ARP_ANNOUNCE, Check.RP_FILTER)) {
        findings.add(Finding.unchecked(check, e.missing()));
      }
      return;
    }
    findings.ask(
        Check.ARP_IGNORE, uplink + " answers for its own addresses only", () -> arpIgnore(uplink));
    findings.ask(
        Check.ARP_ANNOUNCE,
        uplink + " asks from its own addresses only",
        () -> arpAnnounce(uplink));
    findings.ask(Check.RP_FILTER, "not strict on " + uplink, () -> reversePathFilter(uplink));
  }

  /** From 3 on it is about scopes, and then answers for addresses of lo, or for none at all. */
  private List<Finding> arpIgnore(String device) throws CannotTellException {
    int all = machine.sysctl(conf("all", "arp_ignore"));
    int found = Math.max(all, machine.sysctl(conf(device, "arp_ignore")));
    String path = conf(device, "arp_ignore");
    return found == 1 || found == 2
        ? List.of()
        : List.of(
            Finding.warning(
                Check.ARP_IGNORE,
                (all > 2 ? conf("all", "arp_ignore") : path) + ": " + found + " (expected: 1)",
                "Who asks the LAN for the service address is answered by every host: the first answer"
                    + " takes all the clients, past BGP, also when that node is dead.",
                (all > 2 ? Remedy.sysctl(conf("all", "arp_ignore"), 1) + " && " : "")
                    + Remedy.sysctl(path, 1)));
  }

  private List<Finding> arpAnnounce(String device) throws CannotTellException {
    int found = greatest("arp_announce", device);
    String path = conf(device, "arp_announce");
    return found >= 2
        ? List.of()
        : List.of(
            Finding.warning(
                Check.ARP_ANNOUNCE,
                path + ": " + found + " (expected: 2)",
                "Before an answer to a client the host asks for the gateway in the name of the service"
                    + " address: the gateway does not answer, or learns that the address is on the LAN.",
                Remedy.sysctl(path, 2)));
  }

  private List<Finding> reversePathFilter(String device) throws CannotTellException {
    if (greatest("rp_filter", device) != 1) {
      return List.of();
    }
    String path = conf(device, "rp_filter");
    return List.of(
        Finding.warning(
            Check.RP_FILTER,
            path + ": strict (expected: 0, or 2, which is loose)",
            "A packet whose sender the main table would answer by another interface is dropped without a"
                + " trace (RFC 3704, 2.2): so are clients, once a second uplink or a private link is there.",
            Remedy.sysctl(path, 2)));
  }

  /** The kernel takes the greater of an interface's own and that of all. */
  private int greatest(String setting, String device) throws CannotTellException {
    return Math.max(machine.sysctl(conf("all", setting)), machine.sysctl(conf(device, setting)));
  }

  static String conf(String device, String setting) {
    return "net/ipv4/conf/" + device + "/" + setting;
  }
}
