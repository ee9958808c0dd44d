package org.bgpannouncer.config;

import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.bgpannouncer.bgp.BgpRole;
import org.bgpannouncer.config.Deployment.AnnouncerMachine;
import org.bgpannouncer.config.EdgeRouter.ExternalNeighbor;
import org.bgpannouncer.config.EdgeRouter.Lan;
import org.bgpannouncer.config.EdgeRouter.PrivateLink;
import org.bgpannouncer.route.IpAddress;
import org.bgpannouncer.route.Prefix;

/** The router of a site. */
final class RouterReader {
  private static final Key<IpAddress> ROUTER_ID = Key.routerId("router-id");
  private static final Key<Node> LANS =
      Key.structure("lans", "a list, e.g. [ { network: 192.0.2.0/24, address: 192.0.2.1 } ]");
  private static final Key<IpAddress> SOURCES =
      Key.address("sources").withDefault("the kernel's choice");
  private static final Key<Node> RPKI =
      Key.structure("rpki", "a mapping, e.g. { address: 192.0.2.53 }").withDefault(Key.NONE);
  private static final Key<Node> NEIGHBORS =
      Key.structure("neighbors", "a list of neighbors of other ASes").withDefault(Key.NONE);
  private static final Key<Node> PRIVATE_LINKS =
      Key.structure("private-links", "a list, e.g. [ { network: 10.2.0.0/24, via: 192.0.2.2 } ]")
          .withDefault(Key.NONE);

  private static final Key<Boolean> CONSISTENT_HASHING =
      Key.flag("consistent-hashing").withDefault("false");

  private static final Key<Prefix> NETWORK = Key.prefix("network");
  private static final Key<IpAddress> ADDRESS = Key.address("address");
  private static final Key<IpAddress> VIA = Key.address("via");

  private static final Key<Integer> RTR_PORT = Key.integer("port", 1, 65535).withDefault("323");

  // A word in the languages of BIRD, FRR, OpenBGPD and GoBGP alike.
  private static final Key<String> NAME =
      Key.text(
          "name",
          "a letter, then letters, digits, '_'; at most 32",
          Pattern.compile("[A-Za-z][A-Za-z0-9_]{0,31}"));
  private static final Key<IpAddress> LOCAL_ADDRESS = Key.address("local-address");
  private static final Key<Long> AS = Key.number("as", 1, 4294967294L);
  private static final Key<BgpRole> ROLE =
      Key.choice(
              "role",
              Map.of(
                  BgpRole.CUSTOMER.toString(),
                  BgpRole.CUSTOMER,
                  BgpRole.PEER.toString(),
                  BgpRole.PEER,
                  BgpRole.RS_CLIENT.toString(),
                  BgpRole.RS_CLIENT))
          .withDefault("customer");
  private static final Key<Exchange> EXCHANGE =
      Key.choice("exchange", Exchange.KNOWN).withDefault(Key.NONE);
  private static final Key<Long> ONLY_TO =
      Key.number("only-to", 1, 4294967294L).withDefault("each member");
  private static final Key<Long> NOT_TO = Key.number("not-to", 1, 4294967294L).withDefault("[]");
  private static final Key<Integer> PREPEND = Key.integer("prepend", 0, 8).withDefault("0");
  private static final Key<Integer> MAX_PREFIXES =
      Key.integer("max-prefixes", 1, 10_000_000).withDefault("no limit");
  private static final Key<Boolean> TTL_SECURITY = Key.flag("ttl-security").withDefault("false");
  private static final Key<Boolean> BFD = Key.flag("bfd").withDefault("false");

  private static final String AN_EXCHANGE = "exchange with it, whose communities say so";

  static final KeyGroup KEYS =
      KeyGroup.of(
          "router", ROUTER_ID, LANS, SOURCES, RPKI, NEIGHBORS, PRIVATE_LINKS, CONSISTENT_HASHING);
  static final KeyGroup LAN_KEYS = KeyGroup.of("router.lans[]", NETWORK, ADDRESS);
  static final KeyGroup RPKI_KEYS = KeyGroup.of("router.rpki", ADDRESS, RTR_PORT);
  static final KeyGroup NEIGHBOR_KEYS =
      KeyGroup.of(
          "router.neighbors[]",
          NAME,
          ADDRESS,
          LOCAL_ADDRESS,
          AS,
          ROLE,
          EXCHANGE,
          ONLY_TO,
          NOT_TO,
          PREPEND,
          MAX_PREFIXES,
          TTL_SECURITY,
          BFD);
  static final KeyGroup LINK_KEYS = KeyGroup.of("router.private-links[]", NETWORK, VIA);

  private RouterReader() {}

