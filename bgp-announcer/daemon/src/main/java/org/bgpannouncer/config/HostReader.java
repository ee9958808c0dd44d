package org.bgpannouncer.config;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.bgpannouncer.announcement.ServiceConfig;
import org.bgpannouncer.engine.HostConfig;
import org.bgpannouncer.probe.Aspect;
import org.bgpannouncer.probe.Check;
import org.bgpannouncer.probe.HostTarget;
import org.bgpannouncer.probe.bitcoin.BitcoinNetwork;
import org.bgpannouncer.probe.bitcoin.p2p.P2pConfig;
import org.bgpannouncer.probe.bitcoin.rpc.RpcConfig;
import org.bgpannouncer.probe.bitcoin.zmq.ZmqConfig;
import org.bgpannouncer.probe.http.HttpConfig;
import org.bgpannouncer.probe.tcp.TcpConfig;
import org.bgpannouncer.route.IpAddress;
import org.bgpannouncer.route.Prefix;

/** One entry of {@code hosts}. */
final class HostReader {
  private static final Key<String> NAME = Key.name("name");
  private static final Key<String> MACHINE = Key.name("machine").withDefault("the host's `name`");
  private static final Key<IpAddress> ADDRESS = Key.address("address");
  private static final Key<IpAddress> OUTBOUND = Key.address("outbound").withDefault(Key.NONE);
  private static final Key<IpAddress> SOURCE =
      Key.address("source").withDefault("the site's `source`");
  private static final Key<Node> HEALTH =
      Key.structure("health", "a mapping of timers").withDefault("the site's `health`");
  private static final Key<Node> P2P =
      Key.structure("p2p", "a mapping, e.g. { port: 8333 }").withDefault(Key.NONE);
  private static final Key<Node> RPC =
      Key.structure("rpc", "a mapping, e.g. { cookie-file: PATH }").withDefault(Key.NONE);
  private static final Key<Node> ZMQ =
      Key.structure("zmq", "a list, e.g. [ { endpoint: ..., topics: [...] } ]")
          .withDefault(Key.NONE);
  private static final Key<Node> TCP =
      Key.structure("tcp", "a list, e.g. [ { port: 9735 } ]").withDefault(Key.NONE);
  private static final Key<Node> HTTP =
      Key.structure("http", "a list, e.g. [ { url: ... } ]").withDefault(Key.NONE);

  static final KeyGroup KEYS =
      KeyGroup.of(
          "hosts[]", NAME, MACHINE, ADDRESS, OUTBOUND, SOURCE, HEALTH, P2P, RPC, ZMQ, TCP, HTTP);

  /** What every host inherits from its site, unless it says otherwise. */
  static Node.Mapping inherited(Node.Mapping site) {
    LinkedHashMap<String, Node.Entry> defaults = new LinkedHashMap<>(site.entries());
    defaults.keySet().retainAll(Set.of(HEALTH.name(), SOURCE.name()));
    return new Node.Mapping(site.at(), defaults);
  }

  /** What every probe of a host shares. */
  record Common(IpAddress address, Optional<InetAddress> source, HealthReader.Health health) {
    InetSocketAddress at(Optional<IpAddress> instead, int port) {
      return new InetSocketAddress(instead.orElse(address).toInetAddress(), port);
    }
  }

  private HostReader() {}

  /**
   * What was found.
   *
   * @param at where the host stands
   * @param name empty if it is missing or wrong
   * @param machine what it is on, its name if it does not say; empty if that is wrong
   * @param aspects what it says it is probed for, also where that is wrong
   * @param host empty if anything about it is wrong
   */
  record Found(
      Section at,
      Optional<String> name,
      Optional<String> machine,
      Set<Aspect> aspects,
      Optional<HostConfig> host) {
    Optional<InetSocketAddress> p2pAddress() {
      return host.flatMap(sound -> sound.target().p2p()).map(P2pConfig::address);
    }
  }

  static void rejectRepeatedName(Found found) {
    found.at().reject(NAME, found.name().orElse(""), "a name of its own");
  }

