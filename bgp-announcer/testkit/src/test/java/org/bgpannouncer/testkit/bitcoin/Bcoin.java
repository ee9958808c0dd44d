package org.bgpannouncer.testkit.bitcoin;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.bgpannouncer.probe.bitcoin.BitcoinNetwork;

/** A real full node: bcoin from npm on regtest, one process, everything in memory. */
final class Bcoin implements BitcoindUnderTest {
  private static final Duration START_DEADLINE = Duration.ofSeconds(60);

  private final Process process;
  private final InetSocketAddress p2p;
  private final InetSocketAddress http;

  private Bcoin(Process process, InetSocketAddress p2p, InetSocketAddress http) {
    this.process = process;
    this.p2p = p2p;
    this.http = http;
  }

  /** Starts a node; returns when both ports accept. */
  static Bcoin start(Path folder) throws IOException, InterruptedException {
    InetSocketAddress p2p = freePort();
    InetSocketAddress http = freePort();
    String host = p2p.getAddress().getHostAddress();
    ProcessBuilder builder =
        new ProcessBuilder(
                "node",
                entry().toString(),
                "--network=regtest",
                "--no-auth",
                "--no-wallet",
                "--memory=true",
                "--listen=true",
                "--host=" + host,
                "--port=" + p2p.getPort(),
                "--public-host=" + host,
                "--http-host=" + host,
                "--http-port=" + http.getPort(),
                "--prefix=" + folder)
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve("bcoin.log").toFile());
    builder.environment().put("NODE_BACKEND", "js");
    Bcoin node = new Bcoin(builder.start(), p2p, http);
    try {
      Awaitility.await("bcoin's ports, see " + folder.resolve("bcoin.log"))
          .atMost(START_DEADLINE)
          .failFast("bcoin ended", () -> !node.process.isAlive())
          .until(() -> accepts(p2p) && accepts(http));
    } catch (RuntimeException e) {
      node.close();
      throw new IllegalStateException(Files.readString(folder.resolve("bcoin.log")), e);
    }
    return node;
  }

  @Override
  public InetSocketAddress p2p() {
    return p2p;
  }

  @Override
  public InetSocketAddress witness() {
    return http;
  }

  @Override
  public BitcoinNetwork network() {
    return BitcoinNetwork.REGTEST;
  }

  @Override
  public String userAgent() {
    return "bcoin:v1.0.2";
  }

  @Override
  public void kill() {
    process.destroyForcibly();
  }

  @Override
  public void stop() {
    signal("STOP");
  }

  @Override
  public void proceed() {
    signal("CONT");
  }

  @Override
  public void close() {
    process.destroyForcibly();
    try {
      process.waitFor(10, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void signal(String name) {
    try {
      Process kill = new ProcessBuilder("kill", "-" + name, "" + process.pid()).start();
      if (kill.waitFor() != 0) {
        throw new IllegalStateException("kill -" + name + ": " + kill.exitValue());
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** The entry point that scripts/tools/bcoin installed; installs it if need be. */
  private static Path entry() throws IOException, InterruptedException {
    Path script = Path.of("").toAbsolutePath();
    while (!Files.exists(script.resolve("scripts/tools/bcoin"))) {
      script = script.getParent();
      if (script == null) {
        throw new IllegalStateException("scripts/tools/bcoin: not found above the working folder");
      }
    }
    Process install = new ProcessBuilder(script.resolve("scripts/tools/bcoin").toString()).start();
    List<String> printed;
    try (BufferedReader out =
        new BufferedReader(
            new InputStreamReader(install.getInputStream(), StandardCharsets.UTF_8))) {
      printed = out.lines().toList();
    }
    if (install.waitFor() != 0 || printed.isEmpty()) {
      throw new IllegalStateException(
          "bcoin: not installed (expected: scripts/tools/bcoin to install it): "
              + new String(install.getErrorStream().readAllBytes(), StandardCharsets.UTF_8));
    }
    return Path.of(printed.get(printed.size() - 1));
  }

  private static InetSocketAddress freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return (InetSocketAddress) socket.getLocalSocketAddress();
    }
  }

  private static boolean accepts(InetSocketAddress address) {
    try (Socket socket = new Socket()) {
      socket.connect(address, 1000);
      return true;
    } catch (IOException e) {
      return false;
    }
  }
}
