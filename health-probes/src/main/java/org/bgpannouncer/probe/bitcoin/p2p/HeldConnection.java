package org.bgpannouncer.probe.bitcoin.p2p;

import java.util.List;
import java.util.Map;
import org.bgpannouncer.probe.Observation.StageTiming;
import org.bgpannouncer.probe.Outcome;
import org.bgpannouncer.probe.Reason;
import org.bgpannouncer.probe.bitcoin.BitcoinNetwork;
import org.bgpannouncer.probe.bitcoin.p2p.wire.VersionPayload;
import org.bgpannouncer.probe.net.DialFailure;
import org.bgpannouncer.probe.net.Dialer.CloseCause;
import org.jspecify.annotations.Nullable;

/**
 * The one connection to a node that is kept, and the check {@code p2p.held}. There are up to three
 * kinds of conversation at a time: <em>held</em> (verified by a pong), <em>fresh</em> (accepted,
 * not verified yet) and <em>dials</em> (TCP handshake pending; they may overlap, start to start).
 *
 * <pre>
 *   state     held   fresh  dials  leaves by
 *   DIALLING  -      -      yes    connected: GREETING; failed: report, next dial at the pace
 *   WAITING   -      -      -      re-dial policy's wait, or a dead witness: DIALLING
 *   GREETING  -      yes    -      pong: HELD; overdue: MUTE; closed: WAITING or PROVING
 *   MUTE      -      yes    -      as GREETING; reports STALL at the pace, dials no more
 *   HELD      idle   -      -      ping time: ASKED; FIN or RST: PROVING
 *   ASKED     asked  -      -      pong: report OK, HELD; overdue: LATE; FIN or RST: PROVING
 *   LATE      asked  maybe  maybe  a pong on either: HELD; the fresh one overdue: STALL at the pace
 *   PROVING   -      -      one    DeathProof's verdict: DIALLING, GREETING or WAITING
 * </pre>
 *
 * <p>In LATE the dials follow each other at the fast interval whatever the pace: a powered-off host
 * sends neither FIN nor RST, and only their time-outs tell it from a mute node. Where the node may
 * be full and has spent its accepts of the hour, its witness is asked before it is dialled.
 * Confined to the probe's loop.
 */
final class HeldConnection implements Conversation.Listener, DeathProof.Listener {
  /** Told when the held connection answered. */
  interface Listener {
    /** The node lives and has just answered a ping. */
    void alive();
  }

  private final P2pContext context;
  private final RedialPolicy policy;
  private final Listener listener;
  private final StallClock stall;
  private final Dials dials;
  private final Alarm nextPing;
  private @Nullable Conversation held;
  private @Nullable Conversation fresh;
  private @Nullable DeathProof proof;
  private boolean provable;
  private boolean saturated;

  /** A proof with a verdict, whose witness had accepted and is watched for its end. */
  private @Nullable DeathProof lingering;

  private boolean secondProof;
  private long pingedNanos;
  private Map<String, String> values = Map.of();

  HeldConnection(P2pContext context, RedialPolicy policy, Listener listener) {
    this.context = context;
    this.policy = policy;
    this.listener = listener;
    this.stall = new StallClock(context);
    this.dials = new Dials(context, policy, this::newConversation, () -> held != null);
    this.nextPing = context.alarm(this::ping);
  }

  void start() {
    dials.start();
  }

  /** The pace became fast: what waits for its turn, and not for the node's sake, comes forward. */
  void hasten() {
    nextPing.bringForward(pingedNanos + context.fastNanos());
    dials.hasten();
    stall.hasten();
  }

  void close() {
    nextPing.cancel();
    stall.stop();
    stopDialling();
    drop(held);
    drop(fresh);
    held = null;
    fresh = null;
  }

  // Dialling.

  private void stopDialling() {
    dials.stop();
    DeathProof current = proof;
    if (current != null) {
      proof = null;
      current.cancel();
    }
    DeathProof watched = lingering;
    if (watched != null) {
      lingering = null;
      watched.cancel();
    }
  }

