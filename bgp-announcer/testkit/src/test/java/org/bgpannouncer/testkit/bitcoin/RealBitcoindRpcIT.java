package org.bgpannouncer.testkit.bitcoin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import org.bgpannouncer.probe.Cadence;
import org.bgpannouncer.probe.HostTarget;
import org.bgpannouncer.probe.Observation;
import org.bgpannouncer.probe.Outcome;
import org.bgpannouncer.probe.Probe;
import org.bgpannouncer.probe.ProbeRuntime;
import org.bgpannouncer.probe.Probes;
import org.bgpannouncer.probe.Reason;
import org.bgpannouncer.probe.bitcoin.BitcoinNetwork;
import org.bgpannouncer.probe.bitcoin.p2p.P2pConfig;
import org.bgpannouncer.probe.bitcoin.rpc.RpcConfig;
import org.bgpannouncer.probe.bitcoin.rpc.RpcConfig.Credentials;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the probes say of a real bitcoind in the states it can be brought into. */
@SuppressWarnings("try") // what runs beside a test is only there to be closed
final class RealBitcoindRpcIT {
  private static final Duration DEADLINE = Duration.ofSeconds(30);
  private static final Cadence QUICK =
      new Cadence(Duration.ofMillis(20), Duration.ofMillis(20), Duration.ofSeconds(10), 0.1);

  /** What bitcoind logs when it holds something against a peer; else it ends with its socket. */
  private static final Pattern COMPLAINT =
      Pattern.compile(
          "(?i)misbehav|discourag|(?<!socket closed, )disconnecting peer|peer.*(error|timeout)|error.*peer");

  private final ProbeRuntime runtime = new ProbeRuntime();
  private final List<Observation> seen = new CopyOnWriteArrayList<>();
  @TempDir private Path folder;

  @AfterEach
  void stopProbes() {
    runtime.close();
  }

  @Test
  void aFreshNodeDownloadsUntilItHasARecentBlock() throws Exception {
    try (RealBitcoind node = RealBitcoind.start(folder);
        Probe ignored = watch(node, cookie(node), false)) {
      Observation fresh = awaited("rpc.chain", o -> true);
      assertThat(fresh.outcome()).as(fresh.detail()).isEqualTo(Outcome.NOT_READY);
      assertThat(fresh.reason()).isEqualTo(Reason.INITIAL_BLOCK_DOWNLOAD);

      node.mine(1);

      Observation synced = awaited("rpc.chain", o -> o.outcome() == Outcome.OK);
      assertThat(synced.values()).containsEntry("chain", "regtest").containsEntry("blocks", "1");
      assertThat(awaited("rpc.liveness", o -> true).values()).containsKey("uptime");
      Observation view = awaited("rpc.node", o -> true);
      assertThat(view.outcome()).as(view.detail()).isEqualTo(Outcome.OK);
      assertThat(view.values())
          .containsEntry("networkactive", "true")
          .containsEntry("connections_in", "0")
          .containsEntry("mempool_loaded", "true");
    }
  }

  @Test
  void theHeldConnectionIsOneInboundPeer() throws Exception {
    try (RealBitcoind node = RealBitcoind.start(folder);
        Probe ignored = watch(node, cookie(node), true)) {
      awaited("p2p.held", o -> o.outcome() == Outcome.OK);

      awaited("rpc.node", o -> "1".equals(o.values().get("connections_in")));

      String peer = node.call("getpeerinfo").toString();
      assertThat(peer).contains("\"subver\":\"/bgp-announcer:", "\"relaytxes\":false");
    }
  }

  @Test
  void aNodeThatStartsIsNotReadyAndNeverFailed() throws Exception {
    try (RealBitcoind node = RealBitcoind.start(folder, "-checkblocks=0", "-checklevel=4")) {
      node.mine(4000); // to verify them takes the next start a moment
      node.call("stop");
      node.awaitEnd();
      try (Probe ignored = watch(node, cookie(node), false)) {
        awaited("rpc.liveness", o -> o.reason() == Reason.REFUSED);
        node.startAgain();
        awaited("rpc.liveness", o -> o.outcome() == Outcome.OK);
      }
      List<Observation> liveness = of("rpc.liveness");
      List<Observation> warm =
          liveness.stream().filter(o -> o.reason() == Reason.WARMING_UP).toList();
      assertThat(warm).isNotEmpty().allMatch(o -> o.outcome() == Outcome.NOT_READY);
      List<Observation> since = liveness.subList(liveness.indexOf(warm.get(0)), liveness.size());
      assertThat(since).noneMatch(o -> o.outcome() == Outcome.HARD);
    }
  }

