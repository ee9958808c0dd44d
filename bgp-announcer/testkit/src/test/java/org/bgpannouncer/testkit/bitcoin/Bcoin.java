package org.bgpannouncer.testkit.bitcoin;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.awaitility.Awaitility;

/** bcoin from npm, everything in memory. */
final class Bcoin extends RealNode {
  private static final Duration START_DEADLINE = Duration.ofSeconds(60);

  private Bcoin(Process process, InetSocketAddress p2p, InetSocketAddress http) {
    super(process, p2p, http);
  }

  /** Starts a node; returns when both ports accept. */
  static Bcoin start(Path folder) throws IOException, InterruptedException {
    InetSocketAddress p2p = freePort();
    InetSocketAddress http = freePort();
    String host = p2p.getAddress().getHostAddress();
    ProcessBuilder builder =
        new ProcessBuilder(
                "node",
                tool("bcoin"),
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
          .failFast("bcoin ended", () -> !node.isAlive())
          .until(node::listens);
    } catch (RuntimeException e) {
      node.close();
      throw new IllegalStateException(Files.readString(folder.resolve("bcoin.log")), e);
    }
    return node;
  }

  @Override
  public String userAgent() {
    return "bcoin:v1.0.2";
  }
}
