package org.bgpannouncer.render;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.bgpannouncer.config.Deployment.Method;

/** What {@code announcer render} can write, for each host of a site. */
public enum Target {
  /** Lines of bitcoin.conf. */
  BITCOIN,
  /** A batch for ip(8). */
  IPROUTE2,
  /** Files of systemd-networkd, instead of {@link #IPROUTE2}. */
  NETWORKD,
  /** A table of nftables. */
  NFT;

  /** Whether the site file must have a {@code pinning} for it. */
  boolean pins() {
    return this != BITCOIN;
  }

  /**
   * The templates in bird-templates/host/, without {@code .mustache}, for hosts that are pinned
   * that way; a file is named after its host and its template.
   */
  List<String> templates(Optional<Method> method) {
    boolean routed = method.equals(Optional.of(Method.SOURCE_ROUTE));
    boolean ruled = method.equals(Optional.of(Method.UID));
    return switch (this) {
      case BITCOIN -> List.of("bitcoin.conf");
      case IPROUTE2 ->
          ruled ? List.of("iproute2.batch", "iproute2-rule.batch") : List.of("iproute2.batch");
      case NETWORKD ->
          routed || ruled ? List.of("lo.network", "uplink.conf") : List.of("lo.network");
      case NFT -> List.of("nft.conf");
    };
  }

  /** As on the command line. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
