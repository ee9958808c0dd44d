package org.bgpannouncer.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.bgpannouncer.config.ConfigFile;
import org.bgpannouncer.config.DaemonConfig;
import org.bgpannouncer.control.ControlClient;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Which daemon to ask: by socket, by its site file, or the only one that runs here. */
final class ControlSocketOptions {
  private static final Path DEFAULT_DIRECTORY =
      java.util.Objects.requireNonNull(
          DaemonConfig.defaultControlSocket("SITE").getParent(), "absolute");

  @Option(
      names = "--socket",
      paramLabel = "PATH",
      description = "The control socket; default: the only one in /run/bgp-announcer.")
  private @Nullable Path socket;

  @Option(
      names = "--config",
      paramLabel = "FILE",
      description = "The site file, which names the socket.")
  private @Nullable Path config;

  @Option(names = "--site", paramLabel = "S", description = "Which site of the file.")
  private @Nullable String site;

  /** Sends one request to the daemon. */
  ControlClient.Answer call(String method, String path, String body) throws IOException {
    Path found = socket != null ? socket : config != null ? fromFile(config) : only();
    try {
      return new ControlClient(found, Duration.ofSeconds(10)).call(method, path, body);
    } catch (IOException e) {
      throw new IOException(
          found + ": " + e.getMessage() + " (expected: a running daemon's control socket)", e);
    }
  }

  private Path fromFile(Path file) throws IOException {
    return readSite(file).controlSocket();
  }

  /**
   * The site that {@code --config} and {@code --site} name.
   *
   * @throws IOException if they name none
   */
  DaemonConfig site() throws IOException {
    if (config == null) {
      throw new IOException("--config: missing (expected: the site file)");
    }
    return readSite(config);
  }

  private DaemonConfig readSite(Path file) throws IOException {
    return ConfigFile.read(file)
        .site(Optional.ofNullable(site))
        .orElseThrow(
            () ->
                new IOException(
                    "--config: "
                        + file
                        + " (expected: a valid file, and --site if it has several)"));
  }

  private Path only() throws IOException {
    List<Path> sockets = List.of();
    if (Files.isDirectory(DEFAULT_DIRECTORY)) {
      try (Stream<Path> files = Files.list(DEFAULT_DIRECTORY)) {
        sockets =
            files
                .filter(file -> file.toString().endsWith(".sock"))
                .filter(file -> !file.getFileName().toString().startsWith("."))
                .filter(file -> site == null || file.endsWith(site + ".sock"))
                .sorted()
                .toList();
      }
    }
    if (sockets.size() != 1) {
      throw new IOException(
          "--socket: missing (expected: a path; "
              + sockets.size()
              + " sockets in "
              + DEFAULT_DIRECTORY
              + ")");
    }
    return sockets.get(0);
  }
}
