package org.bgpannouncer.probe.bitcoin.rpc;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.bgpannouncer.probe.Outcome;
import org.bgpannouncer.probe.Reason;
import org.bgpannouncer.probe.bitcoin.BitcoinNetwork;
import org.bgpannouncer.probe.finding.Finding;

/**
 * Folds one round of the slow calls into a verdict: the gravest finding gives outcome and reason,
 * the detail names them all.
 *
 * <ul>
 *   <li>{@code networkactive} false: SOFT once, HARD from the second round in a row.
 *   <li>A warning that is not allowed: SOFT; one of an invalid chain with more work: HARD.
 *   <li>Fewer than 4 outbound peers for 5 min: SOFT; none for 30 min while also behind: HARD. Not
 *       judged on regtest, where nodes have the peers they were given.
 *   <li>95% of the inbound slots taken: SOFT, until less than 90% are.
 *   <li>Mempool not loaded 10 min after it was first seen so: SOFT.
 *   <li>A required index up to 6 blocks behind: SOFT; further, or missing: HARD.
 * </ul>
 *
 * <p>Methods and fields a node lacks are not judged; the caller sees to it that a required one is
 * there. A pure function of its calls: time is handed in.
 */
final class NodeView {
  static final Duration FEW_OUTBOUND_SOFT = Duration.ofMinutes(5);
  static final Duration NO_OUTBOUND_HARD = Duration.ofMinutes(30);
  static final Duration MEMPOOL_SOFT = Duration.ofMinutes(10);
  static final int FEW_OUTBOUND = 4;
  static final int FULL_PERCENT = 95;
  static final int RELIEVED_PERCENT = 90;
  static final int INDEX_LAG_SOFT_BLOCKS = 6;

  // Since 28.0 (kernel::Warning::LARGE_WORK_INVALID_CHAIN), and the same warning before.
  private static final List<String> INVALID_CHAIN =
      List.of(
          "invalid chain more than 6 blocks longer", "do not appear to fully agree with our peers");

  private final RpcConfig config;
  private boolean inactiveBefore;
  private boolean crowded;
  private final Lasting fewOutbound = new Lasting();
  private final Lasting noOutbound = new Lasting();
  private final Lasting unloaded = new Lasting();

  NodeView(RpcConfig config) {
    this.config = config;
  }

  /**
   * The results of one round; missing nodes for what the node lacks.
   *
   * @param network {@code getnetworkinfo}
   * @param mempool {@code getmempoolinfo}
   * @param indexes {@code getindexinfo}
   * @param height blocks of the last {@code getblockchaininfo}, or -1
   * @param behind whether the node is behind its headers
   */
  record Round(JsonNode network, JsonNode mempool, JsonNode indexes, long height, boolean behind) {}

  /** Judges one round that ended at {@code nowNanos}. */
  Finding observe(Round round, long nowNanos) {
    List<Finding> findings = new ArrayList<>();
    activity(round.network()).ifPresent(findings::add);
    warnings(round.network().path("warnings")).ifPresent(findings::add);
    outbound(round, nowNanos).ifPresent(findings::add);
    inbound(round.network()).ifPresent(findings::add);
    mempool(round.mempool(), nowNanos).ifPresent(findings::add);
    indexes(round, findings);

    return Finding.worst(findings).with(values(round));
  }

  /** Whether the last round found the network switched off. */
  boolean inactive() {
    return inactiveBefore;
  }

  private Optional<Finding> activity(JsonNode network) {
    JsonNode active = network.path("networkactive");
    boolean off = active.isBoolean() && !active.booleanValue();
    Outcome outcome = inactiveBefore ? Outcome.HARD : Outcome.SOFT;
    inactiveBefore = off;
    return off
        ? finding(outcome, Reason.NETWORK_INACTIVE, "networkactive: false")
        : Optional.empty();
  }

  // A string before 28.0, an array since; -deprecatedrpc=warnings brings the string back.
  private Optional<Finding> warnings(JsonNode warnings) {
    List<String> texts = new ArrayList<>();
    if (warnings.isArray()) {
      warnings.forEach(text -> texts.add(text.asText()));
    } else if (warnings.isTextual()) {
      texts.add(warnings.textValue());
    } else if (!warnings.isMissingNode()) {
      return finding(
          Outcome.UNKNOWN,
          Reason.BAD_ANSWER,
          "warnings: " + warnings.getNodeType() + " (expected: text or array)");
    }
    for (String text : texts) {
      if (INVALID_CHAIN.stream().anyMatch(text.toLowerCase(Locale.ROOT)::contains)) {
        return finding(Outcome.HARD, Reason.INVALID_CHAIN, text);
      }
    }
    texts.removeIf(
        text -> text.isBlank() || config.allowedWarnings().stream().anyMatch(text::contains));
    return texts.isEmpty()
        ? Optional.empty()
        : finding(Outcome.SOFT, Reason.NODE_WARNING, String.join(" | ", texts));
  }

