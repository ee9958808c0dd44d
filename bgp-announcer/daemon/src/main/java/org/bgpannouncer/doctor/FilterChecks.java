package org.bgpannouncer.doctor;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.bgpannouncer.config.DaemonConfig;
import org.bgpannouncer.config.Deployment.Pinning;
import org.bgpannouncer.doctor.PacketFilter.Answer;
import org.bgpannouncer.doctor.PacketFilter.End;
import org.bgpannouncer.doctor.PacketFilter.Passage;
import org.bgpannouncer.engine.HostConfig;
import org.bgpannouncer.probe.bitcoin.BitcoinNetwork;
import org.bgpannouncer.probe.bitcoin.p2p.P2pConfig;
import org.bgpannouncer.render.Target;
import org.bgpannouncer.route.IpAddress;

/**
 * What the packet filters of a host do to the clients of a service, and to what its node begins.
 */
final class FilterChecks {
  /** As {@code pinning.mss} is by default. */
  private static final int DEFAULT_MSS = 1400;

  private static final int IPV4_AND_TCP_HEADERS = 40;
  private static final int IPV6_AND_TCP_HEADERS = 60;

  /** The table that announcer render writes. */
  private static final String OURS = "inet bgp_announcer";

  private static final String ACK = "ack";

  private final Machine machine;
  private final Remedy remedy;
  private final String name;
  private final List<HostConfig> hosts;
  private final Optional<Pinning> pinning;
  private final List<Listening> services;

  /** Where clients dial. */
  private record Listening(IpAddress address, int port) {
    @Override
    public String toString() {
      return address + " port " + port;
    }
  }

  /**
   * Those of a machine.
   *
   * @param hosts those on it, which share its packet filter
   */
  FilterChecks(
      Machine machine, Remedy remedy, DaemonConfig site, String name, List<HostConfig> hosts) {
    this.machine = machine;
    this.remedy = remedy;
    this.name = name;
    this.hosts = List.copyOf(hosts);
    this.pinning = site.deployment().pinning();
    this.services =
        site.site().services().stream()
            .filter(
                service -> hosts.stream().anyMatch(host -> service.hosts().contains(host.name())))
            .filter(service -> service.address().isPresent() && service.port().isPresent())
            .map(
                service ->
                    new Listening(service.address().orElseThrow(), service.port().orElseThrow()))
            .distinct()
            .toList();
  }

  void askAll(Findings findings) {
    pinning
        .filter(pin -> pin.method().isTranslating())
        .ifPresent(pin -> hosts.forEach(host -> askForSource(findings, pin, host)));
    if (!services.isEmpty()) {
      findings.ask(
          Check.MSS,
          "clients of the service are sent segments of at most " + mss() + " octets",
          this::clamps);
      findings.ask(
          Check.CONNTRACK, "a connection that moved here is reset, not dropped", this::conntrack);
    }
  }

  private void askForSource(Findings findings, Pinning pin, HostConfig host) {
    host.outbound()
        .ifPresent(
            outbound ->
                findings.ask(
                    Check.SOURCE_NAT,
                    "what bitcoind begins leaves from " + outbound,
                    () -> sourceNat(pin, host, outbound)));
  }

  private int mss() {
    return pinning.map(Pinning::mss).orElse(DEFAULT_MSS);
  }

  private String uplink(boolean ipv4) throws CannotTellException {
    return pinning.isPresent() ? pinning.get().networkInterface() : machine.uplink(ipv4);
  }

  private static CannotTellException cannotFollow(Passage passage) {
    String rule =
        passage.doubts().isEmpty() ? String.join(", ", passage.by()) : passage.doubts().get(0);
    return new CannotTellException(
        "a rule that cannot be followed: " + rule + " (expected: addresses, ports, ct state)");
  }

