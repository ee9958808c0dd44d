package org.bgpannouncer.config;

import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.bgpannouncer.announcement.ServiceConfig;
import org.bgpannouncer.announcement.ServiceConfig.NextHopChoice;
import org.bgpannouncer.config.Deployment.AnnouncerMachine;
import org.bgpannouncer.engine.HostConfig;
import org.bgpannouncer.engine.SiteConfig;
import org.bgpannouncer.probe.bitcoin.p2p.P2pConfig;
import org.bgpannouncer.probe.bitcoin.rpc.PinningRules;
import org.bgpannouncer.probe.bitcoin.rpc.RpcConfig;
import org.bgpannouncer.route.IpAddress;
import org.bgpannouncer.route.Prefix;

/**
 * Everything one daemon needs: one site, its speaker, its control socket.
 *
 * @param site what the engine is given
 * @param speaker through whom it advertises
 * @param controlSocket where {@code status} and the other commands find the daemon
 * @param deployment how its machines are set up
 */
public record DaemonConfig(
    SiteConfig site, SpeakerConfig speaker, Path controlSocket, Deployment deployment) {
  /**
   * A range that an attacker has taken or filtered takes no more Bitcoin nodes than these along.
   */
  static final int NODES_PER_RANGE = 2;

  /** With more, the kernel's own hash has a host that goes take flows of the others with it. */
  private static final int HOSTS_OF_ANY_HASH = 2;

  /**
   * Which addresses the connections of {@code host} should have; empty where that is not said
   * ({@code physical-range} and {@code outbound}).
   */
  public Optional<PinningRules> pinningRules(HostConfig host) {
    return PinnedAddresses.rules(
        host,
        deployment.onMachineOf(host, site.hosts()),
        site.physicalRanges(),
        deployment,
        site.services());
  }

  /** What is allowed and may be regretted, a sentence each. */
  public List<String> warnings() {
    List<String> warnings = new ArrayList<>();
    if (speaker instanceof SpeakerConfig.Embedded embedded) {
      warnings.addAll(embedded.warnings());
    }
    for (Prefix range : site.physicalRanges()) {
      long nodes = site.hosts().stream().filter(host -> isNodeThatLeavesFrom(host, range)).count();
      if (nodes > NODES_PER_RANGE) {
        warnings.add(
            "physical-range: "
                + nodes
                + " Bitcoin nodes leave from "
                + range
                + " (recommended: at most "
                + NODES_PER_RANGE
                + " to a range and AS, so that who takes one takes no more)");
      }
    }
    for (AnnouncerMachine announcer : deployment.announcers()) {
      site.hosts().stream()
          .filter(host -> dialled(host).anyMatch(each -> !announcer.hasAddressOfFamily(each)))
          .findFirst()
          .ifPresent(
              host ->
                  warnings.add(
                      "announcers: "
                          + announcer.name()
                          + " has no address of a family that "
                          + host.name()
                          + " is asked in, for what is rendered for that host to let it in"
                          + " (recommended: address: [ IPv4, IPv6 ])"));
    }
    if (deployment.router().filter(router -> !router.consistentHashing()).isPresent()) {
      for (ServiceConfig service : site.services()) {
        if (needsConsistentHashing(service)) {
          warnings.add(
              "router.consistent-hashing: false, and "
                  + service.name()
                  + " is spread over "
                  + hosts(service)
                  + " hosts (recommended: true, with BIRD, as a host that is drained or dies takes"
                  + " connections of the others with it)");
        }
      }
    }
    return warnings;
  }

  /** Where its node is asked from elsewhere. */
  private static Stream<IpAddress> dialled(HostConfig host) {
    return Stream.concat(
            host.target().p2p().map(P2pConfig::address).stream(),
            host.target().rpc().map(RpcConfig::address).stream())
        .map(InetSocketAddress::getAddress)
        .filter(address -> !address.isLoopbackAddress())
        .map(IpAddress::of);
  }

  /** Whether more hosts share its flows than the kernel's own hash can keep apart. */
  public boolean needsConsistentHashing(ServiceConfig service) {
    return hosts(service) > HOSTS_OF_ANY_HASH;
  }

  /** Over how many hosts of a family the router spreads its flows, of that with more. */
  private long hosts(ServiceConfig service) {
    return Math.max(hosts(service, true), hosts(service, false));
  }

  private long hosts(ServiceConfig service, boolean ipv4) {
    return service.nextHop() instanceof NextHopChoice.HealthyHosts
        ? site.hosts().stream()
            .filter(host -> service.hosts().contains(host.name()))
            .filter(host -> host.address().isIpv4() == ipv4)
            .count()
        : 0;
  }

  private static boolean isNodeThatLeavesFrom(HostConfig host, Prefix range) {
    return host.target().p2p().isPresent() && host.outbound().filter(range::contains).isPresent();
  }

  /** The shipped default: {@code /run/bgp-announcer/SITE.sock}. */
  public static Path defaultControlSocket(String site) {
    return Path.of("/run/bgp-announcer", site + ".sock");
  }
}
