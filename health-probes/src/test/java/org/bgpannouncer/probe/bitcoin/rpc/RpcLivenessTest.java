package org.bgpannouncer.probe.bitcoin.rpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.bgpannouncer.probe.bitcoin.rpc.Reporter.CHAIN;
import static org.bgpannouncer.probe.bitcoin.rpc.Reporter.LIVENESS;
import static org.bgpannouncer.probe.bitcoin.rpc.Reporter.NODE;
import static org.bgpannouncer.probe.bitcoin.rpc.RpcLab.error;
import static org.bgpannouncer.probe.bitcoin.rpc.RpcLab.never;
import static org.bgpannouncer.probe.bitcoin.rpc.RpcLab.result;
import static org.bgpannouncer.probe.bitcoin.rpc.RpcLab.status;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.bgpannouncer.probe.Observation;
import org.bgpannouncer.probe.Observation.StageTiming;
import org.bgpannouncer.probe.Outcome;
import org.bgpannouncer.probe.Pace;
import org.bgpannouncer.probe.Reason;
import org.bgpannouncer.probe.net.Dialer.CloseCause;
import org.bgpannouncer.probe.net.http.HttpMessage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

final class RpcLivenessTest {
  @TempDir Path folder;

  @Test
  void passesWhileUptimeAnswersInTime() {
    RpcLab lab = new RpcLab(folder).start().run(Duration.ofMinutes(1));

    assertThat(lab.of(LIVENESS)).hasSizeBetween(11, 14);
    assertThat(lab.of(LIVENESS)).allMatch(each -> each.outcome() == Outcome.OK);
    assertThat(lab.last(LIVENESS).values()).containsEntry("uptime", "86400");
    assertThat(lab.of(LIVENESS).get(0).stages())
        .extracting(StageTiming::name)
        .containsExactly("connect", "login", "uptime");
    assertThat(lab.liveness.dials()).isEqualTo(1);
    assertThat(lab.chain.dials()).isEqualTo(1);
  }

  static Stream<Arguments> rowsOfTheReplyTable() {
    return Stream.of(
        Arguments.of(status(403, ""), Outcome.UNKNOWN, Reason.FORBIDDEN),
        Arguments.of(status(401, ""), Outcome.UNKNOWN, Reason.UNAUTHORIZED),
        Arguments.of(error(500, -28, "Loading block index…"), Outcome.NOT_READY, Reason.WARMING_UP),
        Arguments.of(error(200, -28, "Loading block index…"), Outcome.NOT_READY, Reason.WARMING_UP),
        Arguments.of(status(503, "Work queue depth exceeded"), Outcome.SOFT, Reason.BUSY),
        Arguments.of(status(500, "Work queue depth exceeded"), Outcome.SOFT, Reason.BUSY),
        Arguments.of(status(503, "Service Unavailable"), Outcome.NOT_READY, Reason.SHUTTING_DOWN),
        Arguments.of(error(500, -1, "uptime"), Outcome.SOFT, Reason.BAD_ANSWER),
        Arguments.of(error(200, -32603, "Internal error"), Outcome.SOFT, Reason.BAD_ANSWER),
        Arguments.of(status(200, "<html>hello</html>"), Outcome.SOFT, Reason.BAD_ANSWER),
        Arguments.of(status(200, ""), Outcome.SOFT, Reason.BAD_ANSWER),
        Arguments.of(status(200, "[]"), Outcome.SOFT, Reason.BAD_ANSWER),
        Arguments.of(status(200, "{\"result\":5}"), Outcome.SOFT, Reason.BAD_ANSWER),
        Arguments.of(
            status(200, "{\"result\":5,\"error\":null,\"id\":77}"),
            Outcome.SOFT,
            Reason.BAD_ANSWER),
        Arguments.of(status(302, ""), Outcome.SOFT, Reason.BAD_ANSWER),
        Arguments.of(result("\"long\""), Outcome.SOFT, Reason.BAD_ANSWER),
        Arguments.of(status(200, "[".repeat(10_000)), Outcome.SOFT, Reason.BAD_ANSWER));
  }

