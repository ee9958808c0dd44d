package org.bgpannouncer.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.bgpannouncer.config.ConfigFile;
import org.bgpannouncer.config.ConfigProblem;
import org.bgpannouncer.config.DaemonConfig;
import org.bgpannouncer.config.ExaBgpFile;
import org.bgpannouncer.daemon.ExitCode;
import org.bgpannouncer.engine.SiteConfig;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code announcer check-config}. */
@Command(
    name = "check-config",
    description = "Tells everything that is wrong with a site file; touches no network.",
    mixinStandardHelpOptions = true)
final class CheckConfigCommand implements Callable<Integer> {
  @Spec private @Nullable CommandSpec spec;

  @Parameters(paramLabel = "FILE", description = "The site file.")
  private @Nullable Path file;

  @Option(
      names = "--site",
      paramLabel = "S",
      description = "The site that will be run; without it, every site of the file is read.")
  private @Nullable String site;

  @Option(
      names = "--exabgp",
      paramLabel = "FILE",
      description = "ExaBGP's configuration, whose process and neighbors are read too.")
  private @Nullable Path exabgp;

  @Override
  public Integer call() throws IOException {
    if (spec == null || file == null) {
      throw new IllegalStateException("picocli fills both");
    }
    PrintWriter out = spec.commandLine().getOut();
    PrintWriter err = spec.commandLine().getErr();
    ConfigFile config = ConfigFile.read(file);
    List<String> problems = new ArrayList<>();
    config.problems().stream().map(ConfigProblem::toString).forEach(problems::add);
    if (site != null && problems.isEmpty() && !config.sites().containsKey(site)) {
      problems.add(
          "--site: "
              + site
              + " (expected: one of "
              + String.join(", ", config.sites().keySet())
              + ")");
    }
    if (exabgp != null) {
      ExaBgpFile found = ExaBgpFile.read(exabgp, sites(config));
      found.problems().stream().map(ConfigProblem::toString).forEach(problems::add);
      found.warnings().forEach(warning -> err.println("warning: " + warning));
    }
    problems.forEach(err::println);
    if (!problems.isEmpty()) {
      return ExitCode.CONFIG.code();
    }
    configs(config)
        .forEach(
            each -> {
              each.warnings()
                  .forEach(
                      warning -> err.println("warning: " + each.site().site() + " " + warning));
              out.println(summary(each.site()));
            });
    return ExitCode.OK.code();
  }

  private List<SiteConfig> sites(ConfigFile config) {
    return configs(config).stream().map(DaemonConfig::site).toList();
  }

  private List<DaemonConfig> configs(ConfigFile config) {
    return config.sites().values().stream()
        .filter(each -> site == null || each.site().site().equals(site))
        .toList();
  }

  private static String summary(SiteConfig site) {
    return site.site()
        + ": AS "
        + site.localAs()
        + ", hosts "
        + site.hosts().size()
        + ", services "
        + site.services().size()
        + ", prefixes "
        + site.services().stream().mapToInt(service -> service.prefixes().size()).sum()
        + (site.dryRun() ? ", dry-run" : "");
  }
}