  private Conversation newConversation() {
    return new Conversation(
        context, context.config.address(), context.config.pongLate().toNanos(), this);
  }

  @Override
  public void failed(Conversation conversation, DialFailure failure) {
    DeathProof current = proof;
    if (current != null && current.isRedial(conversation)) {
      current.redialFailed(failure);
      return;
    }
    dials.ended(conversation);
    unaccepted(failure);
  }

  @Override
  public void connected(Conversation conversation) {
    policy.accepted(context.now());
    DeathProof current = proof;
    if (current != null && current.isRedial(conversation)) {
      current.redialAccepted();
      return;
    }
    dials.ended(conversation);
    stopDialling();
    fresh = conversation;
  }

  // Talking.

  @Override
  public void introduced(Conversation conversation, VersionPayload version) {
    values = context.judge(version, conversation.stages());
  }

  @Override
  public void answered(Conversation conversation) {
    boolean verifiedNow = conversation == fresh;
    if (verifiedNow) {
      drop(held);
      held = conversation;
      policy.verified(context.now());
    } else {
      drop(fresh);
    }
    fresh = null;
    provable = false;
    stopDialling();
    stall.stop();
    context.report(P2pContext.HELD, Outcome.OK, Reason.PASSED, "", conversation.stages(), values);
    pingedNanos = verifiedNow ? context.now() : pingedNanos;
    nextPing.set(pingedNanos + context.pingNanos() - context.now());
    listener.alive();
  }

  private void ping() {
    pingedNanos = context.now();
    Conversation current = held;
    if (current != null) {
      current.ask();
    }
  }

  @Override
  public void overdue(Conversation conversation) {
    stall.start(conversation);
    if (conversation == fresh) {
      stall.report(Reason.STALL);
    } else {
      stall.once(Reason.PONG_LATE);
      dialBesides();
    }
  }

  /** Asks by a fresh dial whether a late node is mute or gone. */
  private void dialBesides() {
    if (fresh == null && (context.hasRoom() || policy.mayDialBesides(context.now()))) {
      dials.start();
    } else if (fresh == null) {
      stall.report(Reason.STALL);
      dials.startOnWitness();
    }
  }

  // Losing.

  @Override
  public void otherNetwork(Conversation conversation, BitcoinNetwork network) {
    forget(conversation);
    stall.stop();
    report(
        Outcome.HARD,
        Reason.WRONG_NETWORK,
        "network: " + network.key() + " (expected: " + context.config.network().key() + ")",
        conversation.stages());
    dials.startAtPace();
  }

  @Override
  public void closed(Conversation conversation, CloseCause cause, String detail) {
    boolean wasHeld = conversation == held;
    boolean ended = cause == CloseCause.FIN || cause == CloseCause.RST;
    forget(conversation);
    if (cause == CloseCause.OURS) {
      lostByUs(conversation, detail);
    } else if (cause == CloseCause.PROTOCOL_ERROR) {
      lostBadly(conversation, Reason.PROTOCOL_ERROR, detail);
    } else if (!ended) {
      lostBadly(conversation, Reason.CLOSED, detail);
    } else if (wasHeld || provable) {
      provable = true;
      secondProof = false;
      saturated = !wasHeld && !conversation.heard();
      if (fresh == null) {
        prove();
      }
    } else if (stall.isRunning() && held == null) {
      muteEnded(conversation, cause, detail);
    } else {
      closedEarly(conversation, cause, detail);
    }
  }

  private void forget(Conversation conversation) {
    if (conversation == held) {
      held = null;
      nextPing.cancel();
    } else if (conversation == fresh) {
      fresh = null;
      stall.pause();
    }
  }

  /** The connection broke in a way that is no sign of a full node: dial on at the pace. */
  private void lostBadly(Conversation conversation, Reason reason, String detail) {
    report(Outcome.HARD, reason, detail, conversation.stages());
    if (fresh == null && held == null) {
      stall.stop();
    }
    if (fresh == null && !dials.isDue()) {
      dials.startAtPace();
    }
  }

