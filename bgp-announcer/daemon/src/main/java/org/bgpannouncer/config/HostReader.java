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
   * @param machine what it is on; empty as the name
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
      if (found.machine().isEmpty()
          || !found.machine().equals(other.machine())
          || found.name().equals(other.name())
          || found.host().isEmpty()
          || other.host().isEmpty()) {
        continue;
      }
      HostConfig own = found.host().get();
      HostConfig beside = other.host().get();
      if (own.address().isIpv4() == beside.address().isIpv4()
          || agree(own.outbound().map(IpAddress::isIpv4), beside.outbound().map(IpAddress::isIpv4))
              .orElse(false)
          || !agree(network(own), network(beside)).orElse(true)) {
        found
            .at()
            .reject(
                MACHINE,
                found.machine().get(),
                "a machine for itself, or with a host of the other family and the same network; "
                    + beside.name()
                    + " is on it");
      }
    }
  }

  /** Empty where either is. */
  private static <T> Optional<Boolean> agree(Optional<T> one, Optional<T> other) {
    return one.flatMap(value -> other.map(value::equals));
  }

  private static Optional<BitcoinNetwork> network(HostConfig host) {
    return host.target()
        .p2p()
        .map(P2pConfig::network)
        .or(() -> host.target().rpc().map(RpcConfig::network));
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
    Optional<HostConfig> bitcoin = found.host().filter(host -> host.target().p2p().isPresent());
    String rule =
        gateways.size() > 1
            ? "an address, with pinning"
            : "an "
                + (gateways.get(0).isIpv4() ? "IPv4" : "IPv6")
                + " address, as pinning.gateway is";
    bitcoin
        .flatMap(HostConfig::outbound)
        .filter(outbound -> gateways.stream().noneMatch(each -> each.isIpv4() == outbound.isIpv4()))
        .ifPresent(outbound -> found.at().reject(OUTBOUND, outbound.toString(), rule));
    if (bitcoin.isPresent() && bitcoin.get().outbound().isEmpty()) {
      found.at().reject(OUTBOUND, "missing", rule);
    }
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