  @Test
  void aNodeThatStopsIsNotTakenForBadAnswers() throws Exception {
    try (RealBitcoind node = RealBitcoind.start(folder)) {
      node.mine(1);
      try (Probe ignored = watch(node, cookie(node), true)) {
        awaited("rpc.node", o -> o.outcome() == Outcome.OK);
        awaited("p2p.held", o -> o.outcome() == Outcome.OK);
        node.call("stop");
        awaited("rpc.liveness", o -> o.reason() == Reason.REFUSED);
        awaited("p2p.held", o -> o.outcome() == Outcome.HARD);
        assertThat(seen).noneMatch(o -> o.reason() == Reason.BAD_ANSWER);
        assertThat(seen).anyMatch(Observation::isProof);
      }
    }
  }

  @Test
  void aRestartedNodeIsAskedWithItsNewCookie() throws Exception {
    try (RealBitcoind node = RealBitcoind.start(folder);
        Probe ignored = watch(node, cookie(node), false)) {
      awaited("rpc.liveness", o -> o.outcome() == Outcome.OK);
      String before = Files.readString(node.cookie());

      node.kill();
      node.awaitEnd();
      awaited("rpc.liveness", o -> o.reason() == Reason.REFUSED);
      node.startAgain();

      awaited("rpc.liveness", o -> o.outcome() == Outcome.OK);
      assertThat(Files.readString(node.cookie())).isNotEqualTo(before);
      assertThat(seen).noneMatch(o -> o.reason() == Reason.UNAUTHORIZED);
    }
  }

  @Test
  void aWrongLoginIsOurFaultAndIsReadAgain() throws Exception {
    Path cookie = Files.writeString(folder.resolve("cookie"), "__cookie__:00ff");
    try (RealBitcoind node = RealBitcoind.start(folder);
        Probe ignored = watch(node, new Credentials.CookieFile(cookie), false)) {
      Observation refused = awaited("rpc.liveness", o -> true);
      assertThat(refused.outcome()).isEqualTo(Outcome.UNKNOWN);
      assertThat(refused.reason()).isEqualTo(Reason.UNAUTHORIZED);

      Files.writeString(cookie, Files.readString(node.cookie()));

      awaited("rpc.liveness", o -> o.outcome() == Outcome.OK);
    }
  }

  @Test
  void aUserThatMayCallThreeMethodsIsJudgedByThem() throws Exception {
    try (RealBitcoind node =
        RealBitcoind.start(
            folder,
            "-rpcwhitelistdefault=0",
            "-rpcwhitelist=" + RealBitcoind.USER + ":uptime,getblockchaininfo,getnetworkinfo")) {
      node.mine(1);
      try (Probe ignored = watch(node, password(), false)) {
        awaited("rpc.liveness", o -> o.outcome() == Outcome.OK);
        awaited("rpc.chain", o -> o.outcome() == Outcome.OK);
        awaited("rpc.node", o -> o.outcome() == Outcome.OK);
      }
    }
  }

  @Test
  void aUserThatMayOnlyCallUptimeKnowsNothingOfTheChain() throws Exception {
    try (RealBitcoind node =
            RealBitcoind.start(
                folder,
                "-rpcwhitelistdefault=0",
                "-rpcwhitelist=" + RealBitcoind.USER + ":uptime");
        Probe ignored = watch(node, password(), false)) {
      awaited("rpc.liveness", o -> o.outcome() == Outcome.OK);
      Observation chain = awaited("rpc.chain", o -> true);
      assertThat(chain.outcome()).isEqualTo(Outcome.UNKNOWN);
      assertThat(chain.reason()).isEqualTo(Reason.FORBIDDEN);
    }
  }