  private List<Finding> sourceNat(Pinning pin, HostConfig host, IpAddress outbound)
      throws CannotTellException {
    Passage passage =
        machine
            .packetFilter()
            .pass(
                Packet.outbound(
                    host.address(),
                    HostChecks.outside(outbound.isIpv4()).get(0),
                    host.target()
                        .p2p()
                        .map(P2pConfig::network)
                        .orElse(BitcoinNetwork.MAINNET)
                        .p2pPort(),
                    pin.networkInterface(),
                    pin.uid(),
                    pin.cgroup()));
    Map<String, Optional<IpAddress>> sources = passage.sources();
    if (sources.isEmpty() && machine.hidesUnits()) {
      throw new CannotTellException(
          "nft names no unit here (expected: version 2 of cgroups at "
              + Machine.CGROUPS
              + ", as systemd has it)");
    }
    if (sources.isEmpty()) {
      return List.of(
          Finding.problem(
              Check.SOURCE_NAT,
              "no rule translates what "
                  + pin.uid().map(uid -> "uid " + uid).or(pin::cgroup).orElse("bitcoind")
                  + " begins by "
                  + pin.networkInterface()
                  + " (expected: snat to "
                  + outbound
                  + ")",
              "What bitcoind begins leaves from a private address, which is answered by nobody, or is"
                  + " translated by somebody else to an address that is not this site's.",
              loadTable()));
    }
    String rule = sources.keySet().iterator().next();
    Optional<IpAddress> source = sources.values().iterator().next();
    if (sources.size() > 1 || source.isEmpty()) {
      throw new CannotTellException(
          rule + ": where it translates to is not to be told (expected: snat to " + outbound + ")");
    }
    return source.get().equals(outbound)
        ? List.of()
        : List.of(
            Finding.problem(
                Check.SOURCE_NAT,
                rule + ": snat to " + source.get() + " (expected: to " + outbound + ")",
                "What bitcoind begins leaves from an address that is not this site's: the answers go to"
                    + " somebody else.",
                "# take what bitcoind begins out of that rule, then: " + render()));
  }

  /** Replaces our own table only. */
  private String render() {
    return remedy.render(Target.NFT, name) + " | nft -f -";
  }

  /**
   * Our table, unless another one would then drop the clients: it has them untracked, which is not
   * new.
   */
  private String loadTable() throws CannotTellException {
    if (pinning.isEmpty()) {
      return "# pinning: { interface, gateway } in the site file, then: " + render();
    }
    return blockers().isEmpty()
        ? render()
        : "# accept the clients without ct state, or those that are untracked too; then: "
            + render();
  }

  /** Who drops clients once they are untracked. */
  private List<Finding> blockers() throws CannotTellException {
    PacketFilter others = machine.packetFilter().without(OURS::equals);
    List<Finding> blockers = new ArrayList<>();
    for (Listening service : services) {
      Passage tracked = pass(others, service, Packet.SYN, Packet.NEW);
      if (tracked.ends().contains(End.DIVERT)) {
        blockers.add(
            blocker(service, tracked, "sends clients elsewhere", "no DNAT, which needs tracking"));
        continue;
      }
      for (String flag : List.of(Packet.SYN, ACK)) {
        Passage passage = pass(others, service, flag, Packet.UNTRACKED);
        if (!passage.end().equals(Optional.of(End.ACCEPT))) {
          blockers.add(
              blocker(
                  service,
                  passage,
                  passage.end().isEmpty()
                      ? "may drop untracked clients"
                      : "drops untracked clients",
                  "accepted, whatever their ct state"));
          break;
        }
      }
    }
    return blockers;
  }

  private static Finding blocker(Listening service, Passage passage, String does, String expected) {
    List<String> names = passage.by().isEmpty() ? passage.doubts() : passage.by();
    return Finding.warning(
        Check.CONNTRACK,
        names.get(0) + " " + does + " of " + service + " (expected: " + expected + ")",
        "As soon as the service is untracked, which keeps connections that moved here from being"
            + " dropped, nobody reaches it: what is untracked is never new.",
        "# accept tcp port "
            + service.port()
            + " of "
            + service.address()
            + " there without ct state, or with ct state new,untracked");
  }

  private Passage pass(PacketFilter filter, Listening service, String flag, String state)
      throws CannotTellException {
    boolean ipv4 = service.address().isIpv4();
    return filter.pass(
        Packet.inbound(
            HostChecks.outside(ipv4).get(0),
            service.address(),
            service.port(),
            flag,
            state,
            uplink(ipv4)));
  }

  private List<Finding> clamps() throws CannotTellException {
    return ofEachService(this::clamps);
  }

