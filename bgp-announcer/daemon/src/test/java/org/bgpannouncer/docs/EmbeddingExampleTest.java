package org.bgpannouncer.docs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import javax.tools.ToolProvider;
import org.bgpannouncer.announcer.Announcer;
import org.bgpannouncer.announcer.StopMode;
import org.bgpannouncer.decision.ServiceState;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The example of the README is compiled as an embedder would, and run. */
class EmbeddingExampleTest {
  private static final Path SOURCE = Path.of("../../docs/examples/EmbeddedAnnouncer.java");

  @Test
  void theExampleCompilesWithoutAWarningAndAnnounces(@TempDir Path classes) throws Exception {
    assertThat(Files.readAllLines(SOURCE)).hasSizeLessThanOrEqualTo(60);
    int status =
        ToolProvider.getSystemJavaCompiler()
            .run(
                null,
                null,
                null,
                "-Xlint:all,-processing,-path",
                "-Werror",
                "-proc:none",
                "-d",
                classes.toString(),
                SOURCE.toString());
    assertThat(status).isZero();
    try (URLClassLoader loader = new URLClassLoader(new URL[] {classes.toUri().toURL()});
        ServerSocket port = new ServerSocket(0, 8, InetAddress.getLoopbackAddress())) {
      Announcer announcer =
          (Announcer)
              loader
                  .loadClass("EmbeddedAnnouncer")
                  .getMethod("announcer", InetSocketAddress.class)
                  .invoke(null, port.getLocalSocketAddress());
      announcer.start();
      await()
          .atMost(Duration.ofSeconds(20))
          .until(() -> announcer.status().services().get(0).state() == ServiceState.UP);
      assertThat(announcer.status().routes()).hasSize(1);
      announcer.stop(StopMode.WITHDRAW, Duration.ofSeconds(5)).toCompletableFuture().join();
    }
  }
}
