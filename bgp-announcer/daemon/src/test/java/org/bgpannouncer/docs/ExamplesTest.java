package org.bgpannouncer.docs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import javax.tools.ToolProvider;
import org.bgpannouncer.announcer.Announcer;
import org.bgpannouncer.decision.ServiceState;
import org.bgpannouncer.speaker.DryRunSpeaker;
import org.bgpannouncer.speaker.Speaker;
import org.bgpannouncer.testkit.bitcoin.SimulatedBitcoind;
import org.bgpannouncer.testkit.bitcoin.SimulatorLoop;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.platform.testkit.engine.EngineTestKit;

/** The code in docs/examples is compiled as a user would, stays short, and runs. */
@Timeout(120)
class ExamplesTest {
  private static final Path APPLICATION = Path.of("../../docs/examples/EmbeddedAnnouncer.java");
  private static final Path CI_TEST = Path.of("../../docs/examples/WithdrawalTest.java");

  @TempDir static Path classes;
  private static URLClassLoader loader;

  @BeforeAll
  static void compileWithoutAWarning() throws IOException {
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
                APPLICATION.toString(),
                CI_TEST.toString());
    assertThat(status).isZero();
    loader = new URLClassLoader(new URL[] {classes.toUri().toURL()});
  }

  @AfterAll
  static void close() throws IOException {
    loader.close();
  }

  @Test
  void theApplicationIsShorterThan50LinesAndTheCiTestThan40() throws IOException {
    assertThat(Files.readAllLines(APPLICATION)).hasSizeLessThan(50);
    assertThat(Files.readAllLines(CI_TEST)).hasSizeLessThan(40);
    for (Path example : List.of(APPLICATION, CI_TEST)) {
      assertThat(Files.readAllLines(example)).allMatch(line -> line.length() <= 130);
    }
  }

  @Test
  void theApplicationAnnounces() throws Exception {
    try (SimulatorLoop loop = new SimulatorLoop();
        SimulatedBitcoind node = SimulatedBitcoind.start(loop, "btc1");
        Announcer announcer =
            (Announcer)
                loader
                    .loadClass("EmbeddedAnnouncer")
                    .getMethod("announcer", InetSocketAddress.class, Speaker.class)
                    .invoke(null, node.p2p().address(), new DryRunSpeaker())) {
      announcer.start();
      await()
          .atMost(Duration.ofSeconds(20))
          .until(() -> announcer.status().services().get(0).state() == ServiceState.UP);
      assertThat(announcer.status().routes()).hasSize(1);
    }
  }

  @Test
  void theCiTestPasses() throws Exception {
    EngineTestKit.engine("junit-jupiter")
        .selectors(selectClass(loader.loadClass("WithdrawalTest")))
        .execute()
        .testEvents()
        .assertStatistics(events -> events.started(1).succeeded(1));
  }
}
