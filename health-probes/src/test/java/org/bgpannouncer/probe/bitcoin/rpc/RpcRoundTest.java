package org.bgpannouncer.probe.bitcoin.rpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.bgpannouncer.probe.bitcoin.rpc.Reporter.CHAIN;
import static org.bgpannouncer.probe.bitcoin.rpc.Reporter.LIVENESS;
import static org.bgpannouncer.probe.bitcoin.rpc.Reporter.NODE;
import static org.bgpannouncer.probe.bitcoin.rpc.Reporter.PINNING;
import static org.bgpannouncer.probe.bitcoin.rpc.RpcLab.error;
import static org.bgpannouncer.probe.bitcoin.rpc.RpcLab.result;
import static org.bgpannouncer.probe.bitcoin.rpc.RpcLab.status;

import java.net.InetAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.bgpannouncer.probe.Observation;
import org.bgpannouncer.probe.Observation.StageTiming;
import org.bgpannouncer.probe.Outcome;
import org.bgpannouncer.probe.Reason;
import org.bgpannouncer.probe.net.Dialer.CloseCause;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** A round of the slow calls passes only if each call that counts was answered. */
final class RpcRoundTest {
  @TempDir Path folder;

  private static void assertNode(RpcLab lab, Outcome outcome, Reason reason) {
    assertThat(lab.last(NODE))
        .extracting(Observation::outcome, Observation::reason)
        .containsExactly(outcome, reason);
  }

  @Test
  void aChainPortThatRefusesIsHardAndNoRoundPassesThoughLivenessIsOk() {
    RpcLab lab = new RpcLab(folder).start().run(Duration.ofSeconds(20));
    assertNode(lab, Outcome.OK, Reason.PASSED);

    lab.chain.refuse();
    lab.chain.closeAll(CloseCause.FIN);
    lab.run(Duration.ofSeconds(70));

    assertThat(lab.last(LIVENESS).outcome()).isEqualTo(Outcome.OK);
    assertThat(lab.last(CHAIN))
        .extracting(Observation::outcome, Observation::reason)
        .containsExactly(Outcome.HARD, Reason.REFUSED);
    assertNode(lab, Outcome.UNKNOWN, Reason.REFUSED);
  }

  @Test
  void eachRoundTellsTheStagesOfAllItsCallsAndOfNoOther() {
    RpcLab lab = new RpcLab(folder).start().run(Duration.ofMinutes(5));

    assertThat(lab.of(NODE)).hasSizeGreaterThan(3);
    assertThat(lab.of(NODE))
        .allSatisfy(
            round ->
                assertThat(round.stages())
                    .extracting(StageTiming::name)
                    .containsExactly(
                        "getnetworkinfo", "getzmqnotifications", "getmempoolinfo", "getindexinfo"));
  }

  @Test
  void aRoundThatIsNotWholeTellsTheStagesOfTheCallsThatWereMade() {
    RpcLab lab = new RpcLab(folder).on("getmempoolinfo", status(503, "Work queue depth exceeded"));
    lab.start().run(Duration.ofMinutes(3));

    assertThat(lab.of(NODE)).hasSizeGreaterThan(1);
    assertThat(lab.of(NODE))
        .allSatisfy(
            round ->
                assertThat(round.stages())
                    .extracting(StageTiming::name)
                    .containsExactly("getnetworkinfo", "getzmqnotifications", "getmempoolinfo"));
  }

  static Stream<Arguments> repliesThatAreNoAnswer() {
    return Stream.of(
        Arguments.of(status(503, "Work queue depth exceeded"), Outcome.UNKNOWN, Reason.BUSY),
        Arguments.of(error(500, -28, "Verifying blocks"), Outcome.NOT_READY, Reason.WARMING_UP),
        Arguments.of(status(200, "<html>"), Outcome.UNKNOWN, Reason.BAD_ANSWER),
        Arguments.of(status(401, ""), Outcome.UNKNOWN, Reason.UNAUTHORIZED));
  }

