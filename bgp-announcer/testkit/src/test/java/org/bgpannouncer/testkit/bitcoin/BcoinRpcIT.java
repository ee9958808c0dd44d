package org.bgpannouncer.testkit.bitcoin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.bgpannouncer.probe.HostTarget;
import org.bgpannouncer.probe.Observation;
import org.bgpannouncer.probe.Outcome;
import org.bgpannouncer.probe.ProbeRuntime;
import org.bgpannouncer.probe.Probes;
import org.bgpannouncer.probe.Reason;
import org.bgpannouncer.probe.bitcoin.rpc.RpcConfig;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A real node without {@code uptime} is judged by its chain calls: bcoin 1.0.2 on regtest. */
final class BcoinRpcIT {
  @TempDir Path folder;

  @Test
  void aNodeWithoutUptimePassesByItsChainCallsAndRefusesOnceKilled() throws Exception {
    Path password = Files.writeString(folder.resolve("password"), "unused\n");
    try (Bcoin node = Bcoin.start(folder);
        ProbeRuntime runtime = new ProbeRuntime()) {
      RpcConfig config =
          RpcConfig.of(
              node.witness(),
              node.network(),
              new RpcConfig.Credentials.UserAndPasswordFile("x", password));

      List<Observation> alive = once(runtime, config);
      assertThat(alive)
          .extracting(each -> each.check().toString())
          .containsExactlyInAnyOrder("rpc.liveness", "rpc.chain", "rpc.node");
      assertThat(alive).allMatch(each -> each.outcome() == Outcome.OK);

      node.kill();
      await() // a dying process still resets what its backlog took
          .atMost(Duration.ofSeconds(30))
          .until(() -> once(runtime, config).get(0).reason() == Reason.REFUSED);
    }
  }

  private static List<Observation> once(ProbeRuntime runtime, RpcConfig config) throws Exception {
    HostTarget target =
        new HostTarget(
            "bcoin", Optional.empty(), Optional.of(config), List.of(), List.of(), List.of());
    return Probes.once(runtime, target, Duration.ofSeconds(15))
        .toCompletableFuture()
        .get(20, TimeUnit.SECONDS);
  }
}
