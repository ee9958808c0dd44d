package org.bgpannouncer.config;

import java.nio.file.Path;
import org.bgpannouncer.engine.SiteConfig;

/**
 * Everything one daemon needs: one site, its speaker, its control socket.
 *
 * @param site what the engine is given
 * @param speaker through whom it advertises
 * @param controlSocket where {@code status} and the other commands find the daemon
 * @param deployment what {@code render} needs beside them
 */
public record DaemonConfig(
    SiteConfig site, SpeakerConfig speaker, Path controlSocket, Deployment deployment) {
  /** The shipped default: {@code /run/bgp-announcer/SITE.sock}. */
  public static Path defaultControlSocket(String site) {
    return Path.of("/run/bgp-announcer", site + ".sock");
  }
}