  @ParameterizedTest
  @MethodSource("rowsOfTheReplyTable")
  void mapsEachRowOfTheReplyTable(RpcLab.Reply reply, Outcome outcome, Reason reason) {
    RpcLab lab = new RpcLab(folder).on("uptime", reply).start().run(Duration.ofSeconds(1));

    assertThat(lab.last(LIVENESS))
        .extracting(Observation::outcome, Observation::reason)
        .containsExactly(outcome, reason);
  }

  @Test
  void doesNotKnowWhenOurOwnSideFailed() {
    RpcLab lab =
        new RpcLab(folder).on("uptime", (connection, id) -> connection.close(CloseCause.OURS));
    lab.start().run(Duration.ofSeconds(1));

    assertThat(lab.last(LIVENESS))
        .extracting(Observation::outcome, Observation::reason)
        .containsExactly(Outcome.UNKNOWN, Reason.INTERNAL_ERROR);
  }

  @Test
  void isHardWhenNobodyListens() {
    RpcLab lab = new RpcLab(folder);
    lab.liveness.refuse();
    lab.start().run(Duration.ofSeconds(1));

    assertThat(lab.last(LIVENESS))
        .extracting(Observation::outcome, Observation::reason)
        .containsExactly(Outcome.HARD, Reason.REFUSED);
    assertThat(lab.last(CHAIN))
        .extracting(Observation::outcome, Observation::reason)
        .containsExactly(Outcome.UNKNOWN, Reason.REFUSED);
    assertThat(lab.last(NODE).outcome()).isEqualTo(Outcome.UNKNOWN);
    assertThat(lab.chain.dials()).isZero();
  }

  @Test
  void isHardWhenNobodyListensEvenWithoutACookie() throws IOException {
    RpcLab lab = new RpcLab(folder);
    Files.delete(lab.cookie);
    lab.liveness.refuse();
    lab.start().run(Duration.ofSeconds(1));

    assertThat(lab.last(LIVENESS).reason()).isEqualTo(Reason.REFUSED);
  }

  @Test
  void doesNotKnowWithoutACookie() throws IOException {
    RpcLab lab = new RpcLab(folder);
    Files.delete(lab.cookie);
    lab.start().run(Duration.ofSeconds(1));

    assertThat(lab.last(LIVENESS))
        .extracting(Observation::outcome, Observation::reason)
        .containsExactly(Outcome.UNKNOWN, Reason.LOCAL_FILE);
    assertThat(lab.last(LIVENESS).detail()).endsWith(".cookie: no such file");

    lab.writeCookie(RpcLab.COOKIE);
    lab.run(Duration.ofSeconds(6));
    assertThat(lab.last(LIVENESS).outcome()).isEqualTo(Outcome.OK);
    assertThat(lab.liveness.dials()).isEqualTo(1);
  }

  @Test
  void readsTheCookieAgainWhenItIsRefused() {
    RpcLab lab = new RpcLab(folder).start().run(Duration.ofSeconds(1));
    RpcLab.Reply answers = result("3");
    lab.on(
        "uptime",
        (connection, id) -> {
          HttpMessage.Request last = lab.requests.get(lab.requests.size() - 1);
          boolean fresh =
              last.headers()
                  .getOrDefault("Authorization", "")
                  .equals(Login.of("__cookie__", "fresh").header());
          (fresh ? answers : status(401, "")).to(connection, id);
        });

    lab.writeCookie("__cookie__:fresh");
    lab.run(Duration.ofSeconds(6));

    assertThat(lab.of(LIVENESS)).hasSize(2).allMatch(each -> each.outcome() == Outcome.OK);
    assertThat(lab.last(LIVENESS).stages())
        .extracting(StageTiming::name)
        .containsExactly("login", "uptime");
  }

  @Test
  void isRefusedOncePerAttemptWhenTheCookieIsStillTheSame() {
    RpcLab lab = new RpcLab(folder).on("uptime", status(401, "")).start();
    lab.run(Duration.ofSeconds(58));

    assertThat(lab.calls("uptime")).isEqualTo(lab.of(LIVENESS).size()).isBetween(10L, 13L);
    assertThat(lab.calls("getblockchaininfo")).isZero();
  }

