package org.bgpannouncer.config;

import java.net.InetAddress;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.bgpannouncer.announcement.ServiceConfig;
import org.bgpannouncer.config.Deployment.Method;
import org.bgpannouncer.config.Deployment.Pinning;
import org.bgpannouncer.engine.HostConfig;
import org.bgpannouncer.probe.bitcoin.rpc.AddressRange;
import org.bgpannouncer.probe.bitcoin.rpc.PinningRules;
import org.bgpannouncer.route.IpAddress;
import org.bgpannouncer.route.Prefix;

/** Which addresses the connections of a site's nodes should have. */
final class PinnedAddresses {
  private PinnedAddresses() {}

  /**
   * Empty where the source of the host's connections is not said.
   *
   * @param node the hosts on its machine: one node answers at all their addresses
   */
  static Optional<PinningRules> rules(
      HostConfig host,
      List<HostConfig> node,
      List<Prefix> physicalRanges,
      Deployment deployment,
      List<ServiceConfig> services) {
    Optional<Prefix> leftFrom =
        physicalRanges.stream()
            .filter(range -> host.outbound().filter(range::contains).isPresent())
            .findFirst();
    if (leftFrom.isEmpty()) {
      return Optional.empty();
    }
    AddressRange physical = range(leftFrom.get());
    Optional<Method> method = deployment.pinning().map(Pinning::method);
    boolean translated = method.filter(Method::isTranslating).isPresent();
    InetAddress own = host.address().toInetAddress();
    AddressRange alone = new AddressRange(own, host.address().bits());
    return Optional.of(
        new PinningRules(
            method.map(pinned -> translated ? alone : physical),
            translated ? Optional.of(physical) : Optional.empty(),
            services.stream()
                .flatMap(service -> service.prefixes().stream())
                .map(PinnedAddresses::range)
                .collect(Collectors.toSet()),
            services.stream()
                .filter(
                    service ->
                        node.stream().anyMatch(each -> service.hosts().contains(each.name())))
                .flatMap(service -> service.address().stream())
                .map(IpAddress::toInetAddress)
                .collect(Collectors.toSet()),
            node.stream()
                .flatMap(
                    each ->
                        Stream.concat(
                            Stream.of(each.address().toInetAddress()),
                            each.target().p2p().stream().map(p2p -> p2p.address().getAddress())))
                .collect(Collectors.toSet())));
  }

  private static AddressRange range(Prefix prefix) {
    return new AddressRange(prefix.address().toInetAddress(), prefix.length());
  }
}
