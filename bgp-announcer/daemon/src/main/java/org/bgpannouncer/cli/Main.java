package org.bgpannouncer.cli;

import java.io.IOException;
import java.io.PrintWriter;
import org.bgpannouncer.daemon.ExitCode;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code announcer}: the program. */
@Command(
    name = "announcer",
    description = "Announces an anycast prefix over BGP only while the site really serves.",
    mixinStandardHelpOptions = true,
    version = "bgp-announcer 0.1.0",
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:done",
      "1:the answer is no: a probe not OK, an expectation unmet, a reload or drain refused, a file that"
          + " differs, something to mend",
      "64:the command line is wrong",
      "70:a fault of ours",
      "74:a file, pipe or socket failed",
      "78:the configuration is wrong"
    },
    subcommands = {
      RunCommand.class,
      CheckConfigCommand.class,
      RenderCommand.class,
      DoctorCommand.class,
      ProbeCommand.class,
      PeerCommand.class,
      StatusCommand.class,
      HostsCommand.class,
      RoutesCommand.class,
      PinningCommand.class,
      ReloadCommand.class,
      DrainCommand.class,
      UndrainCommand.class
    })
public final class Main implements Runnable {
  @Spec private @Nullable CommandSpec spec;

  /** For picocli. */
  public Main() {}

  @Override
  public void run() {
    if (spec != null) {
      throw new ParameterException(spec.commandLine(), "command: missing (expected: one of these)");
    }
  }

  /** Runs one command and ends the process. */
  public static void main(String[] args) {
    int code = commandLine().execute(args);
    System.exit(code);
  }

  static CommandLine commandLine() {
    CommandLine root = new CommandLine(new Main());
    useOurExitCodes(root);
    root.setCaseInsensitiveEnumValuesAllowed(true); // --log-format json, as the help writes it
    return root.setExecutionExceptionHandler(
        (failure, command, parsed) -> {
          PrintWriter err = command.getErr();
          if (failure instanceof IOException) {
            err.println("announcer: " + failure.getMessage());
            return ExitCode.IO.code();
          }
          failure.printStackTrace(err);
          return ExitCode.SOFTWARE.code();
        });
  }

  // Subcommands do not inherit them: picocli's own default for a wrong command line is 2.
  private static void useOurExitCodes(CommandLine command) {
    command.getCommandSpec().exitCodeOnInvalidInput(ExitCode.USAGE.code());
    command.getCommandSpec().exitCodeOnExecutionException(ExitCode.SOFTWARE.code());
    command.getSubcommands().values().forEach(Main::useOurExitCodes);
  }
}
