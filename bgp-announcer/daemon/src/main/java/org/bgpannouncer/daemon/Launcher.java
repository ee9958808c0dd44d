package org.bgpannouncer.daemon;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.bgpannouncer.engine.SiteConfig;
import org.bgpannouncer.route.IpAddress;
import org.bgpannouncer.route.Nlri;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What ties us to {@code scripts/launcher}, our parent: the file descriptor that leads to ExaBGP,
 * and the one on which we show that we live and what may stand at the routers because of us.
 */
final class Launcher {
  private static final Logger LOG = LoggerFactory.getLogger(Launcher.class);

  /** A JVM on a busy machine needs this to start, however short adopt-for is. */
  private static final long LEAST_START_SECONDS = 5;

  private final Optional<OutputStream> life;

  private Launcher(Optional<OutputStream> life) {
    this.life = life;
  }

  /** Where ExaBGP's commands are written. */
  static Optional<Path> pipe(Map<String, String> environment) {
    return descriptor(environment, "ANNOUNCER_PIPE_FD");
  }

  /** Opens the descriptor for signs of life; does nothing when there is no launcher. */
  static Launcher of(Map<String, String> environment) throws IOException {
    Optional<Path> path = descriptor(environment, "ANNOUNCER_LIFE_FD");
    return new Launcher(path.isPresent() ? Optional.of(write(path.get())) : Optional.empty());
  }

  /**
   * Tells what the launcher withdraws when we cannot, and how long it waits for our sign of life.
   * In a dry run nothing is sent, by nobody.
   */
  void standsFor(SiteConfig site) {
    Set<Nlri> paths = site.dryRun() ? Set.of() : Speakers.mayAnnounce(site);
    String allow = paths.stream().map(path -> " " + word(path)).collect(Collectors.joining());
    long seconds = Math.max(site.adoptFor().toSeconds(), LEAST_START_SECONDS);
    say("allow" + allow + "\nadopt-for " + seconds + "\n");
  }

  private static String word(Nlri path) {
    return path.pathId().isEmpty()
        ? path.prefix().toString()
        : path.prefix() + "=" + IpAddress.ofIpv4((int) path.pathId().getAsLong());
  }

  /** The sign of life. */
  void alive() {
    say("alive\n");
  }

  private void say(String lines) {
    life.ifPresent(
        out -> {
          try {
            out.write(lines.getBytes(StandardCharsets.US_ASCII));
            out.flush();
          } catch (IOException e) {
            LOG.warn("the launcher does not listen: {}", e.getMessage());
          }
        });
  }

  // Without truncating: what stands behind the descriptor may be a file.
  static OutputStream write(Path descriptor) throws IOException {
    return Files.newOutputStream(descriptor, StandardOpenOption.WRITE);
  }

  private static Optional<Path> descriptor(Map<String, String> environment, String name) {
    return Optional.ofNullable(environment.get(name))
        .filter(number -> number.matches("[0-9]{1,4}"))
        .map(number -> Path.of("/dev/fd", number));
  }
}
