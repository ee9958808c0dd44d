package org.bgpannouncer.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.Writer;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.bgpannouncer.bgp.AddressFamily;
import org.bgpannouncer.bgp.PathAttribute;
import org.bgpannouncer.bgp.UpdateMessage;
import org.bgpannouncer.bgp.session.SessionConfig;
import org.bgpannouncer.route.IpAddress;
import org.bgpannouncer.route.Nlri;
import org.bgpannouncer.route.Prefix;
import org.bgpannouncer.testkit.bgp.PeerFault;
import org.bgpannouncer.testkit.bgp.PeerSession;
import org.bgpannouncer.testkit.bgp.SimulatedPeer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import picocli.CommandLine;

/** {@code peer} against a simulated one that announces and withdraws. */
@Timeout(60)
class PeerCommandTest {
  private static final Duration SOON = Duration.ofSeconds(10);
  private static final Prefix PREFIX = Prefix.parse("192.0.2.0/24");
  private static final Pattern LISTENING =
      Pattern.compile("listening 127\\.0\\.0\\.1:([0-9]+) as 65000");
  private static final SessionConfig SPEAKER =
      SessionConfig.of(64496, IpAddress.parse("192.0.2.1"));

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  @Test
  void listensAndEndsWithZeroWhenAllHasCome() throws IOException {
    CompletableFuture<Integer> code =
        start(
            "--listen",
            "127.0.0.1:0",
            "--expect-announced",
            "192.0.2.0/24",
            "--expect-withdrawn",
            "192.0.2.0/24",
            "--within",
            "30s");
    try (SimulatedPeer speaker = SimulatedPeer.dial(SPEAKER, awaitListening(), anySource())) {
      PeerSession session = speaker.awaitSession(SOON);
      session.send(withdraw()); // before it was announced, which is nothing that was waited for
      session.send(announce());
      awaitOut("announce 192.0.2.0/24");
      assertThat(code).isNotDone();
      session.send(UpdateMessage.endOfRib(AddressFamily.IPV4_UNICAST));
      session.send(withdraw());
      assertThat(code.join()).isZero();
      assertThat(speaker.awaitNotification(SOON).message().toString()).contains("6/2");
    }
    assertThat(out.toString().lines().map(line -> line.replaceAll("^\\S+Z ", "")))
        .contains(
            "#1 127.0.0.1 established as 64496 router-id 192.0.2.1 hold 90 s, ipv4 unicast, ipv6"
                + " unicast",
            "#1 127.0.0.1 announce 192.0.2.0/24 next-hop 198.51.100.1 med 100 as-path 64496",
            "#1 127.0.0.1 end-of-rib ipv4 unicast",
            "#1 127.0.0.1 withdraw 192.0.2.0/24",
            "#1 127.0.0.1 ended stopped");
    assertThat(out.toString().lines())
        .allMatch(line -> line.matches("[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}\\.[0-9]{3}Z .*"));
  }

  @Test
  void theEndOfTheSessionWithdrawsToo() throws IOException {
    CompletableFuture<Integer> code =
        start("--listen", "127.0.0.1:0", "--expect-withdrawn", "192.0.2.0/24", "--within", "30s");
    try (SimulatedPeer speaker = SimulatedPeer.dial(SPEAKER, awaitListening(), anySource())) {
      speaker.awaitSession(SOON).send(announce());
      awaitOut("announce 192.0.2.0/24");
    }
    assertThat(code.join()).isZero();
  }

  @Test
  void endsWithOneWhenTheTimeIsOver() {
    assertThat(
            start(
                    "--listen",
                    "127.0.0.1:0",
                    "--expect-withdrawn",
                    "192.0.2.0/24",
                    "--expect-announced",
                    "2001:db8::/32",
                    "--within",
                    "200ms")
                .join())
        .isEqualTo(1);
    assertThat(err)
        .hasToString(
            "announcer: expected 2001:db8::/32 announced, 192.0.2.0/24 withdrawn within 200 ms\n");
  }

  @Test
  void dialsUntilSomebodyListensAndPrintsJson() throws IOException {
    try (SimulatedPeer router = SimulatedPeer.start(SPEAKER)) {
      router.inject(new PeerFault.Refuse());
      int port = router.address().getPort();
      CompletableFuture<Integer> code =
          start(
              "--connect",
              "127.0.0.1:" + port,
              "--json",
              "--as",
              "4200000000",
              "--router-id",
              "192.0.2.9",
              "--hold-time",
              "30",
              "--family",
              "ipv4",
              "--peer-as",
              "64496",
              "--expect-announced",
              "192.0.2.0/24",
              "--within",
              "30s");
      awaitOut("\"event\":\"unreachable\"");
      router.heal();
      PeerSession session = router.awaitSession(SOON);
      assertThat(session.negotiated().peerAs()).isEqualTo(4_200_000_000L);
      assertThat(session.negotiated().holdTime()).isEqualTo(Duration.ofSeconds(30));
      assertThat(session.negotiated().families()).containsExactly(AddressFamily.IPV4_UNICAST);
      assertThat(session.negotiated().peerRouterId()).hasToString("192.0.2.9");
      session.send(announce());
      assertThat(code.join()).isZero();
    }
    List<String> lines = out.toString().lines().toList();
    assertThat(lines.get(0)).contains("Connection refused");
    JsonNode announced =
        new ObjectMapper()
            .readTree(
                lines.stream().filter(line -> line.contains("\"announce\"")).findFirst().get());
    assertThat(announced.path("prefix").asText()).isEqualTo("192.0.2.0/24");
    assertThat(announced.path("next_hop").asText()).isEqualTo("198.51.100.1");
    assertThat(announced.path("med").asLong()).isEqualTo(100);
    assertThat(announced.path("as_path").toString()).isEqualTo("[64496]");
    assertThat(announced.path("session").asInt()).isEqualTo(1);
  }