  private List<Finding> clamps(PacketFilter filter, Listening service) throws CannotTellException {
    List<Finding> bad = new ArrayList<>();
    int largest = link(service.address());
    largest =
        Math.min(largest, pass(filter, service, Packet.SYN, Packet.NEW).mss().orElse(largest));
    if (largest > mss()) {
      bad.add(
          Finding.warning(
              Check.MSS,
              service + ": segments of up to " + largest + " octets (expected: " + mss() + ")",
              "Of a segment that is too large for a tunnel on the way, \"packet too big\" goes to the"
                  + " site that is closest to that tunnel, which may be another: the client's download"
                  + " hangs.",
              loadTable()));
    }
    return bad;
  }

  /**
   * What the way back to a client takes. Not the route's advmss: that is told to the client, and
   * says what the client may send.
   */
  private int link(IpAddress address) throws CannotTellException {
    boolean ipv4 = address.isIpv4();
    String uplink = uplink(ipv4);
    int mtu = machine.json("ip", "-j", "link", "show", "dev", uplink).path(0).path("mtu").asInt();
    String client = HostChecks.outside(ipv4).get(0).toString();
    Machine.Answer route =
        machine.run("ip", "-j", "route", "get", client, "from", address.toString());
    if (route.code() == 0) {
      mtu =
          Math.min(
              mtu,
              Machine.parse("ip route get", route.out())
                  .path(0)
                  .path("metrics")
                  .path(0)
                  .path("mtu")
                  .asInt(mtu));
    }
    return mtu - (ipv4 ? IPV4_AND_TCP_HEADERS : IPV6_AND_TCP_HEADERS);
  }

  private List<Finding> conntrack() throws CannotTellException {
    return ofEachService(this::conntrack);
  }

  @FunctionalInterface
  private interface Question {
    List<Finding> ask(PacketFilter filter, Listening service) throws CannotTellException;
  }

  /** What cannot be told of one service hides nothing that is wrong with another. */
  private List<Finding> ofEachService(Question question) throws CannotTellException {
    PacketFilter filter = machine.packetFilter();
    List<Finding> bad = new ArrayList<>();
    Optional<CannotTellException> doubt = Optional.empty();
    for (Listening service : services) {
      try {
        bad.addAll(question.ask(filter, service));
      } catch (CannotTellException e) {
        doubt = Optional.of(e);
      }
    }
    if (bad.isEmpty() && doubt.isPresent()) {
      throw doubt.get();
    }
    return bad;
  }

  private List<Finding> conntrack(PacketFilter filter, Listening service)
      throws CannotTellException {
    Passage dial = pass(filter, service, Packet.SYN, Packet.NEW);
    boolean untracked = dial.untracked() == Answer.YES;
    End end = dial.end().orElseThrow(() -> cannotFollow(dial));
    if (end == End.DIVERT) {
      throw cannotFollow(dial);
    }
    if (end != End.ACCEPT) {
      return List.of(
          Finding.problem(
              Check.CONNTRACK,
              dial.by().get(0)
                  + " drops clients of "
                  + service
                  + ", which are "
                  + (untracked ? Packet.UNTRACKED : Packet.NEW)
                  + " (expected: accepted)",
              "The site announces itself and nobody reaches it."
                  + (untracked ? " What is untracked is never new." : ""),
              "# accept tcp port "
                  + service.port()
                  + " of "
                  + service.address()
                  + " there without ct state, or with ct state new,untracked"));
    }
    // A segment of a connection that conntrack has not seen from its beginning: new to it, or
    // invalid, by net.netfilter.nf_conntrack_tcp_loose and what it remembers.
    for (String state : List.of(Packet.INVALID, Packet.NEW)) {
      Passage moved = pass(filter, service, ACK, state);
      End last = moved.end().orElseThrow(() -> cannotFollow(moved));
      if (last == End.DROP) {
        List<Finding> bad = new ArrayList<>(untracked ? List.of() : blockers());
        bad.add(
            Finding.problem(
                Check.CONNTRACK,
                moved.by().get(0)
                    + " drops ct state "
                    + (untracked ? Packet.UNTRACKED : state)
                    + (state.equals(Packet.NEW) ? " without SYN" : "")
                    + " (expected: the service's ports untracked, or reset before)",
                "When routes move, connections come here that this host has never seen. Dropped, their"
                    + " clients wait for minutes; reset, they dial again at once.",
                untracked
                    ? "# accept tcp port "
                        + service.port()
                        + " of "
                        + service.address()
                        + " there, with any flags"
                    : loadTable()));
        return bad;
      }
    }
    return List.of();
  }
}
