package org.bgpannouncer.config;

import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import org.bgpannouncer.bgp.speaker.Neighbor;

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

  /**
   * {@code bird}: BIRD reads our routes from a file that its configuration includes.
   *
   * @param socket BIRD's control socket, e.g. {@code /run/bird/bird.ctl}
   * @param include the file
   * @param protocols BIRD's protocols that count as sessions; empty for every one of type BGP
   */
  record Bird(Path socket, Path include, Set<String> protocols) implements SpeakerConfig {
    /** Copies. */
    public Bird {
      protocols = Set.copyOf(protocols);
    }
  }

  /**
   * {@code embedded}: we speak BGP ourselves.
   *
   * @param listen where neighbors may connect to
   * @param neighbors whom we speak with
   */
  record Embedded(List<InetSocketAddress> listen, List<Entry> neighbors) implements SpeakerConfig {
    /** Copies the lists. */
    public Embedded {
      listen = List.copyOf(listen);
      neighbors = List.copyOf(neighbors);
    }

    /**
     * A neighbor, and what is not in the site file.
     *
     * @param neighbor without its key
     * @param md5File the file that holds the key of the TCP MD5 signature option
     * @param holdTimeLine where {@code hold-time} stands in the site file; empty: left out
     * @param gracefulRestartLine where {@code graceful-restart} does
     */
    public record Entry(
        Neighbor neighbor,
        Optional<Path> md5File,
        OptionalInt holdTimeLine,
        OptionalInt gracefulRestartLine) {}

    /** What is allowed, and better left alone: one line each. */
    public List<String> warnings() {
      return neighbors.stream().flatMap(entry -> warning(entry.neighbor()).stream()).toList();
    }

    private static Optional<String> warning(Neighbor neighbor) {
      return neighbor
          .peer()
          .session()
          .capabilities()
          .gracefulRestart()
          .map(
              restart ->
                  "speaker: neighbor "
                      + neighbor.name()
                      + " has graceful-restart: it keeps the routes of a dead announcer, whose nodes"
                      + " may be dead too, for "
                      + restart.restartSeconds()
                      + " s (expected: none for a prefix that health decides about)");
    }
  }
}
