package org.bgpannouncer.probe.bitcoin.rpc;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.function.Function;
import org.bgpannouncer.probe.Observation.StageTiming;
import org.bgpannouncer.probe.Outcome;
import org.bgpannouncer.probe.Reason;
import org.bgpannouncer.probe.bitcoin.NodeFacts;
import org.bgpannouncer.probe.finding.Finding;
import org.bgpannouncer.probe.time.Loop;
import org.jspecify.annotations.Nullable;

/**
 * The series {@code rpc.chain}, {@code rpc.node} and {@code rpc.pinning}: the calls that wait for
 * the node's main lock, one at a time on one connection.
 *
 * <p>A call is sent only while the node shows signs of life, and never twice. One that stays
 * unanswered is a stall of the chain: SOFT after 60 s, HARD after 15 min, while {@code
 * rpc.liveness} may well be OK. Long block connections and cache flushes do that to a healthy node,
 * hence the long clock.
 *
 * <p>Confined to its loop.
 */
final class ChainCalls {
  static final Duration STALL_SOFT = Duration.ofSeconds(60);
  static final Duration STALL_HARD = Duration.ofMinutes(15);

  static final String CHAIN_METHOD = "getblockchaininfo";
  private static final String NETWORK = "getnetworkinfo";
  private static final String NOTIFIERS = "getzmqnotifications";
  private static final String MEMPOOL = "getmempoolinfo";
  private static final String INDEXES = "getindexinfo";
  static final String PEERS = "getpeerinfo";
  static final List<String> SLOW_METHODS = List.of(NETWORK, NOTIFIERS, MEMPOOL, INDEXES);

  private final Loop loop;
  private final RpcConfig config;
  private final NodeFacts facts;
  private final Reporter reporter;
  private final RpcSocket socket;
  private final ChainView chainView;
  private final NodeView nodeView;
  private final Runnable suspect;
  private final Queue<String> round = new ArrayDeque<>();
  private final Map<String, JsonNode> roundResults = new HashMap<>();

  /** Of every call of the round so far: each is made once. */
  private final List<StageTiming> roundStages = new ArrayList<>();

  private Loop.@Nullable Timer timer;
  private Loop.@Nullable Timer stallTimer;
  private long nextChainNanos;
  private long nextRoundNanos;
  private long callStartNanos;
  private String method = "";
  private String activeCommands = "";
  private long height = -1;
  private boolean fullByRpc;
  private boolean everShut;
  private boolean nodeReported;
  private boolean overdue;
  private boolean open;
  private boolean standIn;
  private boolean closed;

  /**
   * @param suspect called when a dial fails in a way that may concern the whole node
   */
  ChainCalls(
      Loop loop,
      RpcConfig config,
      NodeFacts facts,
      Reporter reporter,
      Function<Runnable, RpcSocket> socket,
      Runnable suspect) {
    this.loop = loop;
    this.config = config;
    this.facts = facts;
    this.reporter = reporter;
    this.suspect = suspect;
    this.socket = socket.apply(suspect);
    this.chainView = new ChainView(config);
    this.nodeView = new NodeView(config);
    this.nextChainNanos = loop.nanoTime();
    this.nextRoundNanos = loop.nanoTime();
  }

  /** The node shows signs of life: calls may be sent. */
  void open() {
    if (!open) {
      // Until its next answer the node's view is UNKNOWN, which holds the host back: a node that
      // returned must not wait a slow interval for it.
      long soonNanos = loop.nanoTime() + config.chainInterval().toNanos();
      nextRoundNanos -= Math.max(0, nextRoundNanos - soonNanos);
    }
    open = true;
    pump();
  }

  /**
   * The node is mute, gone or overloaded: what was sent is waited for, nothing more is sent, and
   * its chain is not known.
   */
  void shut(Reason why) {
    if (open || !everShut) {
      String detail = "not asked while rpc.liveness is " + why;
      reporter.report(Reporter.CHAIN, Finding.of(Outcome.UNKNOWN, why, detail), List.of());
      reporter.report(Reporter.NODE, Finding.of(Outcome.UNKNOWN, why, detail), List.of());
      pinningUnknown(why, detail);
    }
    everShut = true;
    open = false;
  }

  /** Whether the answers stand for {@code rpc.liveness} too. */
  void standInForLiveness(boolean standsIn) {
    standIn = standsIn;
  }

  /** The node runs anew and no longer works on what it was asked before. */
  void nodeRestarted() {
    chainView.nodeRestarted();
    if (overdue) {
      socket.close();
      endCall();
      round.clear();
    }
  }

  /** Whether a call is overdue and nobody knows yet what holds it up. */
  boolean wantsActiveCommands() {
    return overdue && activeCommands.isEmpty();
  }

