package org.bgpannouncer.doctor;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.bgpannouncer.announcement.ServiceConfig;
import org.bgpannouncer.config.DaemonConfig;
import org.bgpannouncer.config.Deployment.Method;
import org.bgpannouncer.config.Deployment.Pinning;
import org.bgpannouncer.doctor.Machine.Held;
import org.bgpannouncer.engine.HostConfig;
import org.bgpannouncer.probe.Observation;
import org.bgpannouncer.probe.Outcome;
import org.bgpannouncer.probe.bitcoin.p2p.P2pConfig;
import org.bgpannouncer.probe.bitcoin.rpc.PinningRules;
import org.bgpannouncer.render.Target;
import org.bgpannouncer.route.IpAddress;

/** The kernel of a machine on which a node runs. */
final class HostChecks {
  /** Somewhere on the Internet; nothing is sent there. */
  private static final IpAddress OUTSIDE_IPV4 = IpAddress.parse("9.9.9.9");

  private static final IpAddress OUTSIDE_IPV6 = IpAddress.parse("2620:fe::9");

  private static final String LOOPBACK = "lo";

  /** As ufw has it, in a chain of its own below INPUT. */
  private static final Pattern DROPS_INVALID =
      Pattern.compile("-A (?!FORWARD |OUTPUT ).* --(?:ct)?state \\S*INVALID\\S* .*-j DROP");

  private static final int IPV4_AND_TCP_HEADERS = 40;
  private static final int IPV6_AND_TCP_HEADERS = 60;

  private final Machine machine;
  private final Remedy remedy;
  private final HostConfig host;
  private final Optional<Pinning> pinning;
  private final Optional<PinningRules> rules;
  private final List<ServiceConfig> services;

  HostChecks(Machine machine, Remedy remedy, DaemonConfig site, HostConfig host) {
    this.machine = machine;
    this.remedy = remedy;
    this.host = host;
    this.pinning = site.deployment().pinning();
    this.rules = site.pinningRules(host);
    this.services =
        site.site().services().stream()
            .filter(service -> service.hosts().contains(host.name()))
            .filter(service -> service.address().isPresent())
            .toList();
  }

  void askAll(Findings findings) {
    services.stream()
        .map(service -> service.address().orElseThrow())
        .distinct()
        .forEach(
            address ->
                findings.ask(
                    Check.SERVICE_ADDRESS,
                    address + " is on " + LOOPBACK,
                    () -> serviceAddress(address)));
    if (pinning.isEmpty()) {
      findings.add(
          Finding.unchecked(
              Check.SOURCE_ROUTE,
              "pinning: not in the site file (expected: { interface, gateway })"));
      return;
    }
    host.outbound().ifPresent(outbound -> askForSource(findings, pinning.get(), outbound));
    if (rules.isPresent() && host.target().p2p().isPresent()) {
      findings.ask(
          Check.CONNECTIONS,
          "leave and arrive by the right addresses",
          () -> connections(rules.get(), host.target().p2p().get()));
    }
    String uplink = pinning.get().networkInterface();
    if (services.stream().anyMatch(service -> service.address().orElseThrow().isIpv4())) {
      askForArp(findings, uplink);
    }
    findings.ask(Check.RP_FILTER, "not strict on " + uplink, () -> reversePathFilter(uplink));
    if (services.stream().anyMatch(service -> service.port().isPresent())) {
      findings.ask(
          Check.MSS,
          "clients of the service send segments of at most " + pinning.get().mss() + " octets",
          () -> mss(pinning.get()));
      findings.ask(
          Check.CONNTRACK, "a connection that moved here is reset, not dropped", this::conntrack);
    }
  }

  private List<Finding> serviceAddress(IpAddress address) throws CannotTellException {
    List<Held> held = held(address);
    String add = "ip address add " + address + "/" + address.bits() + " dev " + LOOPBACK;
    if (held.isEmpty()) {
      return List.of(
          Finding.problem(
              Check.SERVICE_ADDRESS,
              address + " is on no interface (expected: on " + LOOPBACK + ")",
              "The kernel answers nobody who dials it: the site announces itself and serves nobody.",
              add));
    }
    if (held.stream().noneMatch(each -> each.device().equals(LOOPBACK))) {
      Held first = held.get(0);
      return List.of(
          Finding.warning(
              Check.SERVICE_ADDRESS,
              address + " is on " + first.device() + " (expected: on " + LOOPBACK + ")",
              "It is gone while that link is down, and each host of the LAN answers ARP for it.",
              add
                  + " && ip address del "
                  + address
                  + "/"
                  + first.length()
                  + " dev "
                  + first.device()));
    }
    return List.of();
  }

