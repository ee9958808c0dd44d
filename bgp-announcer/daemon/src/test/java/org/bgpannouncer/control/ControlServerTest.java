package org.bgpannouncer.control;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import org.bgpannouncer.engine.DrainRequest;
import org.bgpannouncer.engine.DrainResult;
import org.bgpannouncer.engine.ReloadResult;
import org.bgpannouncer.observe.StatusSnapshot;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ControlServerTest {
  @TempDir Path directory;
  private Path socket = Path.of("/");
  private ReloadResult reloadResult =
      new ReloadResult(
          List.of("withdraw 192.0.2.0/24"), List.of(), List.of("h2"), List.of(), List.of());
  private final List<ControlServer> open = new ArrayList<>();
  private final List<DrainRequest> asked = new CopyOnWriteArrayList<>();

  @BeforeEach
  void choosePath() {
    socket = directory.resolve("made/on/demand/A.sock");
  }

  @AfterEach
  void closeAll() {
    open.forEach(ControlServer::close);
  }

  @Test
  void onlyTheDaemonsUserMayOpenIt() throws IOException {
    open();
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(socket)))
        .isEqualTo("rw-------");
  }

  @Test
  void everyPartHasItsReason() throws IOException {
    open();
    JsonNode status = get("GET", "/v1/status", 200);
    assertThat(status.path("site").asText()).isEqualTo("A");
    assertThat(status.at("/speaker/phase").asText()).isEqualTo("SYNCHRONISED");
    assertThat(status.at("/speaker/notices/neighbor-changes").asText()).isEqualTo("missing");
    assertThat(status.at("/hosts/0/reason").asText()).isEqualTo("PROVEN_DEAD");
    assertThat(status.at("/hosts/0/next/left_ms").asLong()).isEqualTo(23_000);
    assertThat(status.at("/hosts/0/drain/reason").asText()).isEqualTo("kernel");
    assertThat(status.at("/hosts/0/drain/until").asText()).isEqualTo("2026-01-02T16:00:00Z");
    assertThat(status.at("/hosts/0/unknown/check").asText()).isEqualTo("rpc.liveness");
    assertThat(status.at("/hosts/0/unknown/lasting_ms").asLong()).isEqualTo(660_000);
    assertThat(status.at("/hosts/0/checks/0/check").asText()).isEqualTo("p2p.held");
    assertThat(status.at("/hosts/0/checks/0/stages/0/ms").asDouble()).isEqualTo(1.235);
    assertThat(status.at("/services/0/reason").asText()).contains("0 of 1 hosts fit");
    assertThat(status.at("/routes/0/wished").isNull()).isTrue();
    assertThat(status.at("/routes/0/acknowledged").asText()).isEqualTo("next-hop self med 100");
    assertThat(get("GET", "/v1/hosts", 200).size()).isEqualTo(2);
    assertThat(get("GET", "/v1/routes", 200).at("/routes/0/phase").asText()).isEqualTo("RETRYING");
  }

  @Test
  void aReloadTellsWhatChanges() throws IOException {
    open();
    JsonNode done = get("POST", "/v1/reload", 200);
    assertThat(done.path("accepted").asBoolean()).isTrue();
    assertThat(done.at("/differences/0").asText()).isEqualTo("withdraw 192.0.2.0/24");
    reloadResult =
        new ReloadResult(List.of(), List.of(), List.of(), List.of(), List.of("f:1:1 site: ..."));
    assertThat(get("POST", "/v1/reload", 409).at("/problems/0").asText()).startsWith("f:1:1");
  }

  @Test
  void aDrainIsHandedOnWithWhatWasAsked() throws IOException {
    open();
    JsonNode done =
        post(
            "/v1/drain", "{\"host\":\"h1\",\"reason\":\"k\",\"for_ms\":60000,\"force\":true}", 200);
    assertThat(done.at("/differences/0").asText()).isEqualTo("change x (was: y)");
    assertThat(asked).containsExactly(new DrainRequest("h1", "k", Duration.ofMinutes(1), true));
    post("/v1/drain", "{\"host\":\"h1\"}", 200);
    assertThat(asked).last().isEqualTo(new DrainRequest("h1", "", Duration.ofHours(4), false));
    JsonNode refused = post("/v1/undrain", "{\"host\":\"h1\"}", 409);
    assertThat(refused.at("/problems/0").asText()).isEqualTo("host: h1 (expected: drained)");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "                           | body: (expected: a JSON object)",
        "[]                         | body: (expected: a JSON object)",
        "{                          | body: (expected: a JSON object)",
        "{}                         | host:  (expected: a text)",
        "{\"host\":1}                | host: 1 (expected: a text)",
        "{\"host\":\"h\",\"x\":1}      | x: unknown (expected: host, reason, for_ms, force)",
        "{\"host\":\"h\",\"for_ms\":0.5} | for_ms: 0.5 (expected: a whole number)",
        "{\"host\":\"h\",\"for_ms\":1} | for: PT0.001S (expected: 1s to 48h)",
        "{\"host\":\"h\",\"force\":1}  | force: 1 (expected: true or false)",
        "{\"host\":\"h\",\"reason\":[]} | reason: [] (expected: a text)",
      })
  void aBadDrainNamesTheValueAndTheRule(@Nullable String body, String problem) throws IOException {
    open();
    JsonNode refused = post("/v1/drain", body == null ? "" : body, 400);
    assertThat(refused.path("error").asText()).isEqualTo(problem);
    assertThat(asked).isEmpty();
  }

  @Test
  void aReadingVerbChangesNothing() throws IOException {
    open();
    assertThat(get("GET", "/v1/reload", 404).path("error").asText()).contains("POST /v1/reload");
    assertThat(get("GET", "/", 404).has("error")).isTrue();
  }

  @Test
  void aBadClientCostsItsOwnConnectionOnly() throws IOException {
    open();
    for (String garbage :
        List.of("\0\1\2\r\n\r\n", "GET " + "x".repeat(5000) + " HTTP/1.1\r\n\r\n", "\r\n\r\n")) {
      try (SocketChannel bad = connect()) {
        bad.write(ByteBuffer.wrap(garbage.getBytes(StandardCharsets.US_ASCII)));
        readToTheEnd(bad, ByteBuffer.allocate(65536));
      }
    }
    get("GET", "/v1/status", 200);
  }

  @Test
  void aBodyBeyondTheBoundIsRefused() throws IOException {
    open();
    try (SocketChannel bad = connect()) {
      bad.write(
          ByteBuffer.wrap(
              "POST /v1/reload HTTP/1.1\r\nContent-Length: 999999999\r\n\r\n"
                  .getBytes(StandardCharsets.US_ASCII)));
      ByteBuffer answer = ByteBuffer.allocate(1024);
      readToTheEnd(bad, answer);
      assertThat(new String(answer.array(), 0, answer.position(), StandardCharsets.US_ASCII))
          .startsWith("HTTP/1.1 413");
    }
    get("GET", "/v1/status", 200);
  }

  @Test
  void manySilentClientsDoNotGrowMemoryWithoutBound() throws IOException {
    open();
    List<SocketChannel> silent = new ArrayList<>();
    for (int i = 0; i < ControlServer.MAX_CONNECTIONS; i++) {
      silent.add(connect());
    }
    try (SocketChannel tooMany = connect()) {
      assertThat(tooMany.read(ByteBuffer.allocate(1))).as("closed at once").isEqualTo(-1);
    }
    for (SocketChannel each : silent) {
      each.close();
    }
  }

  @Test
  void aSocketThatNobodyAnswersOnIsReplaced() throws IOException {
    Files.createDirectories(socket.getParent());
    try (ServerSocketChannel dead = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      dead.bind(UnixDomainSocketAddress.of(socket));
    }
    assertThat(socket).exists();
    open();
    get("GET", "/v1/status", 200);
  }

  @Test
  void aSocketThatAnotherDaemonAnswersOnIsNot() throws IOException {
    open();
    assertThatThrownBy(this::open)
        .isInstanceOf(IOException.class)
        .hasMessage("control.socket: " + socket + " (expected: a path no other daemon answers on)");
    get("GET", "/v1/status", 200);
  }

  @Test
  void theFileIsGoneAfterwards() throws IOException {
    open();
    closeAll();
    assertThat(socket).doesNotExist();
    assertThat(socket.getParent()).isEmptyDirectory();
  }

  @Test
  void theFileOfASuccessorStays() throws IOException {
    open();
    Files.delete(socket);
    open();
    open.get(0).close();
    get("GET", "/v1/status", 200);
  }

  private void open() throws IOException {
    open.add(ControlServer.open(socket, new Api()));
  }

  private static void readToTheEnd(SocketChannel channel, ByteBuffer into) {
    try {
      channel.shutdownOutput();
      while (channel.read(into) != -1) {}
    } catch (IOException e) {
      // Closed before it had read everything: Linux says reset, which is an end too.
      assertThat(e).hasMessageContaining("reset");
    }
  }

  private SocketChannel connect() throws IOException {
    return SocketChannel.open(UnixDomainSocketAddress.of(socket));
  }

  private JsonNode post(String path, String body, int status) throws IOException {
    return call("POST", path, body, status);
  }

  private JsonNode get(String method, String path, int status) throws IOException {
    return call(method, path, "", status);
  }

  private JsonNode call(String method, String path, String body, int status) throws IOException {
    ControlClient.Answer answer =
        new ControlClient(socket, Duration.ofSeconds(10)).call(method, path, body);
    assertThat(answer.status()).isEqualTo(status);
    return new ObjectMapper().readTree(answer.json());
  }

  private final class Api implements ControlApi {
    @Override
    public StatusSnapshot status() {
      return Snapshots.oneDeadHost();
    }

    @Override
    public CompletionStage<ReloadResult> reload() {
      return CompletableFuture.completedFuture(reloadResult);
    }

    @Override
    public CompletionStage<DrainResult> drain(DrainRequest request) {
      asked.add(request);
      return CompletableFuture.completedFuture(
          new DrainResult(List.of("change x (was: y)"), List.of()));
    }

    @Override
    public CompletionStage<DrainResult> undrain(String host) {
      return CompletableFuture.completedFuture(
          new DrainResult(List.of(), List.of("host: " + host + " (expected: drained)")));
    }
  }
}
