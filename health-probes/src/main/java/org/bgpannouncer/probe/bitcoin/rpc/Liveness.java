package org.bgpannouncer.probe.bitcoin.rpc;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.bgpannouncer.probe.Observation.StageTiming;
import org.bgpannouncer.probe.Outcome;
import org.bgpannouncer.probe.Pace;
import org.bgpannouncer.probe.Reason;
import org.bgpannouncer.probe.finding.Finding;
import org.bgpannouncer.probe.pacing.AttemptClock;
import org.bgpannouncer.probe.time.Loop;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The series {@code rpc.liveness}: {@code uptime} on a connection of its own, because it takes no
 * lock of the node and so tells a dead node from one whose chain is busy.
 *
 * <p>No answer in time is a STALL: SOFT, and HARD after {@link #MUTE_HARD}, which concerns only
 * services that name RPC. While a call is overdue no second one is sent. A node without {@code
 * uptime} is judged by its chain calls instead; it is asked all the same, because its refusal needs
 * no lock either, and only that it stays away tells a mute node within seconds.
 *
 * <p>Confined to its loop.
 */
final class Liveness {
  static final String UPTIME = "uptime";
  static final String COMMANDS = "getrpcinfo";

  private static final Logger log = LoggerFactory.getLogger(Liveness.class);

  /** As long as a mute P2P side may last next to a living RPC (requirements B1b, B10). */
  static final Duration MUTE_HARD = Duration.ofMinutes(15);

  private final Loop loop;
  private final RpcConfig config;
  private final Reporter reporter;
  private final ChainCalls chain;
  private final RpcSocket socket;
  private final AttemptClock clock;
  private long callStartNanos;
  private boolean late;
  private long lastUptimeSeconds = -1;

  /** Makes the parts that need each other's methods. */
  interface Parts {
    /** The connection; {@code onIdleLoss} is told of its end. */
    RpcSocket socket(Runnable onIdleLoss);

    /** What starts {@code attempt} and tells {@code onBug} what it threw. */
    AttemptClock clock(Runnable attempt, Consumer<RuntimeException> onBug);
  }

  Liveness(Loop loop, RpcConfig config, Reporter reporter, ChainCalls chain, Parts parts) {
    this.loop = loop;
    this.config = config;
    this.reporter = reporter;
    this.chain = chain;
    this.clock = parts.clock(this::attempt, this::bug);
    this.socket = parts.socket(clock::soon);
  }

  void start() {
    clock.start();
  }

  void pace(Pace pace) {
    clock.pace(pace);
  }

  /** The chain connection met something that concerns the whole node. */
  void suspect() {
    clock.soon();
  }

  void close() {
    clock.stop();
    socket.close();
  }

  private void attempt() {
    if (!socket.busy()) {
      call(UPTIME, new UptimeCall());
      return;
    }
    if (late) { // else getrpcinfo is under way, and still in time
      reportMute();
    }
    clock.finished();
  }

  private void call(String method, RpcSocket.Call call) {
    callStartNanos = loop.nanoTime();
    late = false;
    socket.call(method, config.livenessTimeout().toNanos(), call);
  }

  private void bug(RuntimeException thrown) {
    log.error("event=probe-bug check={}", Reporter.LIVENESS, thrown);
    socket.close();
    reporter.report(Reporter.LIVENESS, Finding.bug(thrown), List.of());
  }

  private final class UptimeCall implements RpcSocket.Call {
    @Override
    public void overdue() {
      late = true;
      reportMute();
      clock.finished();
    }

    @Override
    public void done(RpcAnswer answer, List<StageTiming> stages) {
      if (late && answer.isOk()) {
        clock.soon(); // it speaks again: a fresh call shows how fast
        return;
      }
      judge(answer, stages);
      if (late) {
        clock.soon();
      } else {
        clock.finished();
      }
    }
  }

  private void judge(RpcAnswer answer, List<StageTiming> stages) {
    if (answer.isOk()) {
      passed(answer.result(), stages);
      return;
    }
    if (answer.reason() == Reason.CAPABILITY_OFF) {
      chain.standInForLiveness(true);
      chain.open();
      return;
    }
    reporter.report(Reporter.LIVENESS, answer.finding(), stages);
    if (speaks(answer.reason())) {
      chain.open();
    } else {
      chain.shut(answer.reason());
    }
  }

  private void passed(JsonNode result, List<StageTiming> stages) {
    if (!result.isIntegralNumber() || !result.canConvertToLong()) {
      reporter.report(
          Reporter.LIVENESS,
          RpcAnswer.badAnswer("uptime: " + result + " (expected: seconds)").finding(),
          stages);
      return;
    }
    long uptimeSeconds = result.longValue();
    if (uptimeSeconds < lastUptimeSeconds) {
      chain.nodeRestarted();
    }
    lastUptimeSeconds = uptimeSeconds;
    chain.standInForLiveness(false);
    reporter.report(
        Reporter.LIVENESS, Finding.passed(Map.of("uptime", Long.toString(uptimeSeconds))), stages);
    chain.open();
    if (chain.wantsActiveCommands() && !socket.busy()) {
      call(COMMANDS, new ActiveCommandsCall());
    }
  }

  /** What holds the lock: takes none itself (Bitcoin Core, rpc/server.cpp). */
  private final class ActiveCommandsCall implements RpcSocket.Call {
    @Override
    public void overdue() {
      late = true;
      reportMute();
    }

    @Override
    public void done(RpcAnswer answer, List<StageTiming> stages) {
      chain.activeCommands(answer.result().path("active_commands"));
      if (late) {
        clock.soon(); // it speaks again: uptime says how fast
      }
    }
  }

  // A node that answers, if only with a refusal of this method, can be asked for its chain; one
  // that is overloaded, mute or refuses our login is left alone.
  private static boolean speaks(Reason reason) {
    return reason == Reason.WARMING_UP
        || reason == Reason.FORBIDDEN
        || reason == Reason.SHUTTING_DOWN;
  }

  private void reportMute() {
    long muteNanos = loop.nanoTime() - callStartNanos;
    boolean expired = muteNanos >= MUTE_HARD.toNanos();
    reporter.report(
        Reporter.LIVENESS,
        Finding.of(
            expired ? Outcome.HARD : Outcome.SOFT,
            expired ? Reason.STALL_EXPIRED : Reason.STALL,
            "no answer for " + Duration.ofNanos(muteNanos).toSeconds() + " s"),
        List.of());
    chain.shut(Reason.STALL);
  }
}
