package org.bgpannouncer.probe.bitcoin.p2p;

import java.net.InetSocketAddress;
import org.bgpannouncer.probe.Reason;
import org.bgpannouncer.probe.bitcoin.p2p.wire.P2pMessage;
import org.bgpannouncer.probe.net.DialFailure;
import org.bgpannouncer.probe.net.Dialer;
import org.jspecify.annotations.Nullable;

/**
 * What is asked at the moment a held, verified connection ended by FIN or RST: is the process gone?
 * The P2P port is dialled again and, at the same moment, the witness (the RPC port), where there is
 * one. While the node may not be made to accept again, the witness is asked first: if nobody
 * listens there, the re-dial should not be accepted either and costs nothing.
 *
 * <pre>
 *   re-dial      witness            verdict
 *   refused      none or refused    proven: no process listens any more
 *   refused      accepts or silent  failed: REFUSED, which counts toward fall
 *   refused      accepted, ended    the same, and again
 *   reset        any                failed: RESET, and again
 *   other error  any                failed: that error
 *   accepted     any                accepted: the conversation goes on
 *   not allowed  refused            the re-dial is made after all
 *   not allowed  accepted, ended    deferred, and again
 *   not allowed  otherwise          deferred
 * </pre>
 *
 * <p>The kernel closes a dead process's sockets one after another, so the witness's may be the last
 * and accept a dial that its process never sees. Its end is worth another proof: it is told to the
 * listener with the verdict, or, because such a connection is kept open, after it. A dial that is
 * reset was accepted and ended in the same moment.
 *
 * <p>Exactly one verdict, within the dial timeout (twice that if the re-dial comes after the
 * witness), unless cancelled. Confined to the probe's loop.
 */
final class DeathProof {
  /** Told the verdict. */
  interface Listener {
    /** The process is gone. */
    void proven(String detail);

    /** The re-dial failed, but that proves nothing yet. */
    void unproven(DialFailure failure);

    /** The re-dial was accepted. */
    void accepted(Conversation conversation);

    /** The node may not be dialled now. */
    void deferred();

    /** After {@code unproven} or {@code deferred}: what had accepted has ended since. */
    void ended();
  }

  private enum Witness {
    ABSENT,
    ASKED,
    REFUSED,
    ACCEPTS,
    ENDED,
    SILENT
  }

  private final P2pContext context;
  private final Conversation redial;
  private final Listener listener;
  private final RedialPolicy policy;
  private final boolean mayRedial;
  private boolean redialled;
  private boolean over;
  private boolean lingering;
  private @Nullable DialFailure redialFailure;
  private Witness witness;
  private Dialer.@Nullable Dial witnessDial;

  /**
   * @param redial not dialled yet; its owner passes on what it hears to {@link #redialFailed} or
   *     {@link #redialAccepted}
   */
  DeathProof(P2pContext context, RedialPolicy policy, Conversation redial, Listener listener) {
    this.context = context;
    this.policy = policy;
    this.redial = redial;
    this.mayRedial = policy.mayRedialAtOnce(context.now());
    this.listener = listener;
    // Not ABSENT until asked: on loopback the re-dial may be refused before its call returns.
    this.witness = context.config.witness().isPresent() ? Witness.ASKED : Witness.ABSENT;
  }

  void start() {
    if (mayRedial) {
      redial();
    }
    context.config.witness().filter(address -> !over).ifPresent(this::askWitness);
    decide();
  }

  boolean isRedial(Conversation conversation) {
    return conversation == redial;
  }

  void redialFailed(DialFailure failure) {
    redialFailure = failure;
    decide();
  }

  void redialAccepted() {
    finish();
    if (mayRedial) {
      policy.redialledAtOnce();
    }
    listener.accepted(redial);
  }

  void cancel() {
    finish();
    redial.close();
  }

  private void redial() {
    redialled = true;
    redial.dial();
  }

  private void askWitness(InetSocketAddress address) {
    witnessDial =
        context.dialer.dial(
            address,
            context.config.source().orElse(null),
            context.timeoutNanos(),
            new Dialer.Handler<P2pMessage>() {
              @Override
              public void connected(Dialer.Link<P2pMessage> link) {
                witnessed(Witness.ACCEPTS);
              }

              @Override
              public void failed(DialFailure failure) {
                witnessed(
                    switch (failure.reason()) {
                      case REFUSED -> Witness.REFUSED;
                      case RESET -> Witness.ENDED;
                      default -> Witness.SILENT;
                    });
              }

              @Override
              public void received(P2pMessage message) {}

              @Override
              public void closed(Dialer.CloseCause cause, String detail) {
                if (cause == Dialer.CloseCause.OURS) {
                  return; // no sign of an end: the verdict stands as if it were still open
                }
                if (lingering) {
                  lingering = false;
                  listener.ended();
                } else {
                  witnessed(Witness.ENDED);
                }
              }
            });
  }

  private void witnessed(Witness answer) {
    witness = answer;
    decide();
  }

  private void decide() {
    if (over) {
      return;
    }
    if (!redialled) {
      switch (witness) {
        case ASKED -> {}
        case REFUSED -> {
          policy.redialledOnWitness(/* held= */ false);
          redial();
        }
        case ABSENT, SILENT -> {
          finish();
          listener.deferred();
        }
        case ACCEPTS -> {
          linger();
          listener.deferred();
        }
        case ENDED -> {
          finish();
          listener.deferred();
          listener.ended();
        }
      }
      return;
    }
    DialFailure failure = redialFailure;
    if (failure == null) {
      return;
    }
    if (failure.reason() != Reason.REFUSED) {
      finish();
      listener.unproven(failure);
      if (failure.reason() == Reason.RESET) {
        listener.ended();
      }
      return;
    }
    switch (witness) {
      case ASKED -> {}
      case ABSENT, REFUSED -> {
        finish();
        listener.proven(
            witness == Witness.REFUSED
                ? "re-dial refused, witness refused"
                : "re-dial refused, no witness configured");
      }
      case ACCEPTS -> {
        linger();
        listener.unproven(with(failure, "accepts"));
      }
      case ENDED -> {
        finish();
        listener.unproven(with(failure, "accepted and ended"));
        listener.ended();
      }
      case SILENT -> {
        finish();
        listener.unproven(with(failure, "does not answer"));
      }
    }
  }

  private static DialFailure with(DialFailure redial, String witness) {
    return new DialFailure(
        redial.outcome(), redial.reason(), redial.detail() + "; witness " + witness);
  }

  private void linger() {
    over = true;
    lingering = true;
  }

  private void finish() {
    over = true;
    lingering = false;
    Dialer.Dial dial = witnessDial;
    if (dial != null) {
      dial.cancel();
    }
  }
}