  @ParameterizedTest
  @MethodSource("repliesThatAreNoAnswer")
  void aCallThatFailsInTheMiddleKeepsTheRoundFromPassing(
      RpcLab.Reply reply, Outcome outcome, Reason reason) {
    RpcLab lab = new RpcLab(folder).on("getindexinfo", reply).start().run(Duration.ofSeconds(1));

    assertNode(lab, outcome, reason);
    assertThat(lab.last(NODE).detail()).startsWith("getindexinfo: ");
    assertThat(lab.last(NODE).values()).containsEntry("connections_in", "20");
  }

  @Test
  void whatARoundFoundBeforeItFailedIsFound() {
    RpcLab lab = new RpcLab(folder).on("getindexinfo", status(503, "Work queue depth exceeded"));
    lab.on(
        "getnetworkinfo",
        result("{\"warnings\":[\"Found invalid chain more than 6 blocks longer than ours\"]}"));
    lab.start().run(Duration.ofSeconds(1));

    assertNode(lab, Outcome.HARD, Reason.INVALID_CHAIN);
  }

  @Test
  void aMempoolThatIsNotToldOnceHasNotLoadedMeanwhile() {
    RpcLab lab = new RpcLab(folder).on("getmempoolinfo", result("{\"loaded\":false}")).start();
    lab.run(Duration.ofMinutes(6));
    lab.on("getmempoolinfo", status(503, "Work queue depth exceeded")).run(Duration.ofMinutes(2));
    lab.on("getmempoolinfo", result("{\"loaded\":false}")).run(Duration.ofMinutes(3));

    assertNode(lab, Outcome.SOFT, Reason.MEMPOOL_NOT_LOADED);
  }

  @Test
  void aMethodTheNodeLacksOrForbidsFailsNoRoundUnlessAnIndexIsRequired() {
    RpcLab lab = new RpcLab(folder).on("getindexinfo", error(404, -32601, "Method not found"));
    lab.on("getmempoolinfo", status(403, "")).start().run(Duration.ofSeconds(1));
    assertNode(lab, Outcome.OK, Reason.PASSED);

    assertThat(requiring("txindex", error(404, -32601, "Method not found")))
        .extracting(Observation::outcome, Observation::reason)
        .containsExactly(Outcome.UNKNOWN, Reason.CAPABILITY_OFF);
    assertThat(requiring("txindex", status(403, "")))
        .extracting(Observation::outcome, Observation::reason)
        .containsExactly(Outcome.UNKNOWN, Reason.FORBIDDEN);
  }

  @Test
  void whereItsConnectionsLeaveFromIsASeriesOfItsOwnWithinAMinute() {
    InetAddress service = InetAddress.getLoopbackAddress();
    PinningRules rules =
        new PinningRules(
            Optional.of(new AddressRange(service, 32)),
            Optional.empty(),
            Set.of(),
            Set.of(),
            Set.of(service));
    String wrong =
        "[{\"network\":\"ipv4\",\"addr\":\"192.0.2.7:8333\",\"addrbind\":\"10.1.0.11:4\"}]";
    RpcLab lab = new RpcLab(folder, config -> config.with(rules)).on("getpeerinfo", result("[]"));
    lab.start().run(Duration.ofSeconds(1));
    assertThat(lab.last(PINNING).outcome()).isEqualTo(Outcome.OK);

    lab.on("getpeerinfo", result(wrong)).run(Duration.ofSeconds(60));
    assertThat(lab.last(PINNING))
        .extracting(Observation::outcome, Observation::reason)
        .containsExactly(Outcome.SOFT, Reason.WRONG_SOURCE);
    assertNode(lab, Outcome.OK, Reason.PASSED);

    // Forbidden, or cut because it was too long.
    for (RpcLab.Reply unread : List.of(status(403, ""), status(200, "[{"))) {
      lab.on("getpeerinfo", unread).run(Duration.ofSeconds(60));
      assertThat(lab.last(PINNING).outcome()).isEqualTo(Outcome.OK);
      assertThat(lab.last(PINNING).detail()).startsWith("not judged: ");
      assertNode(lab, Outcome.OK, Reason.PASSED);
    }

    // What a round that breaks off has not asked is not known any more.
    lab.on("getnetworkinfo", status(403, "")).run(Duration.ofSeconds(60));
    assertThat(lab.last(PINNING).outcome()).isEqualTo(Outcome.UNKNOWN);
  }

