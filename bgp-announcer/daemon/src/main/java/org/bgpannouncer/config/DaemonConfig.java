package org.bgpannouncer.config;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.bgpannouncer.engine.HostConfig;
import org.bgpannouncer.engine.SiteConfig;
import org.bgpannouncer.probe.bitcoin.rpc.PinningRules;

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

  /**
   * Which addresses the connections of {@code host} should have; empty where that is not said
   * ({@code physical-range} and {@code outbound}).
   */
  public Optional<PinningRules> pinningRules(HostConfig host) {
    return PinnedAddresses.rules(host, site.physicalRange(), deployment, site.services());
  }

  /** What is allowed and may be regretted, a sentence each. */
  public List<String> warnings() {
    List<String> warnings = new ArrayList<>();
    if (speaker instanceof SpeakerConfig.Embedded embedded) {
      warnings.addAll(embedded.warnings());
    }
    long nodes = site.hosts().stream().filter(DaemonConfig::isNodeWithOutbound).count();
    if (nodes > NODES_PER_RANGE) {
      site.physicalRange()
          .ifPresent(
              range ->
                  warnings.add(
                      "physical-range: "
                          + nodes
                          + " Bitcoin nodes leave from "
                          + range
                          + " (recommended: at most "
                          + NODES_PER_RANGE
                          + " to a range and AS, so that who takes one takes no more)"));
    }
    return warnings;
  }

  private static boolean isNodeWithOutbound(HostConfig host) {
    return host.target().p2p().isPresent() && host.outbound().isPresent();
  }

  /** The shipped default: {@code /run/bgp-announcer/SITE.sock}. */
  public static Path defaultControlSocket(String site) {
    return Path.of("/run/bgp-announcer", site + ".sock");
  }
}
