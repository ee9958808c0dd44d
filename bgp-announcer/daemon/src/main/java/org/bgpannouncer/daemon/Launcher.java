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
import org.bgpannouncer.route.Prefix;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What ties us to {@code scripts/launcher}, our parent: the file descriptor that leads to ExaBGP,
 * and the one on which we show that we live and what may stand at the routers because of us.
 */
final class Launcher {
  private static final Logger LOG = LoggerFactory.getLogger(Launcher.class);

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

  /** Shows that we live; {@code prefixes} is what the launcher withdraws when we no longer do. */
  void alive(Set<Prefix> prefixes) {
    life.ifPresent(
        out -> {
          String line =
              prefixes.stream().map(Prefix::toString).collect(Collectors.joining(" ")) + "\n";
          try {
            out.write(line.getBytes(StandardCharsets.US_ASCII));
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