  /**
   * Reads {@code router}; a host or an announcer on none of its networks is a problem from then on,
   * for the router could not reach it as a next hop.
   */
  static Optional<EdgeRouter> read(
      Section section,
      Optional<Long> localAs,
      List<AnnouncerMachine> announcers,
      List<HostReader.Found> hosts) {
    Optional<IpAddress> routerId = section.value(ROUTER_ID);
    routerId
        .filter(
            id ->
                announcers.stream().anyMatch(machine -> machine.routerId().equals(Optional.of(id))))
        .ifPresent(
            id -> section.reject(ROUTER_ID, id.toString(), "an address that no announcer has"));
    List<Lan> lans =
        section.sections(LANS, LAN_KEYS).stream().flatMap(lan -> lan(lan).stream()).toList();
    List<IpAddress> sources = section.values(SOURCES);
    Optional<InetSocketAddress> rpki =
        section
            .section(RPKI, RPKI_KEYS)
            .flatMap(
                found ->
                    found
                        .value(ADDRESS)
                        .map(
                            address ->
                                new InetSocketAddress(
                                    address.toInetAddress(), found.value(RTR_PORT, 323))));
    List<ExternalNeighbor> neighbors = neighbors(section, localAs);
    List<PrivateLink> links =
        section.sections(PRIVATE_LINKS, LINK_KEYS).stream()
            .flatMap(link -> link(link).stream())
            .toList();
    section.oneAFamily(LANS, lans.stream().map(Lan::address).toList(), IpAddress::isIpv4);
    section.oneAFamily(SOURCES, sources, IpAddress::isIpv4);
    if (section.isSound()) {
      List<IpAddress> machines = new ArrayList<>();
      announcers.forEach(machine -> machines.addAll(machine.addresses()));
      hosts.forEach(found -> found.host().map(host -> host.address()).ifPresent(machines::add));
      for (IpAddress machine : machines) {
        if (lans.stream().noneMatch(lan -> lan.network().contains(machine))) {
          section.reject(
              LANS,
              lans.stream().map(lan -> lan.network().toString()).toList().toString(),
              "a network with " + machine + " in it");
        }
      }
    }
    if (routerId.isEmpty() || !section.isSound()) {
      return Optional.empty();
    }
    return Optional.of(
        new EdgeRouter(
            routerId.get(),
            lans,
            sources,
            rpki,
            neighbors,
            links,
            section.value(CONSISTENT_HASHING, false)));
  }

  private static Optional<Lan> lan(Section section) {
    Optional<Prefix> network = section.value(NETWORK);
    Optional<IpAddress> address = section.value(ADDRESS);
    if (network.isEmpty() || address.isEmpty()) {
      return Optional.empty();
    }
    if (!network.get().contains(address.get())) {
      section.reject(ADDRESS, address.get().toString(), "an address in " + network.get());
    }
    return Optional.of(new Lan(network.get(), address.get()));
  }

  private static Optional<PrivateLink> link(Section section) {
    Optional<Prefix> network = section.value(NETWORK);
    Optional<IpAddress> via = section.value(VIA);
    if (network.isEmpty() || via.isEmpty()) {
      return Optional.empty();
    }
    if (network.get().isIpv4() != via.get().isIpv4()) {
      section.reject(VIA, via.get().toString(), "an address of the network's family");
    }
    return Optional.of(new PrivateLink(network.get(), via.get()));
  }

  private static List<ExternalNeighbor> neighbors(Section router, Optional<Long> localAs) {
    List<ExternalNeighbor> neighbors = new ArrayList<>();
    Set<String> names = new HashSet<>();
    for (Section section : router.sections(NEIGHBORS, NEIGHBOR_KEYS)) {
      section
          .value(NAME)
          .filter(name -> !names.add(name))
          .ifPresent(name -> section.reject(NAME, name, "each name once"));
      neighbor(section, localAs).ifPresent(neighbors::add);
    }
    return neighbors;
  }

  private static Optional<ExternalNeighbor> neighbor(Section section, Optional<Long> localAs) {
    Optional<String> name = section.value(NAME);
    Optional<IpAddress> address = section.value(ADDRESS);
    Optional<IpAddress> local = section.value(LOCAL_ADDRESS);
    Optional<Long> as = section.value(AS);
    BgpRole role = section.value(ROLE, BgpRole.CUSTOMER);
    Optional<Exchange> exchange = section.value(EXCHANGE);
    List<Long> onlyTo = section.values(ONLY_TO);
    List<Long> notTo = section.values(NOT_TO);
    if (as.isPresent() && as.equals(localAs)) {
      section.reject(AS, as.get().toString(), "another AS than local-as");
    }
    if (address.isPresent()
        && local.filter(own -> own.isIpv4() != address.get().isIpv4()).isPresent()) {
      section.reject(LOCAL_ADDRESS, local.get().toString(), "an address of the neighbor's family");
    }
    if (exchange.isPresent() && role != BgpRole.RS_CLIENT) {
      section.reject(EXCHANGE, exchange.get().key(), "role: rs-client with it");
    }
    exchange
        .filter(found -> as.isPresent() && as.get() != found.routeServerAs())
        .ifPresent(
            found ->
                section.reject(
                    EXCHANGE,
                    found.key(),
                    "as: " + found.routeServerAs() + " with it, its route servers'"));
    if (exchange.isEmpty() && !onlyTo.isEmpty()) {
      section.reject(ONLY_TO, onlyTo.toString(), AN_EXCHANGE);
    }
    if (exchange.isEmpty() && !notTo.isEmpty()) {
      section.reject(NOT_TO, notTo.toString(), AN_EXCHANGE);
    }
    if (name.isEmpty()
        || as.isEmpty()
        || address.isEmpty()
        || local.isEmpty()
        || !section.isSound()) {
      return Optional.empty();
    }
    return Optional.of(
        new ExternalNeighbor(
            name.get(),
            address.get(),
            local.get(),
            as.get(),
            role,
            exchange,
            onlyTo,
            notTo,
            section.value(PREPEND, 0),
            section.value(MAX_PREFIXES),
            section.value(TTL_SECURITY, false),
            section.value(BFD, false)));
  }
}
