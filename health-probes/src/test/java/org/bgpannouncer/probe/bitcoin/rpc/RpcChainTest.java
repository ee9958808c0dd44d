package org.bgpannouncer.probe.bitcoin.rpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.bgpannouncer.probe.bitcoin.rpc.Reporter.CHAIN;
import static org.bgpannouncer.probe.bitcoin.rpc.Reporter.LIVENESS;
import static org.bgpannouncer.probe.bitcoin.rpc.Reporter.NODE;
import static org.bgpannouncer.probe.bitcoin.rpc.RpcLab.chain;
import static org.bgpannouncer.probe.bitcoin.rpc.RpcLab.never;
import static org.bgpannouncer.probe.bitcoin.rpc.RpcLab.result;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.bgpannouncer.probe.Observation;
import org.bgpannouncer.probe.Outcome;
import org.bgpannouncer.probe.Pace;
import org.bgpannouncer.probe.Reason;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class RpcChainTest {
  @TempDir Path folder;

  private RpcLab withChain(String json) {
    return new RpcLab(folder).on("getblockchaininfo", result(json)).start();
  }

  private static void assertLast(RpcLab lab, Outcome outcome, Reason reason) {
    assertThat(lab.last(CHAIN))
        .extracting(Observation::outcome, Observation::reason)
        .containsExactly(outcome, reason);
  }

  @Test
  void anotherChainIsProofForAsLongAsItIsSo() {
    RpcLab lab =
        withChain("{\"chain\":\"test\",\"blocks\":5,\"headers\":5,\"bestblockhash\":\"aa\"}");
    lab.run(Duration.ofMinutes(1));

    assertThat(lab.of(CHAIN)).hasSizeBetween(4, 5).allMatch(Observation::isProof);
    assertThat(lab.last(CHAIN).detail()).isEqualTo("chain: test (expected: main)");
  }

  @Test
  void initialDownloadIsNotReady() {
    RpcLab lab = withChain(downloading(5, 5));
    lab.run(Duration.ofSeconds(1));

    assertLast(lab, Outcome.NOT_READY, Reason.INITIAL_BLOCK_DOWNLOAD);
  }

  @Test
  void initialDownloadIsNeverHardHoweverItsHeadersRunAhead() {
    RpcLab lab = withChain(downloading(0, 0));
    lab.run(Duration.ofMinutes(1));
    lab.on("getblockchaininfo", result(downloading(0, 900_000))).run(Duration.ofHours(10));
    assertThat(lab.of(CHAIN)).allMatch(each -> each.outcome() == Outcome.NOT_READY);

    lab.on("getblockchaininfo", result(chain(899_999, 900_000, "aa"))).run(Duration.ofMinutes(1));
    assertLast(lab, Outcome.OK, Reason.PASSED);
    lab.run(Duration.ofMinutes(2));
    assertLast(lab, Outcome.SOFT, Reason.BEHIND_HEADERS);
  }

  @Test
  void aNodeThatDownloadsAnewIsNotReadyEvenWhereItsRestartWentUnseen() {
    RpcLab lab = withChain(chain(900_000, 900_000, "aa"));
    lab.run(Duration.ofMinutes(1));
    lab.on("getblockchaininfo", result(downloading(100, 900_000))).run(Duration.ofHours(1));

    assertLast(lab, Outcome.NOT_READY, Reason.INITIAL_BLOCK_DOWNLOAD);
    assertThat(lab.of(CHAIN)).noneMatch(each -> each.outcome() == Outcome.HARD);
  }

  private static String downloading(long blocks, long headers) {
    return chain(blocks, headers, "aa").replace("download\":false", "download\":true");
  }

  @Test
  void aNodeAThousandBlocksBehindIsNotReadyThoughTheLatchSaysOtherwise() {
    RpcLab lab = withChain(chain(899_000, 900_000, "aa"));
    lab.run(Duration.ofHours(1));

    assertThat(lab.of(CHAIN)).allMatch(each -> each.outcome() == Outcome.NOT_READY);
  }

  @Test
  void oneBlockBehindIsSoftAfterTwoMinutesAndHardAfterFifteen() {
    RpcLab lab = withChain(chain(900_000, 900_000, "aa"));
    lab.run(Duration.ofSeconds(1));
    lab.on("getblockchaininfo", result(chain(900_000, 900_001, "aa")));

    lab.run(Duration.ofSeconds(130));
    assertLast(lab, Outcome.OK, Reason.PASSED);
    lab.run(Duration.ofSeconds(20));
    assertLast(lab, Outcome.SOFT, Reason.BEHIND_HEADERS);
    lab.run(Duration.ofMinutes(12));
    assertLast(lab, Outcome.SOFT, Reason.BEHIND_HEADERS);
    lab.run(Duration.ofMinutes(1));
    assertLast(lab, Outcome.HARD, Reason.BEHIND_HEADERS);
    lab.on("getblockchaininfo", result(chain(900_001, 900_001, "bb")));
    lab.run(Duration.ofSeconds(16));
    assertLast(lab, Outcome.OK, Reason.PASSED);
  }

  @Test
  void twoBlocksBehindIsHardAfterFiveMinutes() {
    RpcLab lab = withChain(chain(900_000, 900_000, "aa"));
    lab.run(Duration.ofSeconds(1));
    lab.on("getblockchaininfo", result(chain(900_000, 900_002, "aa")));

    lab.run(Duration.ofMinutes(5));
    assertLast(lab, Outcome.SOFT, Reason.BEHIND_HEADERS);
    lab.run(Duration.ofSeconds(20));
    assertLast(lab, Outcome.HARD, Reason.BEHIND_HEADERS);
  }

  @Test
  void aLagThatEndsInBetweenStartsTheClockAgain() {
    RpcLab lab = withChain(chain(900_000, 900_000, "aa"));
    for (int i = 0; i < 20; i++) {
      lab.on("getblockchaininfo", result(chain(900_000 + i, 900_001 + i, "a" + i)));
      lab.run(Duration.ofSeconds(90));
      lab.on("getblockchaininfo", result(chain(900_001 + i, 900_001 + i, "b" + i)));
      lab.run(Duration.ofSeconds(30));
    }

    assertThat(lab.of(CHAIN)).allMatch(each -> each.outcome() == Outcome.OK);
  }

  @Test
  void prunedIsHardWhereArchivalIsDeclaredAndTheReverseIsSoft() {
    String pruned = chain(9, 9, "aa").replace("pruned\":false", "pruned\":true");

    assertThat(declared(true, pruned))
        .extracting(Observation::outcome, Observation::reason)
        .containsExactly(Outcome.HARD, Reason.PRUNED);
    assertThat(declared(false, chain(9, 9, "aa")).outcome()).isEqualTo(Outcome.SOFT);
    assertThat(declared(true, chain(9, 9, "aa")).outcome()).isEqualTo(Outcome.OK);
    assertThat(declared(false, pruned).outcome()).isEqualTo(Outcome.OK);
  }

  @Test
  void aNodePrunedBelowWhatALimitedNodePromisesIsSoft() {
    assertThat(prunedAt(899_714))
        .extracting(Observation::outcome, Observation::reason, Observation::detail)
        .containsExactly(Outcome.SOFT, Reason.PRUNED, "blocks kept: 287 (expected: at least 288)");
    assertThat(prunedAt(899_713).outcome()).isEqualTo(Outcome.OK);
    assertThat(prunedAt(0).outcome()).isEqualTo(Outcome.OK);
  }

  private Observation prunedAt(int height) {
    RpcLab lab =
        withChain(
            chain(900_000, 900_000, "aa")
                .replace("pruned\":false", "pruned\":true,\"pruneheight\":" + height));
    lab.run(Duration.ofSeconds(1));
    return lab.last(CHAIN);
  }

  private Observation declared(boolean archival, String json) {
    RpcLab lab = new RpcLab(folder, config -> RpcLab.declared(config, archival));
    lab.on("getblockchaininfo", result(json)).start().run(Duration.ofSeconds(1));
    return lab.last(CHAIN);
  }

  @Test
  void aStallOfTheChainLeavesLivenessAloneAndIsHardOnlyAfterFifteenMinutes() {
    RpcLab lab = new RpcLab(folder).on("getblockchaininfo", never()).start();

    lab.run(Duration.ofSeconds(11));
    assertLast(lab, Outcome.UNKNOWN, Reason.STALL);
    lab.run(Duration.ofSeconds(50));
    assertLast(lab, Outcome.SOFT, Reason.STALL);
    lab.run(Duration.ofMinutes(13));
    assertLast(lab, Outcome.SOFT, Reason.STALL);
    lab.run(Duration.ofMinutes(1));
    assertLast(lab, Outcome.HARD, Reason.STALL_EXPIRED);

    lab.run(Duration.ofMinutes(45));
    assertThat(lab.of(LIVENESS)).allMatch(each -> each.outcome() == Outcome.OK);
    assertThat(lab.calls("getblockchaininfo")).isEqualTo(1);
    assertThat(lab.chain.dials()).isEqualTo(1);
    assertThat(lab.liveness.dials()).isEqualTo(1);
  }

  @Test
  void aStallNamesWhatTheNodeIsDoing() {
    RpcLab lab = new RpcLab(folder).on("getblockchaininfo", never());
    lab.on(
        "getrpcinfo",
        result(
            "{\"active_commands\":[{\"method\":\"gettxoutsetinfo\",\"duration\":312000000},"
                + "{\"method\":\"getrpcinfo\",\"duration\":7}]}"));
    lab.start().run(Duration.ofSeconds(61));

    assertThat(lab.last(CHAIN).detail())
        .isEqualTo("getblockchaininfo unanswered for 60 s; running: gettxoutsetinfo 312 s");
  }

  @Test
  void aLivenessConnectionThatAsksWhatTheNodeIsDoingIsNotMuteBeforeTheDeadline() {
    RpcLab lab = new RpcLab(folder).on("getblockchaininfo", never());
    lab.on("getrpcinfo", lab.after(Duration.ofMillis(1900), result("{\"active_commands\":[]}")));
    lab.start();
    lab.probe.pace(Pace.FAST);
    lab.run(Duration.ofMinutes(1));

    assertThat(lab.calls("getrpcinfo")).isEqualTo(1);
    assertThat(lab.of(LIVENESS)).allMatch(each -> each.outcome() == Outcome.OK);
  }

  @Test
  void aNodeThatLeavesEvenGetrpcinfoUnansweredIsMute() {
    RpcLab lab = new RpcLab(folder).on("getblockchaininfo", never()).on("getrpcinfo", never());
    lab.start().run(Duration.ofMinutes(1));

    assertThat(lab.last(LIVENESS))
        .extracting(Observation::outcome, Observation::reason)
        .containsExactly(Outcome.SOFT, Reason.STALL);
  }

  @Test
  void aLateAnswerEndsTheStall() {
    RpcLab lab = new RpcLab(folder);
    lab.on("getblockchaininfo", lab.after(Duration.ofMinutes(2), result(chain(9, 9, "aa"))))
        .start();
    lab.run(Duration.ofSeconds(121));

    assertLast(lab, Outcome.OK, Reason.PASSED);
  }

  @Test
  void aRestartedNodeIsAskedAgain() {
    RpcLab lab = new RpcLab(folder).on("getblockchaininfo", never()).start();
    lab.run(Duration.ofMinutes(2));
    lab.on("uptime", result("3"));
    lab.on("getblockchaininfo", result(chain(9, 9, "aa")));
    lab.run(Duration.ofSeconds(6));

    assertLast(lab, Outcome.OK, Reason.PASSED);
  }

  @Test
  void eachChainMethodIsCalledAtMostOncePerFifteenSeconds() {
    RpcLab lab = new RpcLab(folder).start().run(Duration.ofHours(1));

    assertThat(lab.calls("getblockchaininfo")).isBetween(238L, 241L);
    assertThat(lab.calls("getnetworkinfo")).isBetween(55L, 61L);
    assertThat(lab.calls("getmempoolinfo")).isEqualTo(lab.calls("getnetworkinfo"));
    assertThat(lab.liveness.dials() + lab.chain.dials()).isEqualTo(2);
  }

  @Test
  void tellsTheOthersOfANewTip() {
    RpcLab lab = new RpcLab(folder).start().run(Duration.ofMinutes(1));
    int[] changes = new int[1];
    lab.facts.onTipChange(() -> changes[0]++);
    lab.run(Duration.ofMinutes(1));
    assertThat(changes[0]).isZero();

    lab.on("getblockchaininfo", result(chain(900_001, 900_001, "bb")));
    lab.run(Duration.ofMinutes(1));
    assertThat(changes[0]).isEqualTo(1);
  }

  @Test
  void tellsTheOthersOfFullInboundSlotsAndTakesItBack() {
    RpcLab lab = new RpcLab(folder);
    lab.on("getnetworkinfo", result("{\"connections_in\":109}")).start().run(Duration.ofSeconds(1));
    assertThat(lab.facts.inboundFull()).isTrue();

    lab.on("getnetworkinfo", result("{\"connections_in\":108}")).run(Duration.ofSeconds(61));
    assertThat(lab.facts.inboundFull()).isFalse();
    assertThat(lab.facts.inboundCounted()).isTrue();

    lab.facts.inboundFull(true); // as P2P found it on a node with fewer slots
    lab.run(Duration.ofMinutes(5));
    assertThat(lab.facts.inboundFull()).isTrue();
  }

  @Test
  void aNodeThatDoesNotTellItsInboundPeersHasNoneCounted() {
    RpcLab lab = new RpcLab(folder);
    lab.on("getnetworkinfo", result("{\"connections\":8}")).start().run(Duration.ofSeconds(1));

    assertThat(lab.facts.inboundCounted()).isFalse();
  }

  @Test
  void inboundIsSoftFromNinetyFivePercentUntilBelowNinety() {
    RpcLab lab = new RpcLab(folder).on("getnetworkinfo", inbound(109)).start();
    lab.run(Duration.ofSeconds(1));
    assertThat(lab.last(NODE))
        .extracting(Observation::outcome, Observation::reason, Observation::detail)
        .containsExactly(Outcome.SOFT, Reason.SATURATED, "inbound peers: 109 of 114");

    lab.on("getnetworkinfo", inbound(103)).run(Duration.ofSeconds(61));
    assertThat(lab.last(NODE).outcome()).isEqualTo(Outcome.SOFT);
    lab.on("getnetworkinfo", inbound(102)).run(Duration.ofSeconds(61));
    assertThat(lab.last(NODE).outcome()).isEqualTo(Outcome.OK);
    lab.on("getnetworkinfo", inbound(108)).run(Duration.ofSeconds(61));
    assertThat(lab.last(NODE).outcome()).isEqualTo(Outcome.OK);
  }

  @Test
  void whatIsFullDependsOnTheNodesMaxConnections() {
    assertThat(full(40, 28)).isTrue();
    assertThat(full(40, 27)).isFalse();
    assertThat(full(500, 114)).isFalse();
    assertThat(full(500, 465)).isTrue();
    assertThat(full(8, 0)).as("a node that takes no inbound peer").isTrue();
  }

  private boolean full(int maxConnections, int inbound) {
    RpcLab lab =
        new RpcLab(folder, config -> RpcLab.withMaxConnections(config, maxConnections))
            .on("getnetworkinfo", inbound(inbound));
    lab.start().run(Duration.ofSeconds(1));
    return lab.facts.inboundFull();
  }

  private static RpcLab.Reply inbound(int connections) {
    return result("{\"connections_in\":" + connections + "}");
  }

  @Test
  void aSwitchedOffNetworkIsHardAtTheSecondLookWhichComesSoon() {
    RpcLab lab = new RpcLab(folder).on("getnetworkinfo", result("{\"networkactive\":false}"));
    lab.start().run(Duration.ofSeconds(40));

    List<Observation> seen = lab.of(NODE);
    assertThat(seen.get(0).outcome()).isEqualTo(Outcome.SOFT);
    assertThat(lab.last(NODE))
        .extracting(Observation::outcome, Observation::reason)
        .containsExactly(Outcome.HARD, Reason.NETWORK_INACTIVE);
  }

  @Test
  void warningsAreSoftUnlessAllowedAndAnInvalidChainIsHard() {
    assertThat(nodeOf("{\"warnings\":\"Disk space is low\"}"))
        .extracting(Observation::outcome, Observation::detail)
        .containsExactly(Outcome.SOFT, "Disk space is low");
    assertThat(nodeOf("{\"warnings\":[\"a\",\"b\"]}").detail()).isEqualTo("a | b");
    assertThat(nodeOf("{\"warnings\":[\"This is a pre-release test build - use\"]}").outcome())
        .isEqualTo(Outcome.OK);
    assertThat(
            nodeOf(
                "{\"warnings\":[\"x\",\"Warning: Found invalid chain more than 6 blocks longer than"
                    + " our best chain.\"]}"))
        .extracting(Observation::outcome, Observation::reason)
        .containsExactly(Outcome.HARD, Reason.INVALID_CHAIN);
    assertThat(
            nodeOf("{\"warnings\":\"Warning: We do not appear to fully agree with our peers!\"}"))
        .extracting(Observation::outcome)
        .isEqualTo(Outcome.HARD);
    assertThat(nodeOf("{\"warnings\":7}").outcome()).isEqualTo(Outcome.UNKNOWN);
  }

  @Test
  void fewOutboundPeersAreSoftAfterFiveMinutesAndNeverHardAlone() {
    RpcLab lab = new RpcLab(folder).on("getnetworkinfo", result("{\"connections_out\":0}")).start();
    lab.run(Duration.ofMinutes(4));
    assertThat(lab.last(NODE).outcome()).isEqualTo(Outcome.OK);
    lab.run(Duration.ofMinutes(90));
    assertThat(lab.last(NODE))
        .extracting(Observation::outcome, Observation::reason)
        .containsExactly(Outcome.SOFT, Reason.FEW_OUTBOUND_PEERS);

    lab.on("getblockchaininfo", result(chain(900_000, 900_001, "aa")));
    lab.run(Duration.ofMinutes(5));
    assertThat(lab.last(NODE).outcome()).isEqualTo(Outcome.HARD);
  }

  @Test
  void aNodeThatHasWarmedUpIsAskedForItsViewWithoutWaitingForTheSlowInterval() {
    RpcLab lab = new RpcLab(folder);
    lab.onAll(RpcLab.error(500, -28, "Loading block index"));
    lab.start().run(Duration.ofSeconds(70));
    assertThat(lab.last(NODE).outcome()).isEqualTo(Outcome.NOT_READY);

    lab.healthy().run(Duration.ofSeconds(16));
    assertThat(lab.last(NODE).outcome()).isEqualTo(Outcome.OK);
  }

  @Test
  void aMempoolStillLoadingIsSoftAfterTenMinutes() {
    RpcLab lab = new RpcLab(folder).on("getmempoolinfo", result("{\"loaded\":false}")).start();
    lab.run(Duration.ofMinutes(9));
    assertThat(lab.last(NODE).outcome()).isEqualTo(Outcome.OK);
    lab.run(Duration.ofMinutes(2));
    assertThat(lab.last(NODE).reason()).isEqualTo(Reason.MEMPOOL_NOT_LOADED);
  }

  @Test
  void aNodeThatMissesEveryMethodHasNoVerdictButIsNoFailure() {
    RpcLab lab = new RpcLab(folder);
    lab.onAll(RpcLab.error(404, -32601, "Method not found"));
    lab.start().run(Duration.ofMinutes(2));

    assertThat(lab.observations).isNotEmpty();
    assertThat(lab.of(LIVENESS))
        .allMatch(
            each -> each.outcome() == Outcome.UNKNOWN && each.reason() == Reason.CAPABILITY_OFF);
    assertLast(lab, Outcome.UNKNOWN, Reason.CAPABILITY_OFF);
    assertThat(lab.of(NODE))
        .isNotEmpty()
        .allMatch(
            each -> each.outcome() == Outcome.UNKNOWN && each.reason() == Reason.CAPABILITY_OFF);
  }

  private Observation nodeOf(String networkinfo) {
    RpcLab lab = new RpcLab(folder).on("getnetworkinfo", result(networkinfo)).start();
    lab.run(Duration.ofSeconds(1));
    return lab.last(NODE);
  }
}