  @Test
  void aNodeWithoutInboundSlotsIsFullAndNotDead() throws Exception {
    try (RealBitcoind node = RealBitcoind.start(folder, "-maxconnections=8");
        Probe ignored = watch(node, cookie(node), true)) {
      Observation full = ever("p2p.held", o -> true);
      assertThat(full.outcome()).as(full.detail()).isEqualTo(Outcome.SOFT);
      assertThat(full.reason()).isEqualTo(Reason.SATURATED);
      awaited("rpc.liveness", o -> o.outcome() == Outcome.OK);
      assertThat(seen).noneMatch(o -> o.outcome() == Outcome.HARD);
      assertThat(node.debugLog()).contains("dropped (full)");
    }
  }

  @Test
  void aNodeWhoseNetworkIsSwitchedOffSaysSoAndIsNotProvenDead() throws Exception {
    try (RealBitcoind node = RealBitcoind.start(folder)) {
      node.mine(1);
      try (Probe ignored = watch(node, cookie(node), true)) {
        awaited("p2p.held", o -> o.outcome() == Outcome.OK);
        awaited("rpc.node", o -> o.outcome() == Outcome.OK);

        node.call("setnetworkactive", false);

        awaited("rpc.node", o -> o.reason() == Reason.NETWORK_INACTIVE);
        awaited(
            "rpc.node", o -> o.reason() == Reason.NETWORK_INACTIVE && o.outcome() == Outcome.HARD);
        ever("p2p.held", o -> o.reason() == Reason.SATURATED);
        assertThat(of("p2p.held")).noneMatch(o -> o.outcome() == Outcome.HARD);
      }
    }
  }

  @Test
  void aFullWorkQueueIsBusy() throws Exception {
    AtomicBoolean enough = new AtomicBoolean();
    ExecutorService callers = Executors.newCachedThreadPool();
    try (RealBitcoind node = RealBitcoind.start(folder, "-rpcthreads=1", "-rpcworkqueue=1");
        Probe ignored = watch(node, cookie(node), false)) {
      for (int i = 0; i < 4; i++) { // one is worked on, one waits, the others are turned away
        callers.execute(
            () -> {
              while (!enough.get()) {
                node.tryCall("waitfornewblock", 500);
              }
            });
      }
      Observation busy = ever("rpc.liveness", o -> o.reason() == Reason.BUSY);
      enough.set(true);
      assertThat(busy.outcome()).isEqualTo(Outcome.SOFT);
      awaited("rpc.liveness", o -> o.outcome() == Outcome.OK);
    } finally {
      enough.set(true);
      callers.shutdown();
    }
  }

  @Test
  void nothingTheProbesDoIsHeldAgainstThem() throws Exception {
    try (RealBitcoind node = RealBitcoind.start(folder)) {
      node.mine(1);
      try (Probe ignored = watch(node, cookie(node), true)) {
        await()
            .atMost(DEADLINE)
            .until(() -> of("p2p.held").size() >= 50 && of("p2p.handshake").size() >= 3);
        node.mine(3);
        awaited("p2p.held", o -> o.outcome() == Outcome.OK);
      }
      assertThat(node.debugLog().lines().filter(COMPLAINT.asPredicate())).isEmpty();
      assertThat(node.call("listbanned")).isEmpty();
    }
  }

  @Test
  void aBannedProbeIsTurnedAwayAsByAFullNode() throws Exception {
    try (RealBitcoind node = RealBitcoind.start(folder);
        Probe ignored = watch(node, cookie(node), true)) {
      awaited("p2p.held", o -> o.outcome() == Outcome.OK);

      node.call("setban", "127.0.0.1", "add");

      Observation away = ever("p2p.held", o -> o.reason() == Reason.SATURATED);
      assertThat(away.outcome()).isEqualTo(Outcome.SOFT);
      assertThat(of("p2p.held")).noneMatch(o -> o.outcome() == Outcome.HARD);
    }
  }

  @Test
  void aProbeThatIsDisconnectedDialsAgainAtOnce() throws Exception {
    try (RealBitcoind node = RealBitcoind.start(folder);
        Probe ignored = watch(node, cookie(node), true)) {
      awaited("p2p.held", o -> o.outcome() == Outcome.OK);

      node.call("disconnectnode", node.call("getpeerinfo").path(0).path("addr").asText());

      awaited("p2p.held", o -> o.outcome() == Outcome.OK);
      ever("p2p.held", o -> o.reason() == Reason.CLOSED);
      assertThat(of("p2p.held")).noneMatch(o -> o.outcome() == Outcome.HARD);
    }
  }

