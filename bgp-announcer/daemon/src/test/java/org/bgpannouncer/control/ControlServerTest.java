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
import org.bgpannouncer.engine.ReloadResult;
import org.bgpannouncer.observe.StatusSnapshot;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ControlServerTest {
  @TempDir Path directory;
  private Path socket = Path.of("/");
  private ReloadResult reloadResult =
      new ReloadResult(
          List.of("withdraw 192.0.2.0/24"), List.of(), List.of("h2"), List.of(), List.of());
  private final List<ControlServer> open = new ArrayList<>();

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

  private JsonNode get(String method, String path, int status) throws IOException {
    ControlClient.Answer answer =
        new ControlClient(socket, Duration.ofSeconds(10)).call(method, path);
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
  }
}