  /** The answer to {@link #wantsActiveCommands}. */
  void activeCommands(JsonNode commands) {
    List<String> texts = new ArrayList<>();
    for (JsonNode command : commands) {
      if (texts.size() < 8 && !command.path("method").asText().equals("getrpcinfo")) {
        long seconds = command.path("duration").asLong() / 1_000_000; // microseconds
        texts.add(command.path("method").asText() + " " + seconds + " s");
      }
    }
    activeCommands = texts.isEmpty() ? " " : "; running: " + String.join(", ", texts);
  }

  void close() {
    closed = true;
    endCall();
    if (timer != null) {
      timer.cancel();
    }
    socket.close();
  }

  private void pump() {
    if (closed || !open || socket.busy()) {
      return;
    }
    if (timer != null) {
      timer.cancel();
      timer = null;
    }
    long nowNanos = loop.nanoTime();
    if (nextChainNanos - nowNanos <= 0) {
      nextChainNanos = nowNanos + config.chainInterval().toNanos();
      send(CHAIN_METHOD);
      return;
    }
    if (round.isEmpty() && nextRoundNanos - nowNanos <= 0) {
      startRound(nowNanos);
    }
    String next = round.peek();
    if (next != null) {
      send(next);
    } else {
      long dueNanos = Math.min(nextChainNanos - nowNanos, nextRoundNanos - nowNanos);
      timer = loop.schedule(dueNanos, this::pump);
    }
  }

  private void startRound(long nowNanos) {
    nextRoundNanos = nowNanos + config.slowInterval().toNanos();
    roundResults.clear();
    roundStages.clear();
    round.addAll(SLOW_METHODS);
    if (config.pinning().isPresent()) {
      round.add(PEERS);
    }
  }

  private void send(String name) {
    method = name;
    callStartNanos = loop.nanoTime();
    stallTimer = loop.schedule(STALL_SOFT.toNanos(), this::reportStall);
    socket.call(
        name,
        config.chainTimeout().toNanos(),
        new RpcSocket.Call() {
          @Override
          public void overdue() {
            passedDeadline();
          }

          @Override
          public void done(RpcAnswer answer, List<StageTiming> stages) {
            endCall();
            if (name.equals(CHAIN_METHOD)) {
              chainAnswered(answer, stages);
            } else {
              slowAnswered(name, answer, stages);
            }
            pump();
          }
        });
  }

  private void passedDeadline() {
    overdue = true;
    if (!open) {
      return;
    }
    Finding unknown = Finding.of(Outcome.UNKNOWN, Reason.STALL, method + " is not answered yet");
    report(unknown, List.of());
    if (!nodeReported) {
      reportNode(unknown);
    }
  }

  private void reportNode(Finding verdict) {
    nodeReported = true;
    reporter.report(Reporter.NODE, verdict, roundStages);
  }

  private void endCall() {
    overdue = false;
    activeCommands = "";
    if (stallTimer != null) {
      stallTimer.cancel();
      stallTimer = null;
    }
  }

  private void reportStall() {
    long stalledNanos = loop.nanoTime() - callStartNanos;
    boolean expired = stalledNanos >= STALL_HARD.toNanos();
    if (open) { // else the node is mute as a whole, which is what rpc.liveness says
      report(
          Finding.of(
              expired ? Outcome.HARD : Outcome.SOFT,
              expired ? Reason.STALL_EXPIRED : Reason.STALL,
              method
                  + " unanswered for "
                  + Duration.ofNanos(stalledNanos).toSeconds()
                  + " s"
                  + activeCommands.stripTrailing()),
          List.of());
    }
    long nextNanos = config.chainInterval().toNanos();
    stallTimer =
        loop.schedule(
            expired ? nextNanos : Math.min(nextNanos, STALL_HARD.toNanos() - stalledNanos),
            this::reportStall);
  }

  private void report(Finding verdict, List<StageTiming> stages) {
    reporter.report(Reporter.CHAIN, verdict, stages);
    if (standIn) {
      reporter.report(Reporter.LIVENESS, asLiveness(verdict), stages);
    }
  }

  // For liveness it counts that and how the node answered, not what its chain looks like.
  private static Finding asLiveness(Finding chain) {
    return switch (chain.reason()) {
      case WRONG_NETWORK, INITIAL_BLOCK_DOWNLOAD, BEHIND_HEADERS, PRUNED ->
          Finding.passed(chain.values());
      default -> chain;
    };
  }

  private void chainAnswered(RpcAnswer answer, List<StageTiming> stages) {
    if (answer.outcome() == Outcome.HARD) {
      // For liveness its own dial speaks: one dead listener is not counted twice there.
      reporter.report(Reporter.CHAIN, answer.finding(), stages);
      suspect.run();
      return;
    }
    if (!answer.isOk()) {
      report(answer.finding(), stages);
      return;
    }
    String tipBefore = chainView.tip();
    Finding verdict = chainView.observe(answer.result(), loop.nanoTime());
    height = answer.result().path("blocks").asLong(-1);
    report(verdict, stages);
    // Neither hashblock nor rawblock is notified during the initial download.
    boolean downloading = answer.result().path("initialblockdownload").asBoolean(false);
    if (tipBefore != null && !tipBefore.equals(chainView.tip()) && !downloading) {
      facts.tipChanged();
    }
  }

