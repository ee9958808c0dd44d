package org.bgpannouncer.render;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.bgpannouncer.config.Deployment.Method;

/** What {@code announcer render} can write. */
public enum Target {
  /** Lines of bitcoin.conf, for each host. */
  BITCOIN(Machine.HOST),
  /** Batches for ip(8), for each host and for the router. */
  IPROUTE2(Machine.HOST),
  /** Files of systemd-networkd, instead of {@link #IPROUTE2}, but for a router's rules. */
  NETWORKD(Machine.HOST),
  /** A table of nftables, for each host, and one for a router with consistent hashing. */
  NFT(Machine.HOST),
  /** ExaBGP 4.2, for each announcer. */
  EXABGP4(Machine.ANNOUNCER),
  /** ExaBGP 5, for each announcer. */
  EXABGP5(Machine.ANNOUNCER),
  /** BIRD 2, for the edge router. */
  BIRD(Machine.ROUTER),
  /** BIRD 3, for the edge router. */
  BIRD3(Machine.ROUTER),
  /** FRR, for the edge router. */
  FRR(Machine.ROUTER),
  /** OpenBGPD, for the edge router. */
  OPENBGPD(Machine.ROUTER),
  /** GoBGP, for the edge router. */
  GOBGP(Machine.ROUTER);

  /** Whose configuration it is. */
  enum Machine {
    HOST,
    ANNOUNCER,
    ROUTER
  }

  private final Machine machine;

  Target(Machine machine) {
    this.machine = machine;
  }

  Machine machine() {
    return machine;
  }

  /** Whether the site file must have a {@code pinning} for it. */
  boolean pins() {
    return machine == Machine.HOST && this != BITCOIN;
  }

  /**
   * The templates in bird-templates/, without {@code .mustache}, where hosts are pinned that way;
   * without that for the rules of each family.
   */
  List<String> templates(Optional<Method> method) {
    boolean routed = method.equals(Optional.of(Method.SOURCE_ROUTE));
    boolean ruled = method.equals(Optional.of(Method.UID));
    boolean apart = method.equals(Optional.of(Method.NETNS));
    return switch (this) {
      case BITCOIN -> List.of("host/bitcoin.conf");
      case IPROUTE2 ->
          apart
              ? List.of("host/iproute2-netns.batch", "host/iproute2.batch")
              : List.of("host/iproute2.batch");
      case NETWORKD ->
          routed || ruled
              ? List.of("host/lo.network", "host/uplink.conf")
              : List.of("host/lo.network");
      case NFT ->
          method.equals(Optional.of(Method.CGROUP))
              ? List.of("host/nft.conf", "host/nft-unit.conf")
              : List.of("host/nft.conf");
      case EXABGP4, EXABGP5 -> List.of("router/exabgp.conf");
      case BIRD, BIRD3 -> List.of("router/bird.conf");
      case FRR -> List.of("router/frr.conf");
      case OPENBGPD -> List.of("router/openbgpd.conf");
      case GOBGP -> List.of("router/gobgp.toml");
    };
  }

  /** A file's name after that of its machine: a host's after the template, another's after this. */
  String suffix(String template) {
    return machine == Machine.HOST
        ? template.substring(template.indexOf('/') + 1)
        : this + template.substring(template.lastIndexOf('.'));
  }

  /** As on the command line. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