  @Test
  void aNodeOfAnotherNetworkIsKnownByItsChain() throws Exception {
    try (RealBitcoind node = RealBitcoind.start(folder);
        Probe ignored = watch(node, cookie(node), true, BitcoinNetwork.MAINNET)) {
      Observation chain = awaited("rpc.chain", o -> true);
      assertThat(chain.outcome()).isEqualTo(Outcome.HARD);
      assertThat(chain.reason()).isEqualTo(Reason.WRONG_NETWORK);
      Observation held = ever("p2p.held", o -> true);
      assertThat(held.reason()).isEqualTo(Reason.SATURATED);
      assertThat(node.debugLog().lines().filter(COMPLAINT.asPredicate())).isNotEmpty();
    }
  }

  @Test
  void aPrunedNodeIsNotArchival() throws Exception {
    try (RealBitcoind node = RealBitcoind.start(folder, "-prune=1")) {
      node.mine(1);
      try (Probe ignored = watch(node, cookie(node), true)) {
        Observation pruned = awaited("rpc.chain", o -> true);
        assertThat(pruned.outcome()).isEqualTo(Outcome.HARD);
        assertThat(pruned.reason()).isEqualTo(Reason.PRUNED);
        Observation version = ever("p2p.version", o -> true);
        assertThat(version.outcome()).isEqualTo(Outcome.HARD);
        assertThat(version.reason()).isEqualTo(Reason.SERVICE_BITS_MISSING);
      }
    }
  }

  @Test
  void anIndexThatIsAskedForIsThereOrNot() throws Exception {
    try (RealBitcoind node = RealBitcoind.start(folder, "-txindex=1")) {
      node.mine(1);
      try (Probe ignored = watch(rpc(node, cookie(node), node.network(), List.of("txindex")))) {
        Observation synced = awaited("rpc.node", o -> o.outcome() == Outcome.OK);
        assertThat(synced.values()).containsEntry("txindex_synced", "true");
      }
      try (Probe ignored =
          watch(rpc(node, cookie(node), node.network(), List.of("coinstatsindex")))) {
        assertThat(awaited("rpc.node", o -> o.reason() == Reason.INDEX_BEHIND).outcome())
            .isEqualTo(Outcome.HARD);
      }
    }
  }

  @Test
  void aLongerChainThatTheNodeHoldsInvalidIsHard() throws Exception {
    try (RealBitcoind node = RealBitcoind.start(folder)) {
      List<String> blocks = node.mine(12);
      try (Probe ignored = watch(node, cookie(node), false)) {
        awaited("rpc.node", o -> o.outcome() == Outcome.OK);
        node.call("invalidateblock", blocks.get(1));
        node.call("stop");
        node.awaitEnd();
        node.startAgain(); // what is invalid as a whole it counts when it loads
        node.awaitServing();
        node.call("generatetodescriptor", 1, "raw(51)"); // and looks at when its tip moves
        Observation split = awaited("rpc.node", o -> o.reason() == Reason.INVALID_CHAIN);
        assertThat(split.outcome()).isEqualTo(Outcome.HARD);
      }
    }
  }

  @Test
  void aServerThatEndsIdleConnectionsIsNoFailure() throws Exception {
    try (RealBitcoind node = RealBitcoind.start(folder, "-rpcservertimeout=1")) {
      node.mine(1);
      RpcConfig quick = rpc(node, cookie(node), node.network(), List.of());
      RpcConfig slow =
          new RpcConfig(
              quick.address(),
              quick.source(),
              quick.network(),
              quick.credentials(),
              new Cadence(
                  Duration.ofMillis(1500), Duration.ofMillis(1500), Duration.ofSeconds(10), 0),
              quick.livenessTimeout(),
              Duration.ofMillis(1500),
              quick.chainTimeout(),
              Duration.ofMillis(1500),
              quick.archival(),
              quick.requiredIndexes(),
              quick.allowedWarnings(),
              quick.maxConnections());
      try (Probe ignored = watch(slow)) {
        await().atMost(DEADLINE).until(() -> of("rpc.liveness").size() >= 5);
      }
      assertThat(seen).allMatch(o -> o.outcome() == Outcome.OK);
    }
  }

