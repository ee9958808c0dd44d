package org.bgpannouncer.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.stream.Stream;
import org.bgpannouncer.control.ControlApi;
import org.bgpannouncer.control.ControlServer;
import org.bgpannouncer.control.SampleSite;
import org.bgpannouncer.daemon.ExitCode;
import org.bgpannouncer.docs.Page;
import org.bgpannouncer.engine.DrainRequest;
import org.bgpannouncer.engine.DrainResult;
import org.bgpannouncer.engine.ReloadResult;
import org.bgpannouncer.observe.StatusSnapshot;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** docs/cli.md shows what the commands print, of the README's site. */
class CliDocTest {
  private static final String PROBE =
      "announcer probe bitcoind 203.0.113.11 --rpc-user announcer"
          + " --rpc-password-file /etc/bgp-announcer/rpc-password";

  private static final String PEER = "announcer peer --listen 203.0.113.1:179";

  private static final List<String> MOVED =
      List.of(
          "change "
              + SampleSite.route("203.0.113.12")
              + " (was: "
              + SampleSite.route("203.0.113.11")
              + ")");

  @TempDir Path directory;

  @Test
  void everySampleIsWhatTheCommandPrints() throws IOException {
    Map<String, String> inDoc = Page.CLI.sessions();
    inDoc.keySet().removeIf(command -> command.contains(" run --config"));
    Map<String, String> printed = new LinkedHashMap<>();
    try (Daemon daemon = new Daemon(directory)) {
      for (String command : inDoc.keySet()) {
        printed.put(
            command,
            command.equals(PROBE)
                ? probed()
                : command.startsWith(PEER)
                    ? SamplePeering.print(command.endsWith("--json"))
                    : daemon.print(command));
      }
    }
    assertThat(inDoc).isEqualTo(printed);
    assertThat(inDoc).containsKeys(PROBE, PEER, "announcer status", "announcer hosts");
  }

  @Test
  void everyCommandAndEveryOptionIsThere() throws IOException {
    assertThat(Page.CLI.sessions())
        .containsKeys(
            leaves(Main.commandLine())
                .map(command -> command.getCommandSpec().qualifiedName() + " --help")
                .toArray(String[]::new));
  }

  @Test
  void everyExitCodeIsThere() throws IOException {
    List<String> rows =
        Page.CLI.text().lines().filter(line -> line.matches("\\| [0-9]+ \\| .*")).toList();
    assertThat(rows)
        .extracting(line -> line.split(" ", 3)[1])
        .containsExactlyElementsOf(
            Arrays.stream(ExitCode.values()).map(code -> "" + code.code()).toList());
  }

  private static Stream<CommandLine> leaves(CommandLine command) {
    return command.getSubcommands().isEmpty()
        ? Stream.of(command)
        : command.getSubcommands().values().stream().flatMap(CliDocTest::leaves);
  }

  private static String probed() {
    StringWriter out = new StringWriter();
    ProbeReport.print(SampleSite.probedOnce(), new PrintWriter(out, true));
    return out.toString();
  }

  /** A daemon's control socket with the sample behind it, and the files of the pages. */
  private static final class Daemon implements ControlApi, AutoCloseable {
    private final Path directory;
    private final ControlServer server;

    Daemon(Path directory) throws IOException {
      this.directory = directory;
      server = ControlServer.open(directory.resolve("s"), this);
      String site = Page.README.block("yaml", "local-as");
      Files.writeString(directory.resolve("site.yaml"), site);
      Files.writeString(
          directory.resolve("broken.yaml"),
          site.replace("local-as: 64496", "local-as: 0").replace("by: [p2p]", "by: [zmq]"));
      Files.writeString(
          directory.resolve("exabgp.conf"), Page.EXABGP.block("", "process announcer"));
    }

    String print(String command) {
      List<String> words = new ArrayList<>(List.of(command.split(" ", -1)));
      words.remove(0);
      words.replaceAll(
          word -> word.matches("\\w+\\.(yaml|conf)") ? directory.resolve(word).toString() : word);
      if (List.of("status", "hosts", "routes", "reload", "drain", "undrain").contains(words.get(0))
          && !words.contains("--help")) {
        words.addAll(List.of("--socket", directory.resolve("s").toString()));
      }
      StringWriter out = new StringWriter();
      PrintWriter writer = new PrintWriter(out, true);
      Main.commandLine().setOut(writer).setErr(writer).execute(words.toArray(String[]::new));
      return out.toString().replace(directory + "/", "");
    }

    @Override
    public StatusSnapshot status() {
      return SampleSite.status();
    }

    @Override
    public CompletionStage<ReloadResult> reload() {
      return CompletableFuture.completedFuture(
          new ReloadResult(MOVED, List.of(), List.of("gva-btc1"), List.of(), List.of()));
    }

    @Override
    public CompletionStage<DrainResult> drain(DrainRequest request) {
      return CompletableFuture.completedFuture(new DrainResult(MOVED, List.of()));
    }

    @Override
    public CompletionStage<DrainResult> undrain(String host) {
      return CompletableFuture.completedFuture(new DrainResult(List.of(), List.of()));
    }

    @Override
    public void close() {
      server.close();
    }
  }
}
