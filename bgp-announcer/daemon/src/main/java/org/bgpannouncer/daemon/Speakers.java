package org.bgpannouncer.daemon;

import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.bgpannouncer.bgp.session.Md5Key;
import org.bgpannouncer.bgp.speaker.Neighbor;
import org.bgpannouncer.config.DaemonConfig;
import org.bgpannouncer.config.SpeakerConfig;
import org.bgpannouncer.engine.AllowRule;
import org.bgpannouncer.engine.SiteConfig;
import org.bgpannouncer.route.IpAddress;
import org.bgpannouncer.route.Nlri;
import org.bgpannouncer.route.Prefix;
import org.bgpannouncer.speaker.Speaker;
import org.bgpannouncer.speaker.bird.BirdSpeaker;
import org.bgpannouncer.speaker.embedded.EmbeddedSpeaker;
import org.bgpannouncer.speaker.exabgp.ExaBgpPipe;
import org.bgpannouncer.speaker.exabgp.ExaBgpSpeaker;
import org.bgpannouncer.speaker.exabgp.NamedPipes;
import org.bgpannouncer.speaker.exabgp.ProcessPipe;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Opens the configured speaker. */
final class Speakers {
  private static final String HOW_TO_START =
      """
      ExaBGP starts the announcer itself:
        process announcer {
          run /path/to/scripts/announcer run --config /path/to/site.yaml;
          encoder json;
        }
      To watch it decide without ExaBGP, add --dry-run.\
      """;

  private static final Logger LOG = LoggerFactory.getLogger(Speakers.class);

  private Speakers() {}

  /** Why the process pipe cannot be what we were started with, if so. */
  static Optional<String> refusal(SpeakerConfig speaker, Map<String, String> environment) {
    if (!(speaker instanceof SpeakerConfig.ExaBgpPipe)) {
      return Optional.empty();
    }
    if (isTerminal()) {
      return Optional.of("stdin: a terminal (expected: ExaBGP's pipe). " + HOW_TO_START);
    }
    return Launcher.pipe(environment).isPresent()
        ? Optional.empty()
        : Optional.of(
            "stdout: not moved away (expected: scripts/launcher in front, because a JVM prints"
                + " to stdout by itself). "
                + HOW_TO_START);
  }

  static Speaker open(DaemonConfig config, Map<String, String> environment) throws IOException {
    if (config.speaker() instanceof SpeakerConfig.Bird bird) {
      return new BirdSpeaker(bird.socket(), bird.include(), bird.protocols());
    }
    if (config.speaker() instanceof SpeakerConfig.Embedded embedded) {
      String farewell = config.site().site() + ": announcer stopped";
      return EmbeddedSpeaker.open(embedded.listen(), neighbors(embedded), farewell);
    }
    ExaBgpPipe pipe =
        config.speaker() instanceof SpeakerConfig.ExaBgpFifo fifo
            ? NamedPipes.open(fifo.in(), fifo.out())
            : ProcessPipe.open(environment);
    return new ExaBgpSpeaker(pipe, mayAnnounce(config.site()));
  }

  /** Whom it speaks with, with their keys, which are read anew each time. */
  static List<Neighbor> neighbors(SpeakerConfig.Embedded embedded) throws IOException {
    List<Neighbor> neighbors = new ArrayList<>();
    for (SpeakerConfig.Embedded.Entry entry : embedded.neighbors()) {
      Neighbor neighbor = entry.neighbor();
      neighbors.add(
          entry.md5File().isPresent()
              ? neighbor.withPeer(neighbor.peer().withMd5(md5Key(entry.md5File().get())))
              : neighbor);
    }
    return neighbors;
  }

  private static Md5Key md5Key(Path file) throws IOException {
    try {
      // An editor's line end is not part of the key.
      return Md5Key.of(Files.readString(file).strip().getBytes(StandardCharsets.UTF_8));
    } catch (IllegalArgumentException e) {
      throw new IOException("md5-file: " + file + " (expected: a key; " + e.getMessage() + ")", e);
    } catch (IOException e) {
      throw new IOException("md5-file: " + file + " (expected: a readable file; " + e + ")", e);
    }
  }

  /** In a dry run nobody else reads what ExaBGP says; unread, it would block ExaBGP. */
  static void drainUntilEnd(Runnable atEnd) {
    Thread drain =
        new Thread(
            () -> {
              try (InputStream in = new FileInputStream(FileDescriptor.in)) {
                in.transferTo(OutputStream.nullOutputStream());
              } catch (IOException e) {
                LOG.debug("stdin failed", e);
              }
              atEnd.run();
            },
            "exabgp-drain");
    drain.setDaemon(true);
    drain.start();
  }

  /** Every path that may stand at the routers because of this site. */
  static Set<Nlri> mayAnnounce(SiteConfig site) {
    Map<String, IpAddress> addresses = site.addresses();
    TreeSet<Nlri> paths = new TreeSet<>();
    site.services().forEach(service -> paths.addAll(service.paths(addresses)));
    Set<Prefix> served = paths.stream().map(Nlri::prefix).collect(Collectors.toSet());
    site.allow().stream()
        .map(AllowRule::prefix)
        .filter(prefix -> !served.contains(prefix))
        .forEach(prefix -> paths.add(Nlri.of(prefix)));
    return paths;
  }

  private static boolean isTerminal() {
    try {
      String target = Files.readSymbolicLink(Path.of("/proc/self/fd/0")).toString();
      return target.startsWith("/dev/pts/") || target.startsWith("/dev/tty");
    } catch (IOException e) {
      return false; // no /proc: then there is no telling
    }
  }
}