  private Optional<Finding> outbound(Round round, long nowNanos) {
    JsonNode connections = round.network().path("connections_out");
    if (!connections.isIntegralNumber() || config.network() == BitcoinNetwork.REGTEST) {
      return Optional.empty();
    }
    long out = connections.longValue();
    fewOutbound.update(out < FEW_OUTBOUND, nowNanos);
    noOutbound.update(out <= 0, nowNanos);
    String detail = "outbound peers: " + out;
    if (round.behind() && noOutbound.reached(NO_OUTBOUND_HARD, nowNanos)) {
      return finding(Outcome.HARD, Reason.FEW_OUTBOUND_PEERS, detail);
    }
    return fewOutbound.reached(FEW_OUTBOUND_SOFT, nowNanos)
        ? finding(Outcome.SOFT, Reason.FEW_OUTBOUND_PEERS, detail)
        : Optional.empty();
  }

  private Optional<Finding> inbound(JsonNode network) {
    JsonNode connections = network.path("connections_in");
    if (!connections.isIntegralNumber()) {
      return Optional.empty();
    }
    long in = connections.longValue();
    int slots = config.inboundSlots();
    crowded = isFull(in, slots) || (crowded && in * 100 >= (long) slots * RELIEVED_PERCENT);
    return crowded
        ? finding(Outcome.SOFT, Reason.SATURATED, "inbound peers: " + in + " of " + slots)
        : Optional.empty();
  }

  /** Whether so few of the inbound slots are free that the next accepts evict real peers. */
  static boolean isFull(long inbound, int slots) {
    return inbound * 100 >= (long) slots * FULL_PERCENT;
  }

  private Optional<Finding> mempool(JsonNode mempool, long nowNanos) {
    JsonNode loaded = mempool.path("loaded");
    if (!loaded.isBoolean()) {
      return Optional.empty();
    }
    unloaded.update(!loaded.booleanValue(), nowNanos);
    return unloaded.reached(MEMPOOL_SOFT, nowNanos)
        ? finding(Outcome.SOFT, Reason.MEMPOOL_NOT_LOADED, "mempool: not loaded")
        : Optional.empty();
  }

  private void indexes(Round round, List<Finding> findings) {
    if (!round.indexes().isObject()) {
      return;
    }
    for (String name : config.requiredIndexes()) {
      JsonNode index = round.indexes().path(name);
      if (index.path("synced").asBoolean(false)) {
        continue;
      }
      if (!index.isObject()) {
        findings.add(indexBehind(Outcome.HARD, name + ": no such index"));
      } else if (round.height() < 0) {
        findings.add(indexBehind(Outcome.UNKNOWN, name + ": not synced, height not known"));
      } else {
        long lag = round.height() - index.path("best_block_height").asLong(-1);
        Outcome outcome = lag <= INDEX_LAG_SOFT_BLOCKS ? Outcome.SOFT : Outcome.HARD;
        findings.add(indexBehind(outcome, name + ": " + lag + " blocks behind"));
      }
    }
  }

  private static Finding indexBehind(Outcome outcome, String detail) {
    return Finding.of(outcome, Reason.INDEX_BEHIND, detail);
  }

  private static Map<String, String> values(Round round) {
    Map<String, String> values = new LinkedHashMap<>();
    for (String name :
        List.of(
            "version",
            "subversion",
            "networkactive",
            "connections",
            "connections_in",
            "connections_out")) {
      put(values, name, round.network().path(name));
    }
    put(values, "mempool_loaded", round.mempool().path("loaded"));
    put(values, "mempool_size", round.mempool().path("size"));
    round
        .indexes()
        .fieldNames()
        .forEachRemaining(
            name -> {
              if (values.size() < 32) { // a node has seven at most
                put(values, name + "_synced", round.indexes().path(name).path("synced"));
              }
            });
    return values;
  }

  private static void put(Map<String, String> values, String name, JsonNode value) {
    if (value.isValueNode()) {
      values.put(name, value.asText());
    }
  }

  private static Optional<Finding> finding(Outcome outcome, Reason reason, String detail) {
    return Optional.of(Finding.of(outcome, reason, detail));
  }
}