  @Test
  void aStoppedProcessIsAStallAndNeverHard() throws Exception {
    try (RealBitcoind node = RealBitcoind.start(folder)) {
      node.mine(1);
      try (Probe ignored = watch(node, cookie(node), false)) {
        awaited("rpc.node", o -> o.outcome() == Outcome.OK);
        node.stop();
        Observation mute = awaited("rpc.liveness", o -> o.reason() == Reason.STALL);
        assertThat(mute.outcome()).isEqualTo(Outcome.SOFT);
        node.proceed();
        awaited("rpc.liveness", o -> o.outcome() == Outcome.OK);
        awaited("rpc.node", o -> o.outcome() == Outcome.OK);
        assertThat(seen).noneMatch(o -> o.outcome() == Outcome.HARD);
      }
    }
  }

  private static Credentials cookie(RealBitcoind node) {
    return new Credentials.CookieFile(node.cookie());
  }

  private Credentials password() throws Exception {
    return new Credentials.UserAndPasswordFile(
        RealBitcoind.USER,
        Files.writeString(folder.resolve("password"), RealBitcoind.PASSWORD + "\n"));
  }

  private static RpcConfig rpc(
      RealBitcoind node, Credentials credentials, BitcoinNetwork network, List<String> indexes) {
    return new RpcConfig(
        node.witness(),
        Optional.empty(),
        network,
        credentials,
        QUICK,
        Duration.ofSeconds(2),
        Duration.ofMillis(50),
        Duration.ofSeconds(10),
        Duration.ofMillis(200),
        Optional.of(true),
        indexes,
        List.of(),
        RpcConfig.DEFAULT_MAX_CONNECTIONS);
  }

  private static P2pConfig p2p(RealBitcoind node, BitcoinNetwork network) {
    return new P2pConfig(
        node.p2p(),
        Optional.empty(),
        network,
        QUICK,
        Duration.ofSeconds(5),
        Duration.ofMinutes(2),
        Duration.ofSeconds(1),
        Duration.ofSeconds(1),
        Optional.empty(),
        false,
        Optional.of(node.witness()),
        P2pConfig.ARCHIVAL_SERVICES,
        0,
        Optional.empty(),
        Duration.ofMinutes(1));
  }

  private Probe watch(RealBitcoind node, Credentials credentials, boolean withP2p) {
    return withP2p
        ? watch(node, credentials, true, node.network())
        : watch(rpc(node, credentials, node.network(), List.of()));
  }

  private Probe watch(
      RealBitcoind node, Credentials credentials, boolean withP2p, BitcoinNetwork network) {
    return watch(
        withP2p ? Optional.of(p2p(node, network)) : Optional.empty(),
        rpc(node, credentials, network, List.of()));
  }

  private Probe watch(RpcConfig rpc) {
    return watch(Optional.empty(), rpc);
  }

  private Probe watch(Optional<P2pConfig> p2p, RpcConfig rpc) {
    HostTarget target =
        new HostTarget("n1", p2p, Optional.of(rpc), List.of(), List.of(), List.of());
    Probe probe = Probes.of(runtime, target);
    probe.start(seen::add);
    return probe;
  }

  private List<Observation> of(String check) {
    return seen.stream().filter(o -> o.check().toString().equals(check)).toList();
  }

  /** The first observation of the check, made from now on, that {@code wanted} accepts. */
  private Observation awaited(String check, Predicate<Observation> wanted) {
    return awaited(seen.size(), check, wanted);
  }

  /** The same, also where it was made before. */
  private Observation ever(String check, Predicate<Observation> wanted) {
    return awaited(0, check, wanted);
  }

  private Observation awaited(int from, String check, Predicate<Observation> wanted) {
    return await(check)
        .atMost(DEADLINE)
        .until(
            () ->
                seen.stream()
                    .skip(from)
                    .filter(o -> o.check().toString().equals(check) && wanted.test(o))
                    .findFirst(),
            Optional::isPresent)
        .orElseThrow();
  }
}
