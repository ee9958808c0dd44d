package org.bgpannouncer.testkit.bitcoin;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.HttpURLConnection;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.awaitility.Awaitility;

/** A real bitcoind with ZMQ, of the family of Bitcoin Core: what scripts/tools/bitcoind fetches. */
final class RealBitcoind extends RealNode {
  /** A user beside the cookie's. */
  static final String USER = "probe";

  static final String PASSWORD = "secret";

  // The hash that `rpcauth.py probe secret` of Bitcoin Core prints: HMAC-SHA256 with the salt as
  // key.
  private static final String RPCAUTH =
      "-rpcauth=probe:00ff$aaeec185df44eef4284ef0b656613e6c08a30e434f446c3081cbb69736e064db";

  private static final Duration START_DEADLINE = Duration.ofSeconds(60);

  /** The all-zero witness program on regtest (BIP 173). */
  private static final String NOBODY = "bcrt1qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqdku202";

  private final Path folder;
  private final List<String> command;
  private final InetSocketAddress zmq;
  private final ObjectMapper json = new ObjectMapper();

  private RealBitcoind(
      Path folder,
      List<String> command,
      InetSocketAddress p2p,
      InetSocketAddress rpc,
      InetSocketAddress zmq)
      throws IOException {
    super(launch(folder, command), p2p, rpc);
    this.folder = folder;
    this.command = command;
    this.zmq = zmq;
  }

  /** Starts a node; returns when it serves RPC and its P2P port accepts. */
  static RealBitcoind start(Path folder, String... options)
      throws IOException, InterruptedException {
    RealBitcoind node = begin(folder, options);
    try {
      node.awaitServing();
    } catch (RuntimeException e) {
      node.close();
      throw new IllegalStateException(node.output(), e);
    }
    return node;
  }

  /** Starts a node and returns at once. */
  static RealBitcoind begin(Path folder, String... options)
      throws IOException, InterruptedException {
    InetSocketAddress p2p = freePort();
    InetSocketAddress rpc = freePort();
    InetSocketAddress zmq = freePort();
    List<String> command =
        new ArrayList<>(
            List.of(
                tool("bitcoind"),
                "-regtest",
                "-datadir=" + folder,
                "-printtoconsole=0",
                "-debug=net",
                "-listen=1",
                "-bind=" + text(p2p),
                "-listenonion=0",
                "-natpmp=0", // asks the machine's gateway for a port otherwise
                "-discover=0",
                "-dnsseed=0",
                "-fixedseeds=0",
                "-server=1",
                "-rpcbind=" + text(rpc),
                "-rpcallowip=127.0.0.0/8",
                RPCAUTH));
    for (String topic : List.of("hashblock", "rawblock", "hashtx", "sequence")) {
      command.add("-zmqpub" + topic + "=tcp://" + text(zmq));
    }
    command.addAll(List.of(options));
    return new RealBitcoind(folder, command, p2p, rpc, zmq);
  }

  private static Process launch(Path folder, List<String> command) throws IOException {
    return new ProcessBuilder(command)
        .redirectErrorStream(true)
        .redirectOutput(ProcessBuilder.Redirect.appendTo(folder.resolve("bitcoind.out").toFile()))
        .start();
  }

  private static String text(InetSocketAddress address) {
    return address.getAddress().getHostAddress() + ":" + address.getPort();
  }

  @Override
  public String userAgent() {
    return "/Satoshi:";
  }

  InetSocketAddress zmq() {
    return zmq;
  }

  Path cookie() {
    return folder.resolve("regtest/.cookie");
  }

  /** Another process on the same data and ports, after the last one ended. */
  void startAgain() throws IOException {
    replacedBy(launch(folder, command));
  }

  void awaitServing() {
    Awaitility.await("bitcoind's ports and RPC")
        .atMost(START_DEADLINE)
        .failFast("bitcoind ended", () -> !isAlive())
        .until(() -> listens() && tryCall("uptime"));
  }

  /** Whether the call has a result. */
  boolean tryCall(String method, Object... params) {
    try {
      call(method, params);
      return true;
    } catch (IllegalStateException | UncheckedIOException e) {
      return false;
    }
  }

  /** The result of a call by the cookie. */
  JsonNode call(String method, Object... params) {
    try {
      String login = Files.readString(cookie()).strip();
      HttpURLConnection http =
          (HttpURLConnection)
              URI.create("http://" + text(witness()) + "/").toURL().openConnection();
      http.setReadTimeout((int) START_DEADLINE.toMillis());
      http.setRequestProperty(
          "Authorization",
          "Basic " + Base64.getEncoder().encodeToString(login.getBytes(StandardCharsets.UTF_8)));
      http.setDoOutput(true);
      try (OutputStream out = http.getOutputStream()) {
        json.writeValue(out, Map.of("id", 1, "method", method, "params", params));
      }
      if (http.getResponseCode() != 200) {
        throw new IllegalStateException(method + ": HTTP " + http.getResponseCode());
      }
      try (InputStream in = http.getInputStream()) {
        return json.readTree(in).path("result");
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Mines blocks; answers their hashes. */
  List<String> mine(int blocks) {
    List<String> hashes = new ArrayList<>();
    call("generatetoaddress", blocks, NOBODY).forEach(hash -> hashes.add(hash.asText()));
    return hashes;
  }

  /** What it logged, network included. */
  String debugLog() throws IOException {
    return Files.readString(folder.resolve("regtest/debug.log"));
  }

  private String output() throws IOException {
    return Files.readString(folder.resolve("bitcoind.out"));
  }
}
