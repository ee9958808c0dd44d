package org.bgpannouncer.daemon;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.bgpannouncer.config.ConfigFile;
import org.bgpannouncer.config.ConfigProblem;
import org.bgpannouncer.config.DaemonConfig;
import org.bgpannouncer.engine.SiteConfig;

/** The configuration file as the command line asked for it; read at start and at each reload. */
final class ConfigSource {
  private final RunOptions options;

  ConfigSource(RunOptions options) {
    this.options = options;
  }

  /**
   * What reading gave.
   *
   * @param config empty if there are problems
   * @param problems what is wrong, one line each
   */
  record Reading(Optional<DaemonConfig> config, List<String> problems) {}

  Reading read() throws IOException {
    ConfigFile file = ConfigFile.read(options.config());
    if (!file.problems().isEmpty()) {
      return new Reading(
          Optional.empty(), file.problems().stream().map(ConfigProblem::toString).toList());
    }
    Optional<DaemonConfig> config = file.site(options.site());
    if (config.isEmpty()) {
      String asked = options.site().orElse("missing");
      return new Reading(
          Optional.empty(),
          List.of(
              "--site: "
                  + asked
                  + " (expected: one of "
                  + String.join(", ", file.sites().keySet())
                  + ")"));
    }
    return new Reading(config.map(this::withDryRun), List.of());
  }

  private DaemonConfig withDryRun(DaemonConfig config) {
    SiteConfig site = config.site();
    return !options.dryRun() || site.dryRun()
        ? config
        : new DaemonConfig(
            new SiteConfig(
                site.site(),
                site.localAs(),
                site.allow(),
                site.physicalRange(),
                site.hosts(),
                site.services(),
                site.adoptFor(),
                true),
            config.speaker(),
            config.controlSocket());
  }
}
