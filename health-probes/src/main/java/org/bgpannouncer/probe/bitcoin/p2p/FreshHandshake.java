package org.bgpannouncer.probe.bitcoin.p2p;

import java.net.InetSocketAddress;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.bgpannouncer.probe.Observation;
import org.bgpannouncer.probe.Outcome;
import org.bgpannouncer.probe.Pace;
import org.bgpannouncer.probe.Reason;
import org.bgpannouncer.probe.bitcoin.BitcoinNetwork;
import org.bgpannouncer.probe.bitcoin.p2p.wire.VersionPayload;
import org.bgpannouncer.probe.net.DialFailure;
import org.bgpannouncer.probe.net.Dialer.CloseCause;
import org.jspecify.annotations.Nullable;

/**
 * Now and then a whole handshake, as a client would make it, to the service address where one is
 * configured: connect, version, verack, ping, close. The check {@code p2p.handshake}.
 *
 * <p>It has no timer: it rides on the pongs of the held connection, because a node that does not
 * answer there need not be asked to accept another connection. Start to start:
 *
 * <pre>
 *   after a dial that failed, or failed on our side     every pong
 *   inbound slots full                                  full-handshake-interval, and RedialPolicy
 *   pace FAST                                           ten fast intervals, so that rise is reached
 *   RPC counts no inbound peers, held for less than 1 h full-handshake-interval, and RedialPolicy
 *   otherwise                                           handshake-interval
 * </pre>
 *
 * <p>A local host whose kernel does not hold the service address is reported at every pong, without
 * a dial: anycast would carry it to another site. That counts toward {@code fall}, and pongs come
 * at the fast interval meanwhile. Confined to the probe's loop.
 */
final class FreshHandshake implements Conversation.Listener {
  private static final int FAST_INTERVALS = 10;

  private final P2pContext context;
  private final RedialPolicy policy;
  private final BindTest bindTest;
  private @Nullable Conversation current;
  private Map<String, String> values = Map.of();
  private boolean everStarted;
  private boolean failed;
  private boolean muted;
  private long startedNanos;
  private long mutedNanos;

  FreshHandshake(P2pContext context, RedialPolicy policy, BindTest bindTest) {
    this.context = context;
    this.policy = policy;
    this.bindTest = bindTest;
  }

  /** The held connection answered. */
  void alive() {
    if (current != null || addressMissing() || !isDue()) {
      return;
    }
    everStarted = true;
    startedNanos = context.now();
    Conversation conversation = new Conversation(context, target(), context.timeoutNanos(), this);
    current = conversation;
    conversation.dial();
  }

  void close() {
    Conversation conversation = current;
    current = null;
    if (conversation != null) {
      conversation.close();
    }
  }

  private InetSocketAddress target() {
    return context.config.serviceAddress().orElse(context.config.address());
  }

  private boolean isDue() {
    if (!policy.mayShakeHands(context.now(), mayBeFull())) {
      return false;
    }
    return !everStarted || failed || context.now() - startedNanos >= intervalNanos();
  }

  private boolean mayBeFull() {
    return context.full() || (!context.hasRoom() && !policy.isKept(context.now()));
  }

  private long intervalNanos() {
    long normal =
        mayBeFull()
            ? context.config.fullHandshakeInterval().toNanos()
            : context.config.handshakeInterval().toNanos();
    return context.pace == Pace.FAST && !context.full()
        ? Math.min(normal, FAST_INTERVALS * context.fastNanos())
        : normal;
  }

  private boolean addressMissing() {
    if (!context.config.serviceAddressLocal() || context.config.serviceAddress().isEmpty()) {
      return false;
    }
    Optional<DialFailure> failure = bindTest.failureOf(target().getAddress());
    failure.ifPresent(
        found -> {
          failed = true;
          if (found.reason() == Reason.LOCAL_ADDRESS) {
            context.report(
                P2pContext.HANDSHAKE,
                Outcome.HARD,
                Reason.SERVICE_ADDRESS_MISSING,
                "service-address: "
                    + target().getAddress().getHostAddress()
                    + " (expected: an address of this machine)");
          } else {
            context.report(P2pContext.HANDSHAKE, found);
          }
        });
    return failure.isPresent();
  }

  @Override
  public void connected(Conversation conversation) {
    if (mayBeFull()) {
      policy.accepted(context.now());
    }
  }

  @Override
  public void failed(Conversation conversation, DialFailure failure) {
    current = null;
    failed = true;
    muted = false;
    context.report(P2pContext.HANDSHAKE, failure);
  }

  @Override
  public void introduced(Conversation conversation, VersionPayload version) {
    values = context.judge(version, conversation.stages());
  }

  @Override
  public void answered(Conversation conversation) {
    end();
    muted = false;
    context.report(
        P2pContext.HANDSHAKE, Outcome.OK, Reason.PASSED, "", conversation.stages(), values);
  }

  @Override
  public void overdue(Conversation conversation) {
    String stage = conversation.stage().name().toLowerCase(Locale.ROOT);
    if (!muted) {
      muted = true;
      mutedNanos = conversation.askedNanos();
    }
    end();
    long millis = TimeUnit.NANOSECONDS.toMillis(context.now() - mutedNanos);
    context.report(
        P2pContext.HANDSHAKE,
        Outcome.SOFT,
        Reason.STALL,
        "no " + stage + " within " + context.config.cadence().timeout().toMillis() + " ms",
        conversation.stages(),
        Map.of(Observation.STALL_MILLIS, Long.toString(millis), StallClock.STALL_STAGE, stage));
  }

  @Override
  public void otherNetwork(Conversation conversation, BitcoinNetwork network) {
    lost(
        conversation,
        Outcome.HARD,
        Reason.WRONG_NETWORK,
        "network: " + network.key() + " (expected: " + context.config.network().key() + ")");
  }

  @Override
  public void closed(Conversation conversation, CloseCause cause, String detail) {
    switch (cause) {
      case PROTOCOL_ERROR -> lost(conversation, Outcome.HARD, Reason.PROTOCOL_ERROR, detail);
      case ERROR -> lost(conversation, Outcome.HARD, Reason.CLOSED, detail);
      case OURS -> lost(conversation, Outcome.UNKNOWN, Reason.INTERNAL_ERROR, detail);
      case FIN, RST -> {
        if (conversation.heard()) {
          lost(conversation, Outcome.SOFT, Reason.CLOSED, cause + " before the pong: " + detail);
        } else {
          context.seemsFull();
          lost(conversation, Outcome.SOFT, Reason.SATURATED, cause + " before a byte: " + detail);
        }
      }
    }
  }

  private void end() {
    failed = false;
    close();
  }

  /** It ended by itself, so it is no stall: the next one's silence begins anew. */
  private void lost(Conversation conversation, Outcome outcome, Reason reason, String detail) {
    end();
    muted = false;
    context.report(P2pContext.HANDSHAKE, outcome, reason, detail, conversation.stages(), Map.of());
  }
}
