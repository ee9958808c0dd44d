package org.bgpannouncer.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.stream.Stream;
import org.bgpannouncer.control.ControlApi;
import org.bgpannouncer.control.ControlServer;
import org.bgpannouncer.control.Snapshots;
import org.bgpannouncer.engine.DrainRequest;
import org.bgpannouncer.engine.DrainResult;
import org.bgpannouncer.engine.ReloadResult;
import org.bgpannouncer.observe.StatusSnapshot;
import org.bgpannouncer.testkit.bitcoin.SimulatedBitcoind;
import org.bgpannouncer.testkit.bitcoin.SimulatorLoop;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class CommandsTest {
  private static final String EXAMPLES = "../../docs/examples/";

  @TempDir Path directory;
  private String out = "";
  private String err = "";

  @Test
  void aValidFileIsSummedUp() {
    assertThat(run("check-config", EXAMPLES + "talk.yaml")).isEqualTo(0);
    assertThat(out)
        .isEqualTo(
            """
            GVA: AS 42275, hosts 2, services 2, prefixes 2, dry-run
            PAR: AS 42275, hosts 2, services 2, prefixes 2, dry-run
            FRA: AS 42275, hosts 2, services 2, prefixes 2, dry-run
            """);
    assertThat(run("check-config", EXAMPLES + "talk.yaml", "--site", "PAR")).isEqualTo(0);
    assertThat(out).startsWith("PAR").doesNotContain("GVA");
  }

  @Test
  void everyProblemGoesToStderrAndTheExitCodeIs78() throws IOException {
    Path file = Files.writeString(directory.resolve("f.yaml"), "site: A\nlocal-as: 0\n");
    assertThat(run("check-config", file.toString())).isEqualTo(78);
    assertThat(out).isEmpty();
    assertThat(err.lines()).hasSize(5).allMatch(line -> line.startsWith(file + ":"));
    assertThat(run("run", "--config", file.toString())).isEqualTo(78);
    assertThat(err.lines()).hasSize(5);
  }

  @Test
  void aSiteThatIsNotThereIsAConfigurationProblem() {
    assertThat(run("check-config", EXAMPLES + "talk.yaml", "--site", "ZRH")).isEqualTo(78);
    assertThat(err).isEqualTo("--site: ZRH (expected: one of GVA, PAR, FRA)\n");
    assertThat(run("run", "--config", EXAMPLES + "talk.yaml")).isEqualTo(78);
    assertThat(err).isEqualTo("--site: missing (expected: one of GVA, PAR, FRA)\n");
  }

  @Test
  void rendersToStdoutToADirectoryAndAgainstWhatIsThere() throws IOException {
    String talk = EXAMPLES + "talk.yaml";
    assertThat(run("render", "bitcoin", "--config", talk, "--site", "GVA", "--host", "btc1"))
        .isEqualTo(0);
    assertThat(out).startsWith("# btc1 at GVA: lines of its bitcoin.conf").doesNotContain("----");
    String one = out;
    assertThat(run("render", "bitcoin", "--config", talk, "--site", "GVA")).isEqualTo(0);
    assertThat(out)
        .startsWith("# ---- btc1.bitcoin.conf ----\n" + one + "# ---- btc2.bitcoin.conf ----\n");

    String installed = directory.resolve("rendered").toString();
    assertThat(run("render", "networkd", "--config", talk, "--site", "GVA", "--out", installed))
        .isEqualTo(0);
    assertThat(out.lines())
        .containsExactly(
            installed + "/btc1.lo.network",
            installed + "/btc1.uplink.conf",
            installed + "/btc2.lo.network",
            installed + "/btc2.uplink.conf",
            installed + "/edge.lo.network");
    assertThat(run("render", "networkd", "--config", talk, "--site", "GVA", "--diff", installed))
        .isEqualTo(0);
    assertThat(out).isEmpty();
    Path uplink = Path.of(installed, "btc2.uplink.conf");
    Files.writeString(uplink, Files.readString(uplink).replace("10.1.0.1", "10.1.0.254"));
    assertThat(run("render", "networkd", "--config", talk, "--site", "GVA", "--diff", installed))
        .isEqualTo(1);
    assertThat(out).contains("--- " + uplink, "-Gateway=10.1.0.254\n+Gateway=10.1.0.1\n");
  }

  @Test
  void moreThanTwoNodesInOneRangeAreWarnedOf() throws IOException {
    String site =
        """
        site: A
        local-as: 64496
        speaker: { type: exabgp }
        allow: [192.0.2.0/24]
        physical-range: 198.51.100.0/24
        hosts:
          - { name: h1, address: 203.0.113.11, outbound: 198.51.100.11, p2p: {} }
          - { name: h2, address: 203.0.113.12, outbound: 198.51.100.12, p2p: {} }
          - { name: h3, address: 203.0.113.13, %sp2p: {} }
        services:
          - { name: bitcoin, prefixes: [192.0.2.0/24], healthy: { of: [h1, h2, h3] } }
        """;
    Path two = Files.writeString(directory.resolve("two.yaml"), site.formatted(""));
    assertThat(run("check-config", two.toString())).isEqualTo(0);
    assertThat(err).isEmpty();
    Path three =
        Files.writeString(
            directory.resolve("three.yaml"), site.formatted("outbound: 198.51.100.13, "));
    assertThat(run("check-config", three.toString())).isEqualTo(0);
    assertThat(err)
        .isEqualTo(
            "warning: A physical-range: 3 Bitcoin nodes leave from 198.51.100.0/24 (recommended: at"
                + " most 2 to a range and AS, so that who takes one takes no more)\n");
  }

  @Test
  void anAnnouncerThatAHostCannotLetInIsWarnedOf() throws IOException {
    String text = Files.readString(Path.of(EXAMPLES + "dual-stack.yaml"));
    String one = text.replace("[203.0.113.21, \"2001:db8:1::21\"]", "203.0.113.21");
    Path file = Files.writeString(directory.resolve("one.yaml"), one);
    assertThat(run("check-config", file.toString())).isEqualTo(0);
    assertThat(err)
        .isEqualTo(
            "warning: ZRH announcers: ann1 has no address of a family that btc1-v6 is asked in, for"
                + " what is rendered for that host to let it in (recommended: address: [ IPv4, IPv6"
                + " ])\n");
  }

  @Test
  void theKernelsHashOverThreeHostsIsWarnedOf() throws IOException {
    String site =
        """
        site: A
        local-as: 64496
        speaker: { type: exabgp }
        allow: [192.0.2.0/24]
        announcers: [ { name: ann1, address: 203.0.113.21 } ]
        router:
          router-id: 203.0.113.1
          lans: [ { network: 203.0.113.0/24, address: 203.0.113.1 } ]
          consistent-hashing: %s
        hosts:
          - { name: h1, address: 203.0.113.11, p2p: {} }
          - { name: h2, address: 203.0.113.12, p2p: {} }
          - { name: h3, address: 203.0.113.13, p2p: {} }
        services:
          - { name: bitcoin, prefixes: [192.0.2.0/24], next-hop: hosts, healthy: { of: [h1, h2, h3] } }
        """;
    Path kernels = Files.writeString(directory.resolve("kernel.yaml"), site.formatted("false"));
    assertThat(run("check-config", kernels.toString())).isEqualTo(0);
    assertThat(err)
        .isEqualTo(
            "warning: A router.consistent-hashing: false, and bitcoin is spread over 3 hosts"
                + " (recommended: true, with BIRD, as a host that is drained or dies takes"
                + " connections of the others with it)\n");
    for (String other :
        List.of(
            site.formatted("true"),
            site.formatted("false").replace("[h1, h2, h3]", "[h1, h2]"),
            site.formatted("false").replace("next-hop: hosts", "next-hop: host"))) {
      Path file = Files.writeString(directory.resolve("other.yaml"), other);
      assertThat(run("check-config", file.toString())).isEqualTo(0);
      assertThat(err).isEmpty();
    }
  }

  @Test
  void whatCannotBeRenderedIsSaid() {
    String talk = EXAMPLES + "talk.yaml";
    assertThat(run("render", "nft", "--config", EXAMPLES + "one-site.yaml")).isEqualTo(78);
    assertThat(err)
        .isEqualTo(
            EXAMPLES
                + "one-site.yaml pinning: missing at site A (expected: { interface, gateway },"
                + " for target nft)\n");
    assertThat(run("render", "nft", "--config", talk)).isEqualTo(64);
    assertThat(err).startsWith("--site: missing (expected: one of GVA, PAR, FRA)\n");
    assertThat(run("render", "nft", "--config", talk, "--site", "GVA", "--host", "btc9"))
        .isEqualTo(64);
    assertThat(err).startsWith("--host: btc9 (expected: one of btc1, btc2)\n");
    assertThat(run("render", "nft", "--config", talk, "--site", "GVA", "--diff", "/no/such"))
        .isEqualTo(64);
    assertThat(err).startsWith("--diff: /no/such (expected: a directory, or --host");
    assertThat(run("render", "junos", "--config", talk, "--site", "GVA")).isEqualTo(64);
    assertThat(err).contains("junos");
  }

  @Test
  void exaBgpsFileIsReadToo() throws IOException {
    Path exabgp = Files.writeString(directory.resolve("exabgp.conf"), "neighbor 192.0.2.1 { }\n");
    assertThat(run("check-config", EXAMPLES + "one-site.yaml", "--exabgp", exabgp.toString()))
        .isEqualTo(78);
    assertThat(err).contains("exabgp.conf:1:1 process: missing");
  }

  @Test
  void aFileThatCannotBeReadIsAnIoFailure() {
    assertThat(run("check-config", "/no/such/file")).isEqualTo(74);
    assertThat(err).contains("/no/such/file");
  }

  @Test
  void aWrongCommandLineIs64() {
    assertThat(run()).isEqualTo(64);
    assertThat(run("denounce")).isEqualTo(64);
    assertThat(run("run")).isEqualTo(64);
    assertThat(run("probe")).isEqualTo(64);
    assertThat(run("probe", "bitcoind", "127.0.0.1", "--network", "main")).isEqualTo(64);
    assertThat(err).startsWith("--network: main (expected: mainnet");
  }

  @Test
  void anOptionOfProbeThatMakesNoSenseIsNamedWithItsRule() {
    assertWrong("--timeout: 0.0 (expected: 0.001 to 600)", "--timeout", "0");
    assertWrong("--p2p-port: 70000 (expected: 1 to 65535)", "--p2p-port", "70000");
    assertWrong("--rpc-port: 0 (expected: 1 to 65535)", "--rpc-port", "0", "--rpc-cookie", "/c");
    assertWrong(
        "--rpc-port: alone (expected: with --rpc-cookie or --rpc-user)", "--rpc-port", "8332");
    assertWrong("--no-p2p: alone (expected: with --rpc-cookie, --rpc-user or --zmq)", "--no-p2p");
    assertWrong("--service-local: alone (expected: with --service-address)", "--service-local");
    assertWrong(
        "--service-address: given (expected: not beside --no-p2p)",
        "--service-address",
        "192.0.2.13",
        "--no-p2p",
        "--rpc-cookie",
        "/c");
    assertWrong(
        "--rpc-user: alone (expected: together with --rpc-password-file)", "--rpc-user", "u");
    assertWrong(
        "--rpc-cookie: given (expected: not beside --rpc-user and --rpc-password-file)",
        "--rpc-cookie",
        "/c",
        "--rpc-user",
        "u",
        "--rpc-password-file",
        "/p");
    assertWrong(
        "--required-services: 409 (expected: 0x0 to 0xffffffffffffffff)",
        "--required-services",
        "409");
    assertWrong("--zmq: 28332 (expected: tcp://ADDRESS:PORT)", "--zmq", "28332");
    assertWrong(
        "--zmq: tcp://127.0.0.1:28332 (expected: each endpoint once)",
        "--zmq",
        "tcp://127.0.0.1:28332",
        "--zmq",
        "tcp://127.0.0.1:28332");
    assertWrong("--zmq-topic: alone (expected: with --zmq)", "--zmq-topic", "hashtx");
    assertWrong(
        "--zmq-topic: hashtx, hashtx (expected: each once, of hashblock, hashtx, rawblock, rawtx,"
            + " sequence)",
        "--zmq",
        "tcp://127.0.0.1:28332",
        "--zmq-topic",
        "hashtx",
        "--zmq-topic",
        "hashtx");
    assertWrong(
        "--zmq-topic: block (expected: each once, of hashblock, hashtx, rawblock, rawtx,"
            + " sequence)",
        "--zmq",
        "tcp://127.0.0.1:28332",
        "--zmq-topic",
        "block");
  }

  private void assertWrong(String problem, String... options) {
    List<String> arguments = new ArrayList<>(List.of("probe", "bitcoind", "127.0.0.1"));
    arguments.addAll(List.of(options));
    assertThat(run(arguments.toArray(String[]::new))).as("exit of %s", arguments).isEqualTo(64);
    assertThat(err.lines().findFirst()).contains(problem);
  }

  @Test
  void theServiceBitsOfTheConfigurationAreThoseOfTheCommandLine() {
    assertThat(
            run(
                "probe",
                "bitcoind",
                "127.0.0.1",
                "--p2p-port",
                "1",
                "--required-services",
                "0xffffffffffffffff"))
        .isEqualTo(1);
  }

  @Test
  void eachEndpointIsTriedThoughAnotherRefusesAndASilentOneIsTold() throws IOException {
    try (ServerSocket mute = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
      String endpoint = "tcp://127.0.0.1:" + mute.getLocalPort();
      assertThat(
              run(
                  "probe",
                  "bitcoind",
                  "127.0.0.1",
                  "--no-p2p",
                  "--zmq",
                  "tcp://127.0.0.1:1",
                  "--zmq",
                  endpoint,
                  "--timeout",
                  "0.2"))
          .isEqualTo(1);
      assertThat(out.lines().filter(line -> line.startsWith("zmq.")))
          .hasSize(2)
          .anyMatch(line -> line.contains("REFUSED"))
          .anyMatch(line -> line.contains("no greeting within 200 ms"));
    }
  }

  @Test
  void runRefusesWithoutTheLauncherAndSaysHowToStart() {
    assertThat(run("run", "--config", EXAMPLES + "one-site.yaml")).isEqualTo(64);
    assertThat(err).contains("(expected: ").contains("encoder json;").contains("--dry-run");
  }

  @Test
  void aClosedPortIsTold() {
    assertThat(run("probe", "bitcoind", "127.0.0.1", "--p2p-port", "1", "--network", "regtest"))
        .isEqualTo(1);
    assertThat(out).contains("p2p.").contains("HARD").contains("REFUSED");
    assertThat(run("probe", "bitcoind", "127.0.0.1", "--p2p-port", "1", "--json")).isEqualTo(1);
    assertThat(out).startsWith("{\"host\":\"127.0.0.1\",\"checks\":[{\"check\":\"p2p.");
  }

  @Test
  void theFreshHandshakeIsMadeWithTheServiceAddressIfOneIsGiven() {
    try (SimulatorLoop loop = new SimulatorLoop();
        SimulatedBitcoind node = SimulatedBitcoind.start(loop, "h1")) {
      String port = String.valueOf(node.p2p().address().getPort());
      String[] probe = {"probe", "bitcoind", "127.0.0.1", "--p2p-port", port, "--service-address"};
      assertThat(run(with(probe, "127.0.0.1", "--service-local"))).isEqualTo(0);
      assertThat(run(with(probe, "127.0.0.2"))).isEqualTo(1);
      assertThat(out)
          .containsPattern("p2p.held +OK +PASSED")
          .containsPattern("p2p.handshake +HARD +REFUSED");
      assertThat(run(with(probe, "192.0.2.13", "--service-local"))).isEqualTo(1);
      assertThat(out).containsPattern("p2p.handshake +HARD +SERVICE_ADDRESS_MISSING");
    }
  }

  private static String[] with(String[] words, String... more) {
    return Stream.concat(Arrays.stream(words), Arrays.stream(more)).toArray(String[]::new);
  }

  @Test
  void statusHostsAndRoutesSayWhy() throws IOException {
    Path socket = directory.resolve("A.sock");
    ControlServer server = ControlServer.open(socket, new Api());
    try {
      assertThat(run("status", "--socket", socket.toString())).isEqualTo(0);
      assertThat(out)
          .contains("site A, up since")
          .contains("speaker SYNCHRONISED exabgp 4.2.21")
          .contains("NOTICE neighbor-changes: missing")
          .contains("0 of 1 hosts fit, 1 needed; h1: PROVEN_DEAD")
          .contains("next-hop self med 100");
      assertThat(run("hosts", "--socket", socket.toString())).isEqualTo(0);
      assertThat(out).contains("p2p.held").contains("connect 1.235 ms");
      assertThat(out).contains("UNKNOWN h1: rpc.liveness cannot be asked for 11 min");
      assertThat(run("routes", "--socket", socket.toString())).isEqualTo(0);
      assertThat(out).contains("RETRYING (2 times)").contains("no answer");
      assertThat(run("routes", "--json", "--socket", socket.toString())).isEqualTo(0);
      assertThat(out).startsWith("{\"site\":\"A\"");
      assertThat(out).doesNotContain("DRAINED");
      assertThat(run("hosts", "--socket", socket.toString())).isEqualTo(0);
      assertThat(out).contains("DRAINED h1 until 2026-01-02T16:00:00Z: kernel");
      assertThat(run("reload", "--socket", socket.toString())).isEqualTo(1);
      assertThat(out).isEqualTo("refused: f:1:1 x: y (expected: z)\n");
    } finally {
      server.close();
    }
    assertThat(run("status", "--socket", socket.toString())).isEqualTo(74);
    assertThat(err).contains("(expected: a running daemon's control socket)");
  }

  @Test
  void aDrainWaitsUntilTheRoutersKnow() throws IOException {
    Path socket = directory.resolve("A.sock");
    try (ControlServer server = ControlServer.open(socket, new Api())) {
      assertThat(server).isNotNull();
      String[] drain = {"drain", "h1", "--socket", socket.toString(), "--wait"};
      assertThat(run(with(drain, "0s"))).as("the sample is RETRYING").isEqualTo(1);
      assertThat(out)
          .isEqualTo("change x (was: y)\nh1 is drained for 4h, 1 changes of announcements\n");
      assertThat(err).isEqualTo("not acknowledged within 0s: 192.0.2.0/24\n");
      assertThat(run("drain", "h2", "--socket", socket.toString())).isEqualTo(1);
      assertThat(out).isEqualTo("refused: host: h2\n");
      assertThat(err).isEmpty();
      assertThat(run("drain", "h1", "--for", "soon")).isEqualTo(64);
      assertThat(err).startsWith("--for: soon (expected: a duration, e.g. 30s or 4h)");
      assertThat(run("drain", "h1", "--for", "49h", "--socket", socket.toString())).isEqualTo(74);
      assertThat(err).isEqualTo("announcer: daemon: for: PT49H (expected: 1s to 48h)\n");
      assertThat(run("undrain", "h1", "--socket", socket.toString())).isEqualTo(0);
      assertThat(out).isEqualTo("h1 is drained no more, 0 changes of announcements\n");
    }
  }

  @Test
  void whatARouterWroteDoesNotMoveTheCursor() throws IOException {
    String answer =
        """
        {"speaker": {"phase": "SYNCHRONISED", "notices": {"k": "\u009b2J"}, "sessions": [
          {"peer": "192.0.2.1", "up": false, "reason": "shutdown: \u009b31m\\nowned"}]},
         "routes": [{"prefix": "192.0.2.0/24", "path_id": 7, "reason": "error \u009d0;x"}]}
        """;
    StringWriter shown = new StringWriter();
    new StatusCommand().print(new ObjectMapper().readTree(answer), new PrintWriter(shown, true));
    assertThat(shown.toString())
        .contains("NOTICE k: ?2J", "DOWN since : shutdown: ?31m?owned", "error ?0;x")
        .contains("192.0.2.0/24 path-id 7 ");
    assertThat(shown.toString().replace("\n", "")).doesNotContainPattern("\\p{Cc}");
  }

  private int run(String... arguments) {
    StringWriter newOut = new StringWriter();
    StringWriter newErr = new StringWriter();
    CommandLine command =
        Main.commandLine()
            .setOut(new PrintWriter(newOut, true))
            .setErr(new PrintWriter(newErr, true));
    int code = command.execute(arguments);
    out = newOut.toString();
    err = newErr.toString();
    return code;
  }

  private static final class Api implements ControlApi {
    @Override
    public StatusSnapshot status() {
      return Snapshots.oneDeadHost();
    }

    @Override
    public CompletionStage<ReloadResult> reload() {
      return CompletableFuture.completedFuture(
          new ReloadResult(
              List.of(), List.of(), List.of(), List.of(), List.of("f:1:1 x: y (expected: z)")));
    }

    @Override
    public CompletionStage<DrainResult> drain(DrainRequest request) {
      return CompletableFuture.completedFuture(
          request.host().equals("h1")
              ? new DrainResult(List.of("change x (was: y)"), List.of())
              : new DrainResult(List.of(), List.of("host: " + request.host())));
    }

    @Override
    public CompletionStage<DrainResult> undrain(String host) {
      return CompletableFuture.completedFuture(new DrainResult(List.of(), List.of()));
    }
  }
}