  /** Our own side failed: holds, and waits, since each accept may cost the node a peer. */
  private void lostByUs(Conversation conversation, String detail) {
    provable = false;
    report(Outcome.UNKNOWN, Reason.INTERNAL_ERROR, detail, conversation.stages());
    if (held != null) {
      stall.report(Reason.STALL); // the late one is still there, and still late
    } else if (fresh == null) {
      stall.stop();
    }
    if (fresh == null) {
      stopDialling();
      dials.startPatiently(held == null);
    }
  }

  /** Accepted, but closed before it was verified: what full nodes do. */
  private void closedEarly(Conversation conversation, CloseCause cause, String detail) {
    // A full node that closes with our version unread answers it with RST instead of FIN.
    saturated = !conversation.heard();
    waitFor(
        cause + " before " + (saturated ? "a byte" : "the pong") + ": " + detail,
        conversation.stages());
    if (held != null) {
      stall.report(Reason.STALL); // the late one is still there, and still late
    }
  }

  /** A node that was mute for a while is gone now: not a full one, so it may be dialled at once. */
  private void muteEnded(Conversation conversation, CloseCause cause, String detail) {
    stall.stop();
    saturated = false;
    if (policy.mayRedialAtOnce(context.now())) {
      policy.redialledAtOnce();
      dials.start();
    } else {
      waitFor(cause + " after a stall: " + detail, conversation.stages());
    }
  }

  private void waitFor(String detail, List<StageTiming> stages) {
    if (saturated) {
      context.seemsFull();
    }
    long waitNanos = dials.startPatiently(held == null);
    report(
        Outcome.SOFT,
        saturated ? Reason.SATURATED : Reason.CLOSED,
        detail + "; next dial in " + waitNanos / 1_000_000_000 + " s",
        stages);
  }

  private void prove() {
    stall.stop();
    stopDialling();
    long now = context.now();
    if (policy.mayRedialAtOnce(now) || policy.mayRedialOnWitness(now)) {
      DeathProof started = new DeathProof(context, policy, newConversation(), this);
      proof = started;
      started.start();
    } else {
      deferred();
    }
  }

  @Override
  public void proven(String detail) {
    proof = null;
    provable = false;
    refused();
    report(Outcome.HARD, Reason.PROVEN_DEAD, "held connection ended; " + detail, List.of());
    dials.startAtPace();
  }

  @Override
  public void unproven(DialFailure failure) {
    letLinger();
    provable = false;
    unaccepted(failure);
    dials.startAtPace();
  }

  @Override
  public void accepted(Conversation conversation) {
    proof = null;
    fresh = conversation;
    context.seemsFull();
    report(
        Outcome.SOFT,
        Reason.CLOSED,
        "held connection ended, re-dial accepted",
        conversation.stages());
  }

  @Override
  public void deferred() {
    letLinger();
    provable = false;
    context.seemsFull();
    waitFor("the connection ended again", List.of());
  }

  // Once for each loss: a port that closes whatever it accepts must not make us dial in circles.
  @Override
  public void ended() {
    lingering = null;
    if (!secondProof && held == null && fresh == null) {
      secondProof = true;
      prove();
    }
  }

  private void letLinger() {
    lingering = proof;
    proof = null;
  }

  private void unaccepted(DialFailure failure) {
    if (failure.reason() == Reason.REFUSED) {
      refused();
    }
    context.report(P2pContext.HELD, failure);
  }

  private void refused() {
    policy.refused();
    context.restarted();
  }

  private void report(Outcome outcome, Reason reason, String detail, List<StageTiming> stages) {
    context.report(P2pContext.HELD, outcome, reason, detail, stages, Map.of());
  }

  private static void drop(@Nullable Conversation conversation) {
    if (conversation != null) {
      conversation.close();
    }
  }
}