  @Test
  void aReaderThatIsGoneEndsIt() throws IOException {
    Writer gone =
        new Writer() {
          @Override
          public void write(char[] text, int offset, int length) throws IOException {
            throw new IOException("Broken pipe");
          }

          @Override
          public void flush() {}

          @Override
          public void close() {}
        };
    CommandLine command =
        Main.commandLine().setOut(new PrintWriter(gone, true)).setErr(new PrintWriter(err, true));
    assertThat(command.execute("peer", "--listen", "127.0.0.1:0")).isEqualTo(74);
  }

  @Test
  void aPortInUseIsAnIoFailure() throws IOException {
    try (SimulatedPeer other = SimulatedPeer.start()) {
      assertThat(start("--listen", "127.0.0.1:" + other.address().getPort()).join()).isEqualTo(74);
      assertThat(err.toString()).contains("listen: ").contains("(expected: free)");
    }
  }

  @Test
  void whatMakesNoSenseIsNamedWithItsRule() {
    assertWrong(
        "--connect: 127.0.0.1 (expected: ADDR:PORT or [ADDR]:PORT, port 1 to 65535)",
        "--connect",
        "127.0.0.1");
    assertWrong(
        "--connect: 127.0.0.1:0 (expected: ADDR:PORT or [ADDR]:PORT, port 1 to 65535)",
        "--connect",
        "127.0.0.1:0");
    assertWrong(
        "--within: 5 (expected: a number with ms, s, m, h or d)",
        "--listen",
        "127.0.0.1:0",
        "--expect-announced",
        "192.0.2.0/24",
        "--within",
        "5");
    assertWrong(
        "--within: alone (expected: with --expect-announced or --expect-withdrawn)",
        "--listen",
        "127.0.0.1:0",
        "--within",
        "5s");
    assertWrong(
        "--expect-withdrawn: prefix: 192.0.2.1/24 (expected: no host bits set)",
        "--listen",
        "127.0.0.1:0",
        "--expect-withdrawn",
        "192.0.2.1/24");
    assertWrong(
        "--family: ipv5 (expected: ipv4 or ipv6)", "--listen", "127.0.0.1:0", "--family", "ipv5");
    assertWrong("local-as: 0 (expected: 1 to 4294967295)", "--listen", "127.0.0.1:0", "--as", "0");
    assertWrong(
        "hold-time: PT2S (expected: 0 or 3 to 65535 whole seconds)",
        "--listen",
        "127.0.0.1:0",
        "--hold-time",
        "2");
    assertThat(start().join()).isEqualTo(64);
    assertThat(start("--listen", "127.0.0.1:0", "--connect", "127.0.0.1:1").join()).isEqualTo(64);
  }

  private void assertWrong(String problem, String... options) {
    err.getBuffer().setLength(0);
    assertThat(start(options).join()).as(problem).isEqualTo(64);
    assertThat(err.toString().lines().findFirst()).contains(problem);
  }

  private CompletableFuture<Integer> start(String... options) {
    CommandLine command =
        Main.commandLine().setOut(new PrintWriter(out, true)).setErr(new PrintWriter(err, true));
    String[] arguments =
        Stream.concat(Stream.of("peer"), Arrays.stream(options)).toArray(String[]::new);
    return CompletableFuture.supplyAsync(
        () -> command.execute(arguments),
        run -> {
          Thread thread = new Thread(run, "peer-under-test");
          thread.setDaemon(true);
          thread.start();
        });
  }

  private InetSocketAddress awaitListening() {
    awaitOut("listening ");
    Matcher found = LISTENING.matcher(out.toString());
    assertThat(found.find()).isTrue();
    return new InetSocketAddress(
        InetAddress.getLoopbackAddress(), Integer.parseInt(found.group(1)));
  }

  private void awaitOut(String words) {
    await(words).atMost(SOON).until(() -> out.toString().contains(words));
  }

  private static InetSocketAddress anySource() {
    return new InetSocketAddress(0);
  }

  private static UpdateMessage announce() {
    return new UpdateMessage(
        List.of(),
        List.of(
            PathAttribute.Origin.IGP,
            PathAttribute.AsPath.sequence(List.of(64496L)),
            new PathAttribute.NextHopAddress(IpAddress.parse("198.51.100.1")),
            new PathAttribute.Med(100)),
        List.of(Nlri.of(PREFIX)));
  }

  private static UpdateMessage withdraw() {
    return new UpdateMessage(List.of(Nlri.of(PREFIX)), List.of(), List.of());
  }
}
