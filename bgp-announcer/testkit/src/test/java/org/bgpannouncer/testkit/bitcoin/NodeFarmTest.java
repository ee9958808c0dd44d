package org.bgpannouncer.testkit.bitcoin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The line protocol that benchmarks speak with many nodes. */
final class NodeFarmTest {
  @Test
  void everyNodeTellsItsAddressAndItsThreePortsBeforeReady() throws IOException {
    List<JsonNode> lines = run("", "2", "127.77.0.255", "0", "0", "0");

    assertThat(lines)
        .extracting(each -> each.path("event").asText())
        .containsExactly("listening", "listening", "ready");
    assertThat(lines.subList(0, 2))
        .extracting(each -> each.path("address").asText())
        .containsExactly("127.77.0.255", "127.77.1.0");
    assertThat(lines.subList(0, 2))
        .allMatch(each -> each.path("p2p").asInt() > 0)
        .allMatch(each -> each.path("zmq").asInt() > 0)
        .allMatch(each -> each.path("rpc").asInt() > 0);
    assertThat(lines.get(2).path("nodes").asInt()).isEqualTo(2);
  }

  @Test
  void withoutAnRpcPortAnyFreeOneIsTaken() throws IOException {
    assertThat(run("", "1", "127.77.0.1", "0", "0").get(0).path("rpc").asInt()).isPositive();
  }

  @Test
  void everyCommandIsAnsweredByOneLineWithItsTime() throws IOException {
    String commands = "pause 0\nresume 0\ndie 0\nrevive 0\naccepts 0\n";

    List<JsonNode> answers = run(commands, "1", "127.77.0.1", "0", "0", "0");

    assertThat(answers.subList(2, answers.size()))
        .extracting(each -> each.path("event").asText())
        .containsExactly("pause", "resume", "die", "revive", "accepts");
    assertThat(answers.subList(2, answers.size()))
        .extracting(each -> each.path("nanos").asLong())
        .isSorted()
        .allMatch(nanos -> nanos > 0);
    assertThat(answers.get(6).path("accepts").asInt(-1)).isZero();
  }

  @Test
  void whatIsNoCommandIsAnErrorAndEndsNothing() throws IOException {
    List<JsonNode> answers = run("die\ndie 1\ndie x\neat 0\ndie 0\n", "1", "127.77.0.1", "0", "0");

    assertThat(answers.subList(2, answers.size()))
        .extracting(each -> each.path("event").asText())
        .containsExactly("error", "error", "error", "error", "die");
    assertThat(answers.get(5).path("text").asText())
        .isEqualTo("eat (expected: die, revive, pause, resume or accepts)");
  }

  @Test
  void aWrongNumberOfArgumentsNamesThem() {
    assertThatThrownBy(() -> run("", "1", "127.77.0.1", "8333"))
        .hasMessage("arguments: 3 (expected: COUNT FIRST-ADDRESS [P2P-PORT ZMQ-PORT [RPC-PORT]])");
  }

  private static List<JsonNode> run(String commands, String... arguments) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    NodeFarm.runUntilEof(
        arguments,
        new ByteArrayInputStream(commands.getBytes(StandardCharsets.UTF_8)),
        new PrintStream(out, true, StandardCharsets.UTF_8));
    List<JsonNode> lines = new ArrayList<>();
    for (String line : out.toString(StandardCharsets.UTF_8).lines().toList()) {
      lines.add(new ObjectMapper().readTree(line));
    }
    return lines;
  }
}
