package org.bgpannouncer.cli;

import static java.util.stream.Collectors.joining;

import com.github.difflib.DiffUtils;
import com.github.difflib.UnifiedDiffUtils;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.bgpannouncer.config.DaemonConfig;
import org.bgpannouncer.daemon.ExitCode;
import org.bgpannouncer.render.RenderedFile;
import org.bgpannouncer.render.Renderer;
import org.bgpannouncer.render.Target;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code announcer render}. */
@Command(
    name = "render",
    description = "Writes the configuration of a site's machines from its site file.",
    mixinStandardHelpOptions = true)
final class RenderCommand implements Callable<Integer> {
  /** Unchanged lines around a change, as {@code diff -u} has them. */
  private static final int CONTEXT = 3;

  @Spec private @Nullable CommandSpec spec;

  @Parameters(paramLabel = "TARGET", description = "What to write: ${COMPLETION-CANDIDATES}.")
  private @Nullable Target target;

  @Mixin private @Nullable SiteFileOptions siteFile;

  @Option(
      names = "--host",
      paramLabel = "H",
      description =
          "For this machine, of a host or an announcer; without it, for each of the site. The router"
              + " is edge.")
  private @Nullable String host;

  @ArgGroup private @Nullable Destination destination;

  /** Where the files go; stdout without either. */
  private static final class Destination {
    @Option(
        names = "--out",
        paramLabel = "DIR",
        description = "Write the files there, instead of all of them to stdout.")
    private @Nullable Path out;

    @Option(
        names = "--diff",
        paramLabel = "PATH",
        description =
            "Say what would change of the file PATH, or of the files in the directory PATH; exit"
                + " code 1 if anything.")
    private @Nullable Path installed;
  }

  @Override
  public Integer call() throws IOException {
    if (spec == null || target == null || siteFile == null) {
      throw new IllegalStateException("picocli fills all");
    }
    PrintWriter err = spec.commandLine().getErr();
    Optional<DaemonConfig> chosen = siteFile.read(spec.commandLine());
    if (chosen.isEmpty()) {
      return ExitCode.CONFIG.code();
    }
    List<RenderedFile> files;
    try {
      files = new Renderer().render(target, chosen.get());
    } catch (IllegalArgumentException e) {
      err.println(siteFile.path() + " " + e.getMessage());
      return ExitCode.CONFIG.code();
    }
    if (host != null) {
      files = of(host, files, spec);
    }
    PrintWriter out = spec.commandLine().getOut();
    Destination to = destination == null ? new Destination() : destination;
    if (to.installed != null) {
      return differences(files, to.installed, out, spec).code();
    }
    if (to.out != null) {
      Files.createDirectories(to.out);
      for (RenderedFile each : files) {
        Files.writeString(to.out.resolve(each.name()), each.text());
        out.println(to.out.resolve(each.name()));
      }
      return ExitCode.OK.code();
    }
    for (RenderedFile each : files) {
      if (files.size() > 1) {
        out.println("# ---- " + each.name() + " ----");
      }
      each.text().lines().forEach(out::println);
    }
    return ExitCode.OK.code();
  }

  private static List<RenderedFile> of(
      String machine, List<RenderedFile> files, CommandSpec command) {
    List<RenderedFile> own = files.stream().filter(each -> each.machine().equals(machine)).toList();
    if (own.isEmpty()) {
      throw new ParameterException(
          command.commandLine(),
          "--host: "
              + machine
              + " (expected: one of "
              + files.stream().map(RenderedFile::machine).distinct().collect(joining(", "))
              + ")");
    }
    return own;
  }

  private static ExitCode differences(
      List<RenderedFile> files, Path installed, PrintWriter out, CommandSpec command)
      throws IOException {
    boolean directory = Files.isDirectory(installed);
    if (!directory && files.size() > 1) {
      throw new ParameterException(
          command.commandLine(),
          "--diff: " + installed + " (expected: a directory, or --host and a target of one file)");
    }
    ExitCode result = ExitCode.OK;
    for (RenderedFile each : files) {
      Path current = directory ? installed.resolve(each.name()) : installed;
      List<String> before = Files.exists(current) ? Files.readAllLines(current) : List.of();
      List<String> lines =
          UnifiedDiffUtils.generateUnifiedDiff(
              current.toString(),
              each.name(),
              before,
              DiffUtils.diff(before, each.text().lines().toList()),
              CONTEXT);
      lines.forEach(out::println);
      result = lines.isEmpty() ? result : ExitCode.NO;
    }
    return result;
  }
}
