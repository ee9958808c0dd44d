package org.bgpannouncer.cli;

import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code announcer probe}. */
@Command(
    name = "probe",
    description = "Probes one host once and shows the stages.",
    mixinStandardHelpOptions = true,
    subcommands = ProbeBitcoindCommand.class)
final class ProbeCommand implements Runnable {
  @Spec private @Nullable CommandSpec spec;

  @Override
  public void run() {
    if (spec != null) {
      throw new ParameterException(spec.commandLine(), "probe: missing (expected: bitcoind HOST)");
    }
  }
}
