package org.bgpannouncer.config;

import java.nio.file.Path;

/** Through whom routes are advertised: {@code speaker.type}. */
public sealed interface SpeakerConfig {
  /** {@code exabgp}: we run as ExaBGP's API process; the pipe is our stdin and stdout. */
  record ExaBgpPipe() implements SpeakerConfig {}

  /**
   * {@code exabgp-fifo}: attached from outside through ExaBGP's named pipes.
   *
   * @param in the pipe ExaBGP reads, e.g. {@code /run/exabgp/exabgp.in}
   * @param out the pipe ExaBGP writes, e.g. {@code /run/exabgp/exabgp.out}
   */
  record ExaBgpFifo(Path in, Path out) implements SpeakerConfig {}
}
