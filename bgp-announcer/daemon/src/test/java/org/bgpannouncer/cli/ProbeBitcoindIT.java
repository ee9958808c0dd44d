package org.bgpannouncer.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.bgpannouncer.testkit.FreePort;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** {@code probe bitcoind} on a real node: bcoin on regtest. */
final class ProbeBitcoindIT {
  private static final Path REPOSITORY = Path.of("../..").toAbsolutePath().normalize();

  @TempDir Path folder;
  private int p2p;
  private int rpc;
  private Process node;
  private String out = "";

  @BeforeEach
  void startNode() throws IOException, InterruptedException {
    p2p = FreePort.ofLoopback();
    rpc = FreePort.ofLoopback();
    ProcessBuilder builder =
        new ProcessBuilder(
                "node",
                bcoin(),
                "--network=regtest",
                "--api-key=secret",
                "--no-wallet",
                "--memory=true",
                "--listen=true",
                "--host=127.0.0.1",
                "--public-host=127.0.0.1",
                "--port=" + p2p,
                "--http-host=127.0.0.1",
                "--http-port=" + rpc,
                "--prefix=" + folder)
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve("bcoin.log").toFile());
    builder.environment().put("NODE_BACKEND", "js");
    node = builder.start();
    await("bcoin's ports")
        .atMost(Duration.ofSeconds(60))
        .failFast("bcoin ended", () -> !node.isAlive())
        .until(() -> accepts(p2p) && accepts(rpc));
  }

  @AfterEach
  void stopNode() throws InterruptedException {
    node.destroyForcibly();
    node.waitFor(10, TimeUnit.SECONDS);
  }

  @Test
  void aLivingNodeIsATableOfOkAndExitZero() throws IOException {
    assertThat(probe()).as(() -> out).isZero();

    List<String> rows = out.lines().takeWhile(line -> !line.isBlank()).toList();
    assertThat(rows.get(0)).startsWith("CHECK").contains("OUTCOME", "STAGES");
    assertThat(rows.stream().skip(1))
        .hasSize(6)
        .allMatch(row -> row.contains(" OK ") && row.contains(" PASSED "));
    assertThat(rows.stream().skip(1).map(row -> row.split(" ", 2)[0]))
        .containsExactlyInAnyOrder(
            "p2p.held", "p2p.version", "p2p.handshake", "rpc.liveness", "rpc.chain", "rpc.node");
    assertThat(rows).anyMatch(row -> row.contains("connect ") && row.contains("version "));
    assertThat(out).contains("user-agent: /bcoin:v1.0.2/").contains("chain: regtest");
  }

  @Test
  void asJsonEachCheckHasItsStagesAndValues() throws IOException {
    assertThat(probe("--json")).as(() -> out).isZero();

    JsonNode report = new JsonMapper().readTree(out);
    assertThat(report.path("host").asText()).isEqualTo("127.0.0.1");
    assertThat(report.path("checks"))
        .hasSize(6)
        .allMatch(check -> check.path("outcome").asText().equals("OK"));
    assertThat(report.path("checks"))
        .filteredOn(check -> check.path("check").asText().equals("p2p.held"))
        .singleElement()
        .satisfies(held -> assertThat(held.path("stages")).as(held.toString()).isNotEmpty());
    assertThat(report.path("checks"))
        .filteredOn(check -> check.path("check").asText().equals("rpc.chain"))
        .singleElement()
        .satisfies(
            chain -> assertThat(chain.path("values").path("chain").asText()).isEqualTo("regtest"));
    assertThat(out).doesNotContain("secret");
  }

  @Test
  void aWrongPasswordIsNoAnswerOfTheNodeAndExitOne() throws IOException {
    Path wrong = Files.writeString(folder.resolve("wrong"), "guess\n");
    assertThat(probe("--rpc-password-file", wrong.toString())).isEqualTo(1);
    assertThat(out).contains("UNAUTHORIZED").contains("p2p.held");
  }

  private int probe(String... more) throws IOException {
    Path password = Files.writeString(folder.resolve("password"), "secret\n");
    List<String> arguments =
        new ArrayList<>(
            List.of(
                "probe",
                "bitcoind",
                "127.0.0.1",
                "--network",
                "regtest",
                "--required-services",
                "0x9",
                "--p2p-port",
                "" + p2p,
                "--rpc-port",
                "" + rpc,
                "--rpc-user",
                "x"));
    if (!List.of(more).contains("--rpc-password-file")) {
      arguments.addAll(List.of("--rpc-password-file", password.toString()));
    }
    arguments.addAll(List.of(more));
    StringWriter written = new StringWriter();
    CommandLine command = Main.commandLine().setOut(new PrintWriter(written, true));
    int code = command.execute(arguments.toArray(String[]::new));
    out = written.toString();
    return code;
  }

  private static String bcoin() throws IOException, InterruptedException {
    Process install =
        new ProcessBuilder(REPOSITORY.resolve("scripts/tools/bcoin").toString())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    String printed =
        new String(install.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
    assertThat(install.waitFor()).as("scripts/tools/bcoin").isZero();
    return printed.substring(printed.lastIndexOf('\n') + 1);
  }

  private static boolean accepts(int port) {
    try (Socket socket = new Socket()) {
      socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 1000);
      return true;
    } catch (IOException e) {
      return false;
    }
  }
}