  private void slowAnswered(String name, RpcAnswer answer, List<StageTiming> stages) {
    round.poll();
    roundStages.addAll(stages);
    if (answer.isOk()) {
      if (!name.equals(PEERS)) {
        roundResults.put(name, answer.result());
      }
      if (name.equals(NOTIFIERS)) {
        facts.notifiers(notifiers(answer.result()));
      }
    } else if (!mayLack(name, answer.reason())) {
      round.clear(); // the others would fail alike, and without this one the round is not whole
      if (answer.outcome() == Outcome.NOT_READY) {
        // The word holds the whole host back: once it is ready, a slow interval is long to wait.
        long soonNanos = loop.nanoTime() + config.chainInterval().toNanos();
        nextRoundNanos -= Math.max(0, nextRoundNanos - soonNanos);
      }
      breakOff(name, answer);
      return;
    }
    if (name.equals(PEERS)) {
      pinning(answer, stages);
    }
    if (round.isEmpty()) {
      if (roundResults.isEmpty()) {
        reportNode(answer.finding()); // the node lacks them all
      } else {
        reportNode(judge());
      }
    }
  }

  /** What it said before says nothing of now. */
  private void pinningUnknown(Reason why, String detail) {
    if (config.pinning().isPresent()) {
      Finding unknown = Finding.of(Outcome.UNKNOWN, why, detail);
      reporter.report(Reporter.PINNING, unknown, List.of());
    }
  }

  /** What the node may not tell is not judged, and no remark either. */
  private void pinning(RpcAnswer answer, List<StageTiming> stages) {
    Finding finding =
        answer.isOk()
            ? PinningView.of(
                config.pinning().orElseThrow(),
                answer.result(),
                roundResults.getOrDefault(NETWORK, MissingNode.getInstance()))
            : new Finding(Outcome.OK, Reason.PASSED, "not judged: " + answer.detail(), Map.of());
    reporter.report(Reporter.PINNING, finding, stages);
  }

  /** Whether a node without {@code name} is judged by what its other methods say. */
  private boolean mayLack(String name, Reason reason) {
    boolean needed = name.equals(INDEXES) && !config.requiredIndexes().isEmpty();
    boolean lacking =
        reason == Reason.CAPABILITY_OFF || (reason == Reason.FORBIDDEN && !name.equals(NETWORK));
    // Of some 500 peers it is longer than we read.
    boolean unreadable = name.equals(PEERS) && reason == Reason.BAD_ANSWER;
    return (lacking && !needed) || unreadable;
  }

  // A round that is not whole must not pass, but what it found before is found.
  private void breakOff(String name, RpcAnswer answer) {
    if (answer.outcome() == Outcome.HARD) {
      suspect.run();
    }
    Finding unanswered =
        Finding.of(
            answer.outcome() == Outcome.NOT_READY ? Outcome.NOT_READY : Outcome.UNKNOWN,
            answer.reason(),
            name + ": " + answer.detail());
    pinningUnknown(unanswered.reason(), unanswered.detail());
    Finding judged = roundResults.isEmpty() ? unanswered : judge();
    reportNode(unanswered.or(judged).with(judged.values()));
  }

  private Finding judge() {
    JsonNode network = roundResults.getOrDefault(NETWORK, MissingNode.getInstance());
    inbound(network.path("connections_in"));
    NodeView.Round answered =
        new NodeView.Round(
            network,
            roundResults.getOrDefault(MEMPOOL, MissingNode.getInstance()),
            roundResults.getOrDefault(INDEXES, MissingNode.getInstance()),
            height,
            chainView.behind());
    Finding verdict = nodeView.observe(answered, loop.nanoTime());
    if (nodeView.inactive()) { // the verdict waits for a second look
      nextRoundNanos = loop.nanoTime() + config.chainInterval().toNanos();
    }
    return verdict;
  }

  // P2P may know better of a node with fewer slots: only what RPC set is taken back by RPC.
  private void inbound(JsonNode connections) {
    boolean full =
        connections.isIntegralNumber()
            && NodeView.isFull(connections.longValue(), config.inboundSlots());
    if (full || fullByRpc) {
      facts.inboundFull(full);
    }
    fullByRpc = full;
    facts.inboundCounted(connections.isIntegralNumber());
  }

  private static List<NodeFacts.Notifier> notifiers(JsonNode lines) {
    List<NodeFacts.Notifier> found = new ArrayList<>();
    for (JsonNode line : lines) {
      String type = line.path("type").asText();
      if (found.size() < 256) {
        found.add(
            new NodeFacts.Notifier(
                type.startsWith("pub") ? type.substring(3) : type, line.path("address").asText()));
      }
    }
    return found;
  }
}