  /** A machine has one node, with one host of each family at most. */
  static void checkMachine(Found found, List<Found> before) {
    for (Found other : before) {
      if (found.machine().isPresent()
          && found.machine().equals(other.machine())
          && !found.name().equals(other.name())
          && found.host().isPresent()
          && other.host().isPresent()) {
        clash(found.host().get(), other.host().get())
            .ifPresent(rule -> found.at().reject(MACHINE, found.machine().get(), rule));
      }
    }
  }

  /** Why they cannot be one node. */
  private static Optional<String> clash(HostConfig host, HostConfig other) {
    if (isOfOneFamily(host.address(), other.address())) {
      return Optional.of(
          "a machine without another host of "
              + familyOf(host.address())
              + "; "
              + other.name()
              + " is on it");
    }
    if (!agree(host.target().network(), other.target().network())) {
      return Optional.of(
          "one network for all hosts of a machine; that of " + other.name() + " differs");
    }
    if (!agree(maxConnections(host), maxConnections(other))) {
      return Optional.of(
          "one number for all hosts of a machine; rpc.max-connections of "
              + other.name()
              + " differs");
    }
    return Optional.empty();
  }

  private static <T> boolean agree(Optional<T> one, Optional<T> other) {
    return one.isEmpty() || other.isEmpty() || one.equals(other);
  }

  private static Optional<Integer> maxConnections(HostConfig host) {
    return host.target().rpc().map(RpcConfig::maxConnections);
  }

  /** The files of a machine are named after it. */
  static void checkMachineName(Found found, List<Found> hosts, boolean hasRouter) {
    Optional<String> machine = found.machine();
    if (hasRouter && machine.equals(Optional.of(EdgeRouter.NAME))) {
      found
          .at()
          .reject(
              found.at().has(MACHINE) ? MACHINE : NAME,
              EdgeRouter.NAME,
              "another name than the router's");
    }
    if (found.at().has(MACHINE)
        && machine.isPresent()
        && hosts.stream()
            .filter(other -> other.name().equals(machine))
            .anyMatch(other -> !agree(other.machine(), machine))) {
      found.at().reject(MACHINE, machine.get(), "the name of no host that is on another machine");
    }
  }

  static void checkOutbound(Found found, List<Prefix> physicalRanges) {
    found
        .host()
        .flatMap(HostConfig::outbound)
        .filter(outbound -> !physicalRanges.isEmpty())
        .filter(outbound -> physicalRanges.stream().noneMatch(range -> range.contains(outbound)))
        .ifPresent(
            outbound ->
                found
                    .at()
                    .reject(
                        OUTBOUND,
                        outbound.toString(),
                        "an address in physical-range " + text(physicalRanges)));
  }

  private static String text(List<Prefix> ranges) {
    return ranges.stream().map(Prefix::toString).collect(Collectors.joining(" or "));
  }

  /** What leaves by a gateway of one family has no source address of the other. */
  static void checkGateway(Found found, List<IpAddress> gateways) {
    String rule =
        gateways.size() > 1
            ? "an address, with pinning"
            : "an " + familyOf(gateways.get(0)) + " address, as pinning.gateway is";
    Optional<IpAddress> outbound = found.host().flatMap(HostConfig::outbound);
    outbound
        .filter(address -> gateways.stream().noneMatch(each -> isOfOneFamily(each, address)))
        .ifPresent(address -> found.at().reject(OUTBOUND, address.toString(), rule));
    if (outbound.isEmpty() && found.p2pAddress().isPresent()) {
      found.at().reject(OUTBOUND, "missing", rule);
    }
  }

  private static boolean isOfOneFamily(IpAddress one, IpAddress other) {
    return one.isIpv4() == other.isIpv4();
  }

  private static String familyOf(IpAddress address) {
    return address.isIpv4() ? "IPv4" : "IPv6";
  }

