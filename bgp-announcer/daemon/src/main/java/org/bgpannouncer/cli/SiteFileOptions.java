package org.bgpannouncer.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Objects;
import java.util.Optional;
import org.bgpannouncer.config.ConfigFile;
import org.bgpannouncer.config.DaemonConfig;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/** One site of a site file. */
final class SiteFileOptions {
  @Option(names = "--config", paramLabel = "FILE", required = true, description = "The site file.")
  private @Nullable Path config;

  @Option(
      names = "--site",
      paramLabel = "S",
      description = "Which site of the file; needed when there are several.")
  private @Nullable String site;

  Path path() {
    return Objects.requireNonNull(config, "picocli fills it");
  }

  Optional<String> site() {
    return Optional.ofNullable(site);
  }

  /**
   * The site; empty, with what is wrong on stderr, if the file is not valid.
   *
   * @throws ParameterException if the file has no such site
   */
  Optional<DaemonConfig> read(CommandLine command) throws IOException {
    ConfigFile file = ConfigFile.read(path());
    file.problems().forEach(command.getErr()::println);
    if (!file.problems().isEmpty()) {
      return Optional.empty();
    }
    Optional<DaemonConfig> found = file.site(site());
    if (found.isEmpty()) {
      throw new ParameterException(
          command,
          "--site: "
              + (site == null ? "missing" : site)
              + " (expected: one of "
              + String.join(", ", file.sites().keySet())
              + ")");
    }
    return found;
  }
}