  private List<Held> held(IpAddress address) throws CannotTellException {
    return machine.addresses().getOrDefault(address.toString(), List.of());
  }

  private void askForSource(Findings findings, Pinning pin, IpAddress outbound) {
    if (pin.method().isTranslating()) {
      findings.ask(
          Check.SOURCE_NAT,
          "what bitcoind begins leaves from " + outbound,
          () -> sourceNat(outbound));
    } else {
      findings.ask(
          Check.OUTBOUND_ADDRESS,
          outbound + " is on this machine",
          () -> outboundAddress(outbound));
      if (pin.method() == Method.UID) {
        findings.ask(
            Check.SOURCE_RULE,
            "uid " + pin.uid().orElseThrow() + " is looked up in table " + pin.table(),
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
                "ip address add " + outbound + "/" + outbound.bits() + " dev " + LOOPBACK))
        : List.of();
  }

  private List<Finding> sourceRules(Pinning pin, IpAddress outbound) throws CannotTellException {
    String family = outbound.isIpv4() ? "-4" : "-6";
    long uid = pin.uid().orElseThrow();
    boolean excepted = false;
    boolean pinned = false;
    for (JsonNode rule : machine.json("ip", "-j", family, "rule", "show")) {
      if (rule.path("uid_start").asLong(-1) <= uid && rule.path("uid_end").asLong(-1) >= uid) {
        boolean suppressing = rule.path("suppress_prefixlen").asInt(-1) == 0;
        excepted |= suppressing && rule.path("table").asText().equals("main") && !pinned;
        pinned |= rule.path("table").asText().equals(String.valueOf(pin.table()));
      }
    }
    List<Finding> bad = new ArrayList<>();
    String add = "ip " + family + " rule add pref ";
    String range = " uidrange " + uid + "-" + uid + " lookup ";
    if (!pinned) {
      bad.add(
          Finding.problem(
              Check.SOURCE_RULE,
              "no rule has uid " + uid + " looked up in table " + pin.table(),
              "What bitcoind begins leaves from whatever address the main table chooses; if that is the"
                  + " service address, the answers go to the closest site.",
              add + Pinning.RULE_PREFERENCE + range + pin.table()));
    }
    if (!excepted) {
      bad.add(
          Finding.warning(
              Check.SOURCE_RULE,
              "no rule before it looks up in main all but the default route (suppress_prefixlength 0)",
              "bitcoind reaches its neighbours, other nodes and the announcers, by the gateway only.",
              add + Pinning.EXCEPTION_PREFERENCE + range + "main suppress_prefixlength 0"));
    }
    return bad;
  }

  private List<Finding> sourceRoute(Pinning pin, IpAddress outbound) throws CannotTellException {
    IpAddress outside = outside(outbound.isIpv4());
    List<String> command = new ArrayList<>(List.of("ip", "-j", "route", "get", outside.toString()));
    boolean ofOneUser = pin.method() == Method.UID;
    if (ofOneUser) {
      command.addAll(List.of("uid", String.valueOf(pin.uid().orElseThrow())));
    }
    Machine.Answer answer = machine.run(command.toArray(String[]::new));
    String source =
        answer.code() == 0
            ? Machine.parse("ip route get", answer.out()).path(0).path("prefsrc").asText()
            : "";
    if (source.equals(outbound.toString())) {
      return List.of();
    }
    return List.of(
        Finding.problem(
            Check.SOURCE_ROUTE,
            (source.isEmpty()
                    ? "no route leads to " + outside
                    : outside + " is reached from " + source)
                + " (expected: from "
                + outbound
                + ")",
            "An answer to the service address goes to the closest site, which may be another: the node"
                + " has no peers of its own, and other sites hear answers to questions they never asked.",
            "ip "
                + (outbound.isIpv4() ? "-4" : "-6")
                + " route replace default via "
                + pin.gateway()
                + " dev "
                + pin.networkInterface()
                + (ofOneUser ? " table " + pin.table() : "")
                + " src "
                + outbound));
  }

  private List<Finding> sourceNat(IpAddress outbound) throws CannotTellException {
    for (JsonNode rule : machine.nftRules()) {
      for (JsonNode statement : rule.path("expr")) {
        if (statement.path("snat").path("addr").asText().equals(outbound.toString())) {
          return List.of();
        }
      }
    }
    return List.of(
        Finding.problem(
            Check.SOURCE_NAT,
            "no rule of nftables has snat to " + outbound,
            "What bitcoind begins leaves from a private address, which is answered by nobody, or is"
                + " translated by somebody else to an address that is not this site's.",
            loadTable()));
  }

  /** Replaces our own table only. */
  private String loadTable() {
    return remedy.render(Target.NFT, host.name()) + " | nft -f -";
  }

  private void askForArp(Findings findings, String uplink) {
    findings.ask(
        Check.ARP_IGNORE,
        uplink + " answers for its own addresses only",
        () ->
            atLeast(
                Check.ARP_IGNORE,
                conf(uplink, "arp_ignore"),
                greatest("arp_ignore", uplink),
                1,
                "Who asks the LAN for the service address is answered by every host: the first answer"
                    + " takes all the clients, past BGP, also when that node is dead."));
    findings.ask(
        Check.ARP_ANNOUNCE,
        uplink + " asks from its own addresses only",
        () ->
            atLeast(
                Check.ARP_ANNOUNCE,
                conf(uplink, "arp_announce"),
                greatest("arp_announce", uplink),
                2,
                "Before an answer to a client the host asks for the gateway in the name of the service"
                    + " address: the gateway does not answer, or learns that the address is on the LAN."));
  }

  private static List<Finding> atLeast(Check check, String path, int found, int least, String why) {
    return found >= least
        ? List.of()
        : List.of(
            Finding.warning(
                check,
                path + ": " + found + " (expected: " + least + ")",
                why,
                Remedy.sysctl(path, least)));
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

  private List<Finding> mss(Pinning pin) throws CannotTellException {
    List<Integer> clamps = new ArrayList<>();
    for (JsonNode rule : machine.nftRules()) {
      for (JsonNode statement : rule.path("expr")) {
        JsonNode mangle = statement.path("mangle");
        if (mangle.path("key").path("tcp option").path("name").asText().equals("maxseg")) {
          clamps.add(mangle.path("value").asInt(Integer.MAX_VALUE)); // no number: rt mtu
        }
      }
    }
    int link = linkMss(pin.networkInterface());
    int smallest = clamps.stream().mapToInt(Integer::intValue).reduce(link, Math::min);
    if (smallest <= pin.mss()) {
      return List.of();
    }
    return List.of(
        Finding.warning(
            Check.MSS,
            "segments of up to " + smallest + " octets (expected: " + pin.mss() + ")",
            "Of a segment that is too large for a tunnel on the way, \"packet too big\" goes to the site"
                + " that is closest to that tunnel, which may be another: the client's download hangs.",
            loadTable()));
  }

  private int linkMss(String device) throws CannotTellException {
    int mtu = machine.json("ip", "-j", "link", "show", "dev", device).path(0).path("mtu").asInt();
    boolean ipv4 = services.stream().anyMatch(s -> s.address().orElseThrow().isIpv4());
    return mtu - (ipv4 ? IPV4_AND_TCP_HEADERS : IPV6_AND_TCP_HEADERS);
  }

  private List<Finding> conntrack() throws CannotTellException {
    boolean guarded = false;
    // Those of iptables first: nft shows them too, and not what they match.
    Optional<String> dropping =
        machine.iptablesRules().stream()
            .filter(rule -> DROPS_INVALID.matcher(rule).matches())
            .map(rule -> "iptables " + rule)
            .findFirst();
    for (JsonNode rule : machine.nftRules()) {
      boolean invalid = false;
      for (JsonNode statement : rule.path("expr")) {
        JsonNode match = statement.path("match");
        if (match.path("left").path("ct").path("key").asText().equals("state")) {
          invalid |= names(match.path("right"), "invalid");
        }
        guarded |= statement.has("notrack");
        guarded |= invalid && statement.path("reject").path("type").asText().equals("tcp reset");
        if (invalid && statement.has("drop")) {
          dropping = Optional.of(nftName(rule));
        }
      }
    }
    if (guarded || dropping.isEmpty()) {
      return List.of();
    }
    return List.of(
        Finding.problem(
            Check.CONNTRACK,
            dropping.get()
                + " drops ct state invalid (expected: the service's ports untracked, or reset before)",
            "When routes move, connections come here that this host has never seen. Dropped, their"
                + " clients wait for minutes; reset, they dial again at once.",
            loadTable()));
  }

  private static String nftName(JsonNode rule) {
    return String.join(
        " ",
        rule.path("family").asText(),
        rule.path("table").asText(),
        rule.path("chain").asText(),
        "handle",
        rule.path("handle").asText());
  }

  private static boolean names(JsonNode value, String word) {
    if (value.isTextual()) {
      return value.asText().equals(word);
    }
    for (JsonNode each : value.has("set") ? value.path("set") : value) {
      if (names(each, word)) {
        return true;
      }
    }
    return false;
  }

  private static IpAddress outside(boolean ipv4) {
    return ipv4 ? OUTSIDE_IPV4 : OUTSIDE_IPV6;
  }
}