  /** What the fresh handshake dials has to be what clients of this host dial. */
  static void checkServiceAddress(Found found, List<ServiceConfig> services) {
    List<ServiceConfig> own =
        services.stream()
            .filter(service -> found.name().filter(service.hosts()::contains).isPresent())
            .toList();
    found
        .host()
        .flatMap(host -> host.target().p2p())
        .flatMap(P2pConfig::serviceAddress)
        .filter(dialled -> own.stream().noneMatch(service -> service.isDialledAt(dialled)))
        .ifPresent(
            dialled ->
                found
                    .at()
                    .section(P2P, P2pReader.KEYS)
                    .ifPresent(p2p -> P2pReader.rejectServiceAddress(p2p, dialled)));
  }

  static Found read(Section section) {
    Optional<String> name = section.value(NAME);
    Optional<String> machine = section.has(MACHINE) ? section.value(MACHINE) : name;
    return new Found(section, name, machine, aspects(section), host(section, name));
  }

  private static Set<Aspect> aspects(Section section) {
    EnumSet<Aspect> aspects = EnumSet.noneOf(Aspect.class);
    for (Aspect aspect : Aspect.values()) {
      if (section.has(keyOf(aspect))) {
        aspects.add(aspect);
      }
    }
    return aspects;
  }

  private static Key<Node> keyOf(Aspect aspect) {
    return switch (aspect) {
      case P2P -> P2P;
      case RPC -> RPC;
      case ZMQ -> ZMQ;
      case TCP -> TCP;
      case HTTP -> HTTP;
    };
  }

  private static Optional<HostConfig> host(Section section, Optional<String> name) {
    Optional<IpAddress> address = section.value(ADDRESS);
    Optional<IpAddress> outbound = section.value(OUTBOUND);
    address
        .filter(own -> outbound.filter(given -> !isOfOneFamily(given, own)).isPresent())
        .ifPresent(
            own ->
                section.reject(
                    OUTBOUND,
                    outbound.map(IpAddress::toString).orElse(""),
                    "an " + familyOf(own) + " address, as address is"));
    Optional<InetAddress> source = section.value(SOURCE).map(IpAddress::toInetAddress);
    HealthReader.Health health =
        section
            .section(HEALTH, HealthReader.KEYS)
            .map(HealthReader::read)
            .orElse(HealthReader.Health.DEFAULT);
    // Without an address the probes are still read, for their own problems.
    Common common = new Common(address.orElse(IpAddress.parse("0.0.0.0")), source, health);

    Optional<Section> p2pSection = section.section(P2P, P2pReader.KEYS);
    BitcoinNetwork network = p2pSection.map(P2pReader::network).orElse(BitcoinNetwork.MAINNET);
    Optional<RpcConfig> rpc =
        section.section(RPC, RpcReader.KEYS).flatMap(s -> RpcReader.read(s, common, network));
    Optional<P2pConfig> p2p =
        p2pSection.flatMap(s -> P2pReader.read(s, common, rpc.map(RpcConfig::address)));
    List<ZmqConfig> zmq =
        section.sections(ZMQ, ZmqReader.KEYS).stream()
            .flatMap(s -> ZmqReader.read(s, common).stream())
            .toList();
    List<TcpConfig> tcp =
        section.sections(TCP, PlainReaders.TCP_KEYS).stream()
            .flatMap(s -> PlainReaders.tcp(s, common).stream())
            .toList();
    List<HttpConfig> http =
        section.sections(HTTP, PlainReaders.HTTP_KEYS).stream()
            .flatMap(s -> PlainReaders.http(s, common).stream())
            .toList();
    if (aspects(section).isEmpty()) {
      section.reject(P2P, "missing", "at least one of p2p, rpc, zmq, tcp, http");
    }
    if (!section.isSound() || name.isEmpty() || address.isEmpty()) {
      return Optional.empty();
    }
    HostTarget target = new HostTarget(name.get(), p2p, rpc, zmq, tcp, http);
    for (Check check : target.repeatedChecks()) {
      section.reject(keyOf(check.aspect()), check.name(), "each of them once");
    }
    if (!section.isSound()) {
      return Optional.empty();
    }
    return Optional.of(
        new HostConfig(name.get(), address.get(), outbound, target, health.thresholds()));
  }
}
