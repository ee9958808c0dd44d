package org.bgpannouncer.testkit.bitcoin;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.bgpannouncer.probe.HostTarget;
import org.bgpannouncer.probe.Observation;
import org.bgpannouncer.probe.Outcome;
import org.bgpannouncer.probe.ProbeRuntime;
import org.bgpannouncer.probe.Probes;
import org.bgpannouncer.probe.Reason;
import org.bgpannouncer.probe.bitcoin.BitcoinNetwork;
import org.bgpannouncer.probe.bitcoin.rpc.RpcConfig;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** The simulated server met by the real probe over real sockets. */
final class SimulatedRpcServerTest {
  @TempDir Path folder;

  private final SimulatorLoop simulator = new SimulatorLoop();
  private final ProbeRuntime runtime = new ProbeRuntime();
  private final SimulatedRpcServer server = SimulatedRpcServer.start(simulator);

  @AfterEach
  void close() {
    runtime.close();
    server.close();
    simulator.close();
  }

  private List<Observation> once() throws Exception {
    return once(server);
  }

  private List<Observation> once(SimulatedRpcServer whom) throws Exception {
    Path cookie = folder.resolve(".cookie");
    if (!Files.exists(cookie)) {
      Files.writeString(cookie, "__cookie__:secret");
    }
    RpcConfig config =
        RpcConfig.of(
            whom.address(), BitcoinNetwork.MAINNET, new RpcConfig.Credentials.CookieFile(cookie));
    HostTarget target =
        new HostTarget(
            "btc1", Optional.empty(), Optional.of(config), List.of(), List.of(), List.of());
    return Probes.once(runtime, target, Duration.ofSeconds(10))
        .toCompletableFuture()
        .get(15, TimeUnit.SECONDS);
  }

  private static Observation of(List<Observation> all, String check) {
    return all.stream()
        .filter(each -> each.check().toString().equals(check))
        .findFirst()
        .orElseThrow(() -> new AssertionError(check + " in " + all));
  }

  @ParameterizedTest
  @EnumSource(CoreVersion.class)
  void aSyncedNodeOfEachVersionPassesEachCheck(CoreVersion version) throws Exception {
    server.replies(version.synced("main", 900_000, "ab".repeat(32)));

    List<Observation> seen = once();

    assertThat(seen)
        .extracting(each -> each.check().toString())
        .containsExactlyInAnyOrder("rpc.liveness", "rpc.chain", "rpc.node");
    assertThat(seen).allMatch(each -> each.outcome() == Outcome.OK);
    assertThat(of(seen, "rpc.chain").values()).containsEntry("blocks", "900000");
    assertThat(server.accepted()).isLessThanOrEqualTo(2);
  }

  static Stream<Arguments> everyReplyHasItsReason() {
    return Stream.of(
        Arguments.of(RpcReply.warmingUp(), Outcome.NOT_READY, Reason.WARMING_UP),
        Arguments.of(
            new RpcReply.Failure(200, -28, "Verifying"), Outcome.NOT_READY, Reason.WARMING_UP),
        Arguments.of(RpcReply.workQueueFull(), Outcome.SOFT, Reason.BUSY),
        Arguments.of(RpcReply.workQueueFullBefore22(), Outcome.SOFT, Reason.BUSY),
        Arguments.of(RpcReply.shuttingDown(), Outcome.NOT_READY, Reason.SHUTTING_DOWN),
        Arguments.of(RpcReply.forbidden(), Outcome.UNKNOWN, Reason.FORBIDDEN),
        Arguments.of(new RpcReply.Never(), Outcome.SOFT, Reason.STALL),
        Arguments.of(new RpcReply.Drop(false), Outcome.SOFT, Reason.SATURATED),
        Arguments.of(new RpcReply.Drop(true), Outcome.SOFT, Reason.RESET),
        Arguments.of(new RpcReply.Garbage(), Outcome.SOFT, Reason.BAD_ANSWER),
        Arguments.of(new RpcReply.Huge(8_000_000), Outcome.SOFT, Reason.BAD_ANSWER),
        Arguments.of(
            new RpcReply.Delayed(Duration.ofMillis(30), new RpcReply.Result("7")),
            Outcome.OK,
            Reason.PASSED));
  }

  @ParameterizedTest
  @MethodSource
  void everyReplyHasItsReason(RpcReply reply, Outcome outcome, Reason reason) throws Exception {
    server.on("uptime", reply);

    assertThat(of(once(), "rpc.liveness"))
        .extracting(Observation::outcome, Observation::reason)
        .containsExactly(outcome, reason);
  }

  @Test
  void aRotatedCookieIsReadAgain() throws Exception {
    server.login("__cookie__", "secret");
    assertThat(of(once(), "rpc.liveness").outcome()).isEqualTo(Outcome.OK);

    server.login("__cookie__", "other");
    assertThat(of(once(), "rpc.liveness").reason()).isEqualTo(Reason.UNAUTHORIZED);
  }

  @Test
  void aDeadServerRefusesAndARevivedOneAnswersOnTheSamePort() throws Exception {
    server.die();
    assertThat(of(once(), "rpc.liveness").reason()).isEqualTo(Reason.REFUSED);

    server.revive();
    assertThat(of(once(), "rpc.liveness").outcome()).isEqualTo(Outcome.OK);
  }

  @Test
  void aPausedServerAcceptsAndStaysMute() throws Exception {
    server.pause();
    assertThat(of(once(), "rpc.liveness").reason()).isEqualTo(Reason.STALL);

    server.resume();
    assertThat(of(once(), "rpc.liveness").outcome()).isEqualTo(Outcome.OK);
  }

  @Test
  void aPipeNobodyWritesDelaysOnlyItsOwnVerdict() throws Exception {
    assertThat(new ProcessBuilder("mkfifo", folder.resolve(".cookie").toString()).start().waitFor())
        .isZero();

    assertThat(of(once(), "rpc.liveness"))
        .extracting(Observation::outcome, Observation::reason)
        .containsExactly(Outcome.UNKNOWN, Reason.LOCAL_FILE);
  }

  @Test
  void aThousandServersShareOneThread() throws Exception {
    List<SimulatedRpcServer> many = new ArrayList<>();
    try {
      for (int i = 0; i < 1000; i++) {
        many.add(SimulatedRpcServer.start(simulator));
      }
      assertThat(of(once(many.get(999)), "rpc.liveness").outcome()).isEqualTo(Outcome.OK);
      assertThat(many.get(999).requests())
          .extracting(SimulatedRpcServer.Request::method)
          .startsWith("uptime", "getblockchaininfo");
    } finally {
      many.forEach(SimulatedRpcServer::close);
    }
  }
}
