package org.bgpannouncer.probe.bitcoin.p2p;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/**
 * The dials of the held connection: those whose TCP handshake is pending, which may overlap, and
 * when the next one starts: at the pace, or, to spare the node's slots, when {@link RedialPolicy}
 * says, unless a witness shows before that the node is gone. Confined to the probe's loop.
 */
final class Dials {
  /** Pending TCP handshakes at a time; bounds what a 10 ms interval would start in a timeout. */
  static final int MAX_PENDING = 8;

  private final P2pContext context;
  private final RedialPolicy policy;
  private final Supplier<Conversation> newConversation;
  private final BooleanSupplier late;
  private final Alarm next;
  private final WitnessPoll witness;
  private final Set<Conversation> pending = new LinkedHashSet<>();
  private boolean patient;
  private long startedNanos;

  /**
   * @param newConversation whose owner calls {@link #ended} when its dial succeeded or failed
   * @param late whether a late connection is held, so that dials follow each other fast
   */
  Dials(
      P2pContext context,
      RedialPolicy policy,
      Supplier<Conversation> newConversation,
      BooleanSupplier late) {
    this.context = context;
    this.policy = policy;
    this.newConversation = newConversation;
    this.late = late;
    this.next = context.alarm(this::start);
    this.witness = new WitnessPoll(context, this::witnessDead);
  }

  /** Dials now, and goes on at the interval. */
  void start() {
    turn(late.getAsBoolean() ? context.fastNanos() : context.attemptNanos());
    if (pending.size() < MAX_PENDING) {
      Conversation conversation = newConversation.get();
      pending.add(conversation);
      conversation.dial();
    }
  }

  /** The next dial comes when the pace has it. */
  void startAtPace() {
    turn(context.attemptNanos());
  }

  /**
   * The node accepted and closed: the next dial waits for its slots' sake.
   *
   * @param alone whether no connection is left that would tell of the node's end
   * @return for how long
   */
  long startPatiently(boolean alone) {
    long waitNanos = policy.lost(context.now());
    turn(waitNanos);
    patient = true;
    if (alone && policy.mayRedialOnWitness(context.now())) {
      witness.start();
    }
    return waitNanos;
  }

  private void turn(long waitNanos) {
    startedNanos = context.now();
    patient = false;
    witness.stop();
    next.set(waitNanos);
  }

  /** A late node may not be made to accept for our curiosity: dials once its witness is dead. */
  void startOnWitness() {
    if (policy.mayRedialOnWitness(context.now())) {
      witness.askNow();
    }
  }

  private void witnessDead() {
    if (policy.mayRedialOnWitness(context.now())) {
      policy.redialledOnWitness(late.getAsBoolean());
      start();
    }
  }

  /** Whether a dial will start by itself. */
  boolean isDue() {
    return next.isSet();
  }

  /** The pace became fast: the next dial comes forward unless it waits for the node's sake. */
  void hasten() {
    witness.hasten();
    if (!patient) {
      next.bringForward(startedNanos + context.fastNanos());
    }
  }

  /** The dial is over, either way. */
  void ended(Conversation conversation) {
    pending.remove(conversation);
  }

  /** Gives up what is pending, and starts no more. */
  void stop() {
    next.cancel();
    witness.stop();
    List<Conversation> all = new ArrayList<>(pending);
    pending.clear();
    all.forEach(Conversation::close);
  }
}