  @Test
  void neverAsksTwiceOfANodeThatNeverAnswers() {
    RpcLab lab = new RpcLab(folder);
    lab.onAll(never());
    lab.start().run(Duration.ofHours(1));

    assertThat(lab.liveness.dials() + lab.chain.dials()).isEqualTo(1);
    assertThat(lab.methods).containsExactly("uptime");
    List<Observation> seen = lab.of(LIVENESS);
    assertThat(seen.get(0))
        .extracting(Observation::outcome, Observation::reason)
        .containsExactly(Outcome.SOFT, Reason.STALL);
    assertThat(seen.stream().filter(each -> each.outcome() == Outcome.HARD).findFirst())
        .hasValueSatisfying(
            first -> {
              assertThat(first.reason()).isEqualTo(Reason.STALL_EXPIRED);
              assertThat(Duration.ofNanos(first.atNanos() - 1_000_000_000L))
                  .isBetween(Duration.ofSeconds(900), Duration.ofSeconds(910));
            });
  }

  @Test
  void abandonsEvenAMuteNodeAfterTwoHours() {
    RpcLab lab = new RpcLab(folder);
    lab.onAll(never());
    lab.start().run(Duration.ofHours(23));

    assertThat(lab.liveness.dials()).isEqualTo(12);
    assertThat(lab.liveness.open()).isEqualTo(1);
  }

  @Test
  void recoversFromAStallOnTheSameConnection() {
    RpcLab lab = new RpcLab(folder);
    lab.on("uptime", lab.after(Duration.ofSeconds(40), result("5"))).start();
    lab.run(Duration.ofSeconds(39));
    assertThat(lab.of(LIVENESS))
        .allMatch(each -> each.reason() == Reason.STALL)
        .hasSizeGreaterThan(5);

    lab.on("uptime", result("41"));
    lab.run(Duration.ofSeconds(3));

    assertThat(lab.last(LIVENESS).outcome()).isEqualTo(Outcome.OK);
    assertThat(lab.liveness.dials()).isEqualTo(1);
  }

  @Test
  void lookForItselfAtOnceWhenAnIdleConnectionEnds() {
    RpcLab lab = new RpcLab(folder).start().run(Duration.ofSeconds(2));
    lab.liveness.refuse();
    lab.liveness.closeAll(CloseCause.FIN);
    lab.run(Duration.ofMillis(1));

    assertThat(lab.last(LIVENESS))
        .extracting(Observation::outcome, Observation::reason)
        .containsExactly(Outcome.HARD, Reason.REFUSED);
  }

  @Test
  void repeatsACallOnceThatCrossedTheServersIdleClose() {
    RpcLab lab = new RpcLab(folder).start().run(Duration.ofSeconds(2));
    lab.on("uptime", (connection, id) -> connection.close(CloseCause.FIN));
    lab.run(Duration.ofSeconds(5));

    assertThat(lab.liveness.dials()).isEqualTo(2);
    assertThat(lab.last(LIVENESS))
        .extracting(Observation::outcome, Observation::reason)
        .containsExactly(Outcome.SOFT, Reason.SATURATED);
  }

  @Test
  void paceFastBringsTheNextAttemptForward() {
    RpcLab lab = new RpcLab(folder).start().run(Duration.ofSeconds(2));
    assertThat(lab.of(LIVENESS)).hasSize(1);

    lab.probe.pace(Pace.FAST);
    lab.run(Duration.ofMillis(1));
    assertThat(lab.of(LIVENESS)).hasSize(2);

    lab.run(Duration.ofSeconds(10));
    assertThat(lab.of(LIVENESS)).hasSizeBetween(11, 13);
  }

  @Test
  void fallsBackToTheChainCallWithoutUptime() {
    RpcLab lab = new RpcLab(folder).on("uptime", error(404, -32601, "Method not found"));
    lab.start().run(Duration.ofMinutes(10));

    assertThat(lab.calls("uptime")).isBetween(105L, 140L);
    assertThat(lab.calls("getblockchaininfo")).isBetween(39L, 41L);
    assertThat(lab.of(LIVENESS)).hasSize((int) lab.calls("getblockchaininfo"));
    assertThat(lab.of(LIVENESS)).allMatch(each -> each.outcome() == Outcome.OK);
  }

