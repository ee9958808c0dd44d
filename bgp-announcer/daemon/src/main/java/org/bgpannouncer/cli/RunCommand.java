package org.bgpannouncer.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.util.concurrent.Callable;
import org.bgpannouncer.daemon.Daemon;
import org.bgpannouncer.daemon.RunOptions;
import org.bgpannouncer.log.LogFormat;
import org.bgpannouncer.log.StderrLog;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code announcer run}. */
@Command(
    name = "run",
    description = "Probes, decides, announces and withdraws; ExaBGP starts this as its process.",
    mixinStandardHelpOptions = true)
final class RunCommand implements Callable<Integer> {
  @Spec private @Nullable CommandSpec spec;

  @Mixin private @Nullable SiteFileOptions siteFile;

  @Option(names = "--dry-run", description = "Decide and log, send nothing.")
  private boolean dryRun;

  @Option(
      names = "--handover",
      description = "At SIGTERM leave the routes for the next process instead of withdrawing them.")
  private boolean handover;

  @Option(
      names = "--log-format",
      paramLabel = "text|json",
      description = "How log lines on stderr look; default text.")
  private LogFormat logFormat = LogFormat.TEXT;

  @Override
  public Integer call() throws IOException {
    StderrLog.format(logFormat);
    if (spec == null || siteFile == null) {
      throw new IllegalStateException("picocli fills both");
    }
    PrintWriter err = spec.commandLine().getErr();
    return Daemon.run(
            new RunOptions(siteFile.path(), siteFile.site(), dryRun, handover), err::println)
        .code();
  }
}
