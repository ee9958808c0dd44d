package org.bgpannouncer.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.bgpannouncer.bgp.session.BgpListener;
import org.bgpannouncer.bgp.session.SessionConfig;
import org.bgpannouncer.daemon.ExitCode;
import org.bgpannouncer.daemon.Signals;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code announcer peer}: a route collector, and an exit code for the shell of a CI. */
@Command(
    name = "peer",
    description =
        "Talks BGP, announces nothing, and prints what arrives: until Ctrl-C, or until all that is"
            + " expected has come.",
    mixinStandardHelpOptions = true)
final class PeerCommand implements Callable<Integer> {
  private static final Duration FOR_EVER = Duration.ofDays(365);
  private static final Duration GOODBYE = Duration.ofSeconds(1);

  @Spec private @Nullable CommandSpec spec;

  @Mixin private PeerOptions options = new PeerOptions();

  @Option(names = "--json", description = "Print one JSON object a line.")
  private boolean json;

  @Override
  public Integer call() throws IOException, InterruptedException {
    if (spec == null) {
      throw new IllegalStateException("picocli fills it");
    }
    CommandLine command = spec.commandLine();
    SessionConfig config = options.session(command);
    Optional<Duration> within = options.within(command);
    PeerLines lines = new PeerLines(json);
    PeerCollector collector = new PeerCollector(lines, options.expectations(command));
    Runnable close = open(command, config, collector, lines);
    Runnable noInt = Signals.on("INT", collector::end);
    Runnable noTerm = Signals.on("TERM", collector::end);
    boolean isRead;
    try {
      isRead = print(collector, command.getOut(), within);
    } finally {
      close.run();
      noTerm.run();
      noInt.run();
    }
    return verdict(collector, isRead, command.getErr(), within).code();
  }

  /** Listens or dials; what is returned ends it. */
  private Runnable open(
      CommandLine command, SessionConfig config, PeerCollector collector, PeerLines lines)
      throws IOException {
    Optional<InetSocketAddress> remote = options.connect(command);
    if (remote.isPresent()) {
      return PeerDialler.start(remote.get(), config, collector, lines)::close;
    }
    InetSocketAddress local = options.listen(command).orElseThrow();
    BgpListener listener = BgpListener.open(local, config, collector.listener());
    InetSocketAddress address = listener.address();
    collector.say(at -> lines.listening(at, address, config.localAs()));
    return listener::close;
  }

  /** Prints until there is no more, no more time, or nobody who reads it, which is false. */
  private static boolean print(PeerCollector collector, PrintWriter out, Optional<Duration> within)
      throws InterruptedException {
    long startNanos = System.nanoTime();
    boolean isRead = true;
    boolean isOver = false;
    while (isRead && !isOver) {
      Duration left = within.orElse(FOR_EVER).minusNanos(System.nanoTime() - startNanos);
      Optional<String> line =
          left.isNegative() ? Optional.of(PeerCollector.END) : collector.next(left);
      isOver = line.filter(PeerCollector.END::equals).isPresent();
      isRead = isOver || line.isEmpty() || print(line.get(), collector, out);
    }
    collector.stop(GOODBYE);
    // How the sessions ended.
    for (Optional<String> line = collector.next(Duration.ZERO);
        isRead && line.isPresent();
        line = collector.next(Duration.ZERO)) {
      isRead = line.get().equals(PeerCollector.END) || print(line.get(), collector, out);
    }
    return isRead;
  }

  // Whole lines at once, so that the next program of a pipe has each when it is said.
  private static boolean print(String line, PeerCollector collector, PrintWriter out) {
    out.println(line);
    return collector.hasNext() || !out.checkError();
  }

  private static ExitCode verdict(
      PeerCollector collector, boolean isRead, PrintWriter err, Optional<Duration> within) {
    if (collector.isMet() || (collector.isUnbidden() && isRead)) {
      return ExitCode.OK;
    }
    if (!isRead) {
      return ExitCode.IO;
    }
    String bound = within.map(time -> " within " + time.toMillis() + " ms").orElse("");
    err.println("announcer: expected " + collector.missing() + bound);
    return ExitCode.NO;
  }
}
