package org.bgpannouncer.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.bgpannouncer.daemon.ExitCode;
import org.bgpannouncer.probe.HostTarget;
import org.bgpannouncer.probe.Observation;
import org.bgpannouncer.probe.Outcome;
import org.bgpannouncer.probe.ProbeRuntime;
import org.bgpannouncer.probe.Probes;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code announcer probe bitcoind HOST}: the tool an engineer reaches for first. */
@Command(
    name = "bitcoind",
    description = "Runs every probe of a Bitcoin node once; exit 0 if all are OK, 1 if not.",
    mixinStandardHelpOptions = true)
final class ProbeBitcoindCommand implements Callable<Integer> {
  /** They come as they are ready, in another order each time. */
  private static final Comparator<Observation> ALWAYS_ALIKE =
      Comparator.comparing((Observation each) -> each.check().aspect())
          .thenComparing(each -> each.check().name());

  @Spec private @Nullable CommandSpec spec;

  @Parameters(paramLabel = "HOST", description = "Address or name of the node.")
  private String host = "";

  @Mixin private ProbeBitcoindOptions options = new ProbeBitcoindOptions();

  @Option(names = "--json", description = "Print one JSON object.")
  private boolean json;

  @Override
  public Integer call() throws IOException {
    if (spec == null) {
      throw new IllegalStateException("picocli fills it");
    }
    HostTarget target = options.target(spec.commandLine(), host, resolve(host));
    List<Observation> found;
    try (ProbeRuntime runtime = new ProbeRuntime()) {
      found =
          Probes.once(runtime, target, options.bound()).toCompletableFuture().join().stream()
              .sorted(ALWAYS_ALIKE)
              .toList();
    }
    PrintWriter out = spec.commandLine().getOut();
    if (json) {
      out.println(ProbeReport.json(host, found));
    } else {
      ProbeReport.print(found, out);
    }
    out.flush();
    boolean passed = found.stream().allMatch(each -> each.outcome() == Outcome.OK);
    return passed ? ExitCode.OK.code() : ExitCode.NO.code();
  }

  private static InetAddress resolve(String host) throws IOException {
    try {
      return Optional.of(InetAddress.getAllByName(host)).map(all -> all[0]).orElseThrow();
    } catch (UnknownHostException e) {
      throw new IOException("HOST: " + host + " (expected: an address or a name that resolves)", e);
    }
  }
}
