package org.bgpannouncer.testkit.bitcoin;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.bgpannouncer.probe.bitcoin.BitcoinNetwork;
import org.bgpannouncer.testkit.FreePort;

/** A real full node on regtest: one process, on free ports of loopback. */
abstract class RealNode implements BitcoindUnderTest {
  private final InetSocketAddress p2p;
  private final InetSocketAddress rpc;
  private Process process;

  RealNode(Process process, InetSocketAddress p2p, InetSocketAddress rpc) {
    this.process = process;
    this.p2p = p2p;
    this.rpc = rpc;
  }

  @Override
  public final InetSocketAddress p2p() {
    return p2p;
  }

  @Override
  public final InetSocketAddress witness() {
    return rpc;
  }

  @Override
  public final BitcoinNetwork network() {
    return BitcoinNetwork.REGTEST;
  }

  @Override
  public final void kill() {
    process.destroyForcibly();
  }

  @Override
  public final void stop() {
    signal("STOP");
  }

  @Override
  public final void proceed() {
    signal("CONT");
  }

  @Override
  public final void close() {
    process.destroyForcibly();
    awaitEnd();
  }

  final boolean isAlive() {
    return process.isAlive();
  }

  /** Whether both ports accept. */
  final boolean listens() {
    return accepts(p2p) && accepts(rpc);
  }

  /** The node's next process, after the last one ended. */
  final void replacedBy(Process next) {
    process = next;
  }

  final void awaitEnd() {
    try {
      if (!process.waitFor(30, TimeUnit.SECONDS)) {
        throw new UncheckedIOException(new IOException("the node does not end"));
      }
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

  /** What scripts/tools/{@code name} prints last; it fetches the program if need be. */
  static String tool(String name) throws IOException, InterruptedException {
    Path above = Path.of("").toAbsolutePath();
    while (!Files.exists(above.resolve("scripts/tools").resolve(name))) {
      above = above.getParent();
      if (above == null) {
        throw new IllegalStateException(
            "scripts/tools/" + name + ": not found above the working folder");
      }
    }
    Process install =
        new ProcessBuilder(above.resolve("scripts/tools").resolve(name).toString())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    List<String> printed;
    try (BufferedReader out =
        new BufferedReader(
            new InputStreamReader(install.getInputStream(), StandardCharsets.UTF_8))) {
      printed = out.lines().toList();
    }
    if (install.waitFor() != 0 || printed.isEmpty()) {
      throw new IllegalStateException(
          name + ": not there (expected: scripts/tools/" + name + " to fetch it; see above)");
    }
    return printed.get(printed.size() - 1);
  }

  static InetSocketAddress freePort() {
    return new InetSocketAddress(InetAddress.getLoopbackAddress(), FreePort.ofLoopback());
  }

  static boolean accepts(InetSocketAddress address) {
    try (Socket socket = new Socket()) {
      socket.connect(address, 1000);
      return true;
    } catch (IOException e) {
      return false;
    }
  }
}