  @Test
  void aMuteNodeWithoutUptimeIsNoticedWithinSeconds() {
    RpcLab lab = new RpcLab(folder).on("uptime", error(404, -32601, "Method not found"));
    lab.start().run(Duration.ofSeconds(32));
    lab.on("uptime", never()).on("getblockchaininfo", never());

    lab.probe.pace(Pace.FAST);
    lab.run(Duration.ofMillis(2100));

    assertThat(lab.last(LIVENESS))
        .extracting(Observation::outcome, Observation::reason)
        .containsExactly(Outcome.SOFT, Reason.STALL);
  }

  @Test
  void noticesTheEndOfANodeWithoutUptimeAtOnce() {
    RpcLab lab = new RpcLab(folder).on("uptime", status(404, "Not Found"));
    lab.start().run(Duration.ofSeconds(32));
    lab.liveness.refuse();
    lab.chain.refuse();
    lab.liveness.closeAll(CloseCause.RST);
    lab.chain.closeAll(CloseCause.RST);
    lab.run(Duration.ofSeconds(1));

    assertThat(lab.last(LIVENESS))
        .extracting(Observation::outcome, Observation::reason)
        .containsExactly(Outcome.HARD, Reason.REFUSED);
  }

  @Test
  void stallsOfTheChainCallStandForANodeWithoutUptime() {
    RpcLab lab = new RpcLab(folder).on("uptime", error(200, -32601, "Method not found"));
    lab.on("getblockchaininfo", never()).start().run(Duration.ofSeconds(61));
    assertThat(lab.last(LIVENESS))
        .extracting(Observation::outcome, Observation::reason)
        .containsExactly(Outcome.SOFT, Reason.STALL);

    lab.run(Duration.ofMinutes(14));
    assertThat(lab.last(LIVENESS))
        .extracting(Observation::outcome, Observation::reason)
        .containsExactly(Outcome.HARD, Reason.STALL_EXPIRED);
    assertThat(lab.calls("getblockchaininfo")).isEqualTo(1);
  }

  @Test
  void neverShowsThePasswordNotEvenIfTheNodeEchoesIt() {
    RpcLab lab = new RpcLab(folder);
    lab.on(
            "uptime",
            (connection, id) ->
                connection.answer(500, lab.requests.get(0).headers() + " 5ec2e7c00c1e"))
        .start()
        .run(Duration.ofSeconds(1));

    assertThat(lab.requests.get(0).headers()).containsKey("Authorization");
    assertThat(lab.last(LIVENESS).detail()).contains("Authorization=Basic ***").endsWith(" ***");
    assertThat(lab.observations.toString())
        .doesNotContain("5ec2e7c00c1e")
        .doesNotContain(Login.of("__cookie__", "5ec2e7c00c1e").header());
    assertThat(lab.requests.toString()).doesNotContain("Basic");
    assertThat(Login.of("u", "pw").toString()).isEqualTo("***");
  }

  @Test
  void saysNothingMoreOnceClosed() {
    RpcLab lab = new RpcLab(folder).start().run(Duration.ofSeconds(20));
    int before = lab.observations.size();
    lab.probe.close();
    lab.run(Duration.ofHours(1));

    assertThat(lab.observations).hasSize(before);
    assertThat(lab.liveness.open() + lab.chain.open()).isZero();
    assertThat(lab.time.pending()).isZero();
  }

  @Test
  void takesNoAnswerItDidNotAskFor() {
    RpcLab lab = new RpcLab(folder).start().run(Duration.ofSeconds(2));
    lab.liveness.sayUnasked(new HttpMessage.Response(200, "{}", false, true));
    lab.run(Duration.ofMillis(1));
    assertThat(lab.liveness.open()).isZero();

    lab.run(Duration.ofSeconds(6));
    assertThat(lab.last(LIVENESS).outcome()).isEqualTo(Outcome.OK);
  }
}
