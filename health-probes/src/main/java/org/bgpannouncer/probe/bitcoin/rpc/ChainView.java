package org.bgpannouncer.probe.bitcoin.rpc;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.bgpannouncer.probe.Outcome;
import org.bgpannouncer.probe.Reason;
import org.bgpannouncer.probe.finding.Finding;
import org.jspecify.annotations.Nullable;

/**
 * Folds the answers to {@code getblockchaininfo} into verdicts.
 *
 * <ul>
 *   <li>Another chain than configured: proof, for as long as it is so.
 *   <li>{@code initialblockdownload}, or headers two or more ahead of blocks since the node was
 *       first seen: NOT_READY. The flag is a latch that stays false for ever after the first sync,
 *       so it says nothing of a node that fell behind later; the lag does.
 *   <li>One block behind its own headers for 2 min: SOFT; two for 5 min or one for 15 min: HARD. A
 *       timer and never an instant: between header and block there is always a moment.
 *   <li>Pruned although declared archival: HARD; the reverse: SOFT; pruned to fewer blocks than a
 *       limited node promises its peers (BIP 159): SOFT.
 * </ul>
 *
 * <p>Fields a version lacks are not judged; unknown ones are ignored. {@code verificationprogress}
 * is an estimate and only shown. A pure function of its calls: time is handed in.
 */
final class ChainView {
  static final Duration ONE_BEHIND_SOFT = Duration.ofMinutes(2);
  static final Duration ONE_BEHIND_HARD = Duration.ofMinutes(15);
  static final Duration TWO_BEHIND_HARD = Duration.ofMinutes(5);

  /** What NODE_NETWORK_LIMITED promises (BIP 159). */
  static final int LIMITED_BLOCKS = 288;

  private static final List<String> SHOWN =
      List.of(
          "chain",
          "blocks",
          "headers",
          "bestblockhash",
          "chainwork",
          "initialblockdownload",
          "verificationprogress",
          "pruned",
          "pruneheight",
          "size_on_disk",
          "time",
          "mediantime");

  private final RpcConfig config;
  private boolean caughtUp;
  private final Lasting oneBehind = new Lasting();
  private final Lasting twoBehind = new Lasting();
  private boolean behind;
  private @Nullable String tip;

  ChainView(RpcConfig config) {
    this.config = config;
  }

  /** Whether the last answer showed a lag that is at least SOFT. */
  boolean behind() {
    return behind;
  }

  /** The node started anew: it has to catch up before its lag is judged by the clock. */
  void nodeRestarted() {
    caughtUp = false;
    oneBehind.end();
    twoBehind.end();
  }

  /** The best block of the last answer, or null. */
  @Nullable String tip() {
    return tip;
  }

  /** Judges one answer that arrived at {@code nowNanos}. */
  Finding observe(JsonNode answer, long nowNanos) {
    JsonNode chain = answer.path("chain");
    JsonNode blocks = answer.path("blocks");
    JsonNode headers = answer.path("headers");
    JsonNode best = answer.path("bestblockhash");
    if (!chain.isTextual() || !isHeight(blocks) || !isHeight(headers) || !best.isTextual()) {
      return Finding.of(
          Outcome.SOFT, Reason.BAD_ANSWER, "getblockchaininfo without chain, blocks and headers");
    }
    tip = best.textValue();
    Map<String, String> values = new LinkedHashMap<>();
    for (String name : SHOWN) {
      if (answer.path(name).isValueNode()) {
        values.put(name, answer.path(name).asText());
      }
    }
    if (!chain.textValue().equals(config.network().chain())) {
      return Finding.of(
              Outcome.HARD,
              Reason.WRONG_NETWORK,
              "chain: " + chain.textValue() + " (expected: " + config.network().chain() + ")")
          .with(values);
    }
    boolean downloading = answer.path("initialblockdownload").asBoolean(false);
    Finding lag = lag(headers.longValue() - blocks.longValue(), downloading, nowNanos);
    return lag.or(pruning(answer.path("pruned")))
        .or(depth(answer.path("pruneheight"), blocks.longValue()))
        .with(values);
  }

  private static boolean isHeight(JsonNode number) {
    return number.isIntegralNumber()
        && number.canConvertToLong()
        && number.longValue() >= 0
        && number.longValue() <= Integer.MAX_VALUE;
  }

  // A node that knows of no header yet has no lag either: only its own word that the download is
  // over makes small lags mean something.
  private Finding lag(long lagBlocks, boolean downloading, long nowNanos) {
    caughtUp = !downloading && (caughtUp || lagBlocks <= 1);
    oneBehind.update(caughtUp && lagBlocks >= 1, nowNanos);
    twoBehind.update(caughtUp && lagBlocks >= 2, nowNanos);
    String detail = "blocks behind headers: " + lagBlocks;
    if (!caughtUp) {
      behind = true;
      return Finding.of(
          Outcome.NOT_READY,
          Reason.INITIAL_BLOCK_DOWNLOAD,
          downloading ? "initialblockdownload; " + detail : detail);
    }
    boolean hard =
        twoBehind.reached(TWO_BEHIND_HARD, nowNanos)
            || oneBehind.reached(ONE_BEHIND_HARD, nowNanos);
    behind = hard || oneBehind.reached(ONE_BEHIND_SOFT, nowNanos);
    if (behind) {
      return Finding.of(hard ? Outcome.HARD : Outcome.SOFT, Reason.BEHIND_HEADERS, detail);
    }
    return Finding.passed(Map.of());
  }

  private Finding pruning(JsonNode flag) {
    if (!flag.isBoolean() || config.archival().isEmpty()) {
      return Finding.passed(Map.of());
    }
    boolean pruned = flag.booleanValue();
    if (config.archival().get() && pruned) {
      return Finding.of(Outcome.HARD, Reason.PRUNED, "pruned: true (expected: archival)");
    }
    return !config.archival().get() && !pruned
        ? Finding.of(Outcome.SOFT, Reason.PRUNED, "pruned: false (expected: pruned)")
        : Finding.passed(Map.of());
  }

  // 0 while nothing was pruned, however short the chain.
  private static Finding depth(JsonNode pruneHeight, long blocks) {
    long kept = blocks - pruneHeight.asLong(0) + 1;
    return pruneHeight.asLong(0) > 0 && kept < LIMITED_BLOCKS
        ? Finding.of(
            Outcome.SOFT,
            Reason.PRUNED,
            "blocks kept: " + kept + " (expected: at least " + LIMITED_BLOCKS + ")")
        : Finding.passed(Map.of());
  }
}