  @Test
  void aNodeWhoseAddressesAreNotSaidIsNotAskedForItsPeers() {
    RpcLab lab = new RpcLab(folder).on("getpeerinfo", status(500, "asked"));
    lab.start().run(Duration.ofMinutes(3));
    assertThat(lab.of(PINNING)).isEmpty();
    assertNode(lab, Outcome.OK, Reason.PASSED);
  }

  @Test
  void aRequiredIndexIsSoftUpToSixBlocksBehindAndHardBeyondOrMissing() {
    assertThat(requiring("txindex", index("txindex", true, 900_000)).outcome())
        .isEqualTo(Outcome.OK);
    assertThat(requiring("txindex", index("txindex", false, 899_994)))
        .extracting(Observation::outcome, Observation::reason, Observation::detail)
        .containsExactly(Outcome.SOFT, Reason.INDEX_BEHIND, "txindex: 6 blocks behind");
    assertThat(requiring("txindex", index("txindex", false, 899_993)))
        .extracting(Observation::outcome, Observation::reason, Observation::detail)
        .containsExactly(Outcome.HARD, Reason.INDEX_BEHIND, "txindex: 7 blocks behind");
    assertThat(requiring("txindex", index("coinstatsindex", true, 900_000)))
        .extracting(Observation::outcome, Observation::detail)
        .containsExactly(Outcome.HARD, "txindex: no such index");
    assertThat(
            new RpcLab(folder)
                .on("getindexinfo", index("txindex", false, 5))
                .start()
                .run(Duration.ofSeconds(1))
                .last(NODE)
                .outcome())
        .as("an index that nobody requires")
        .isEqualTo(Outcome.OK);
  }

  @Test
  void anIndexIsNotCalledBehindAHeightThatIsNotKnown() {
    RpcLab lab = new RpcLab(folder, config -> RpcLab.requiring(config, "txindex"));
    lab.on("getblockchaininfo", status(503, "Work queue depth exceeded"));
    lab.on("getindexinfo", index("txindex", false, 899_999)).start().run(Duration.ofSeconds(1));

    assertNode(lab, Outcome.UNKNOWN, Reason.INDEX_BEHIND);
  }

  @Test
  void ofTwoRequiredIndexesTheGraverDecidesAndBothAreNamed() {
    RpcLab lab = new RpcLab(folder, config -> RpcLab.requiring(config, "txindex", "basic block"));
    lab.on("getindexinfo", index("txindex", false, 899_999)).start().run(Duration.ofSeconds(1));

    assertThat(lab.last(NODE))
        .extracting(Observation::outcome, Observation::detail)
        .containsExactly(Outcome.HARD, "txindex: 1 blocks behind; basic block: no such index");
  }

  private static RpcLab.Reply index(String name, boolean synced, int height) {
    return result(
        "{\"%s\":{\"synced\":%s,\"best_block_height\":%d}}".formatted(name, synced, height));
  }

  private Observation requiring(String index, RpcLab.Reply reply) {
    RpcLab lab = new RpcLab(folder, config -> RpcLab.requiring(config, index));
    lab.on("getindexinfo", reply).start().run(Duration.ofSeconds(1));
    return lab.last(NODE);
  }

  @Test
  void aPasswordThatANodeEchoesInItsResultsIsNotTold() {
    String password = RpcLab.COOKIE.substring(RpcLab.COOKIE.indexOf(':') + 1);
    RpcLab odd = new RpcLab(folder).on("uptime", result("\"" + password + "\""));
    RpcLab even = new RpcLab(folder).on("getblockchaininfo", result(RpcLab.chain(1, 1, password)));
    for (RpcLab lab : new RpcLab[] {odd, even}) {
      lab.start().run(Duration.ofSeconds(30));
      assertThat(lab.observations.toString()).contains("***").doesNotContain(password);
    }
  }
}
