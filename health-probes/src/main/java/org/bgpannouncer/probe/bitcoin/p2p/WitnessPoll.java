package org.bgpannouncer.probe.bitcoin.p2p;

import java.net.InetSocketAddress;
import org.bgpannouncer.probe.Outcome;
import org.bgpannouncer.probe.Reason;
import org.bgpannouncer.probe.bitcoin.p2p.wire.P2pMessage;
import org.bgpannouncer.probe.net.DialFailure;
import org.bgpannouncer.probe.net.Dialer;
import org.jspecify.annotations.Nullable;

/**
 * While the node itself may not be dialled for up to minutes: asks at the pace whether anybody
 * still listens on the witness's port, so that a node that dies meanwhile is not taken for one that
 * waits. A port that refuses is dead, and so is one that does not answer or cannot be reached: the
 * power may be gone. Silent where no witness is configured. Confined to the probe's loop.
 */
final class WitnessPoll {
  private final P2pContext context;
  private final Runnable onDead;
  private final Alarm next;
  private Dialer.@Nullable Dial dial;

  /**
   * @param onDead called when the witness is dead; the poll has stopped then
   */
  WitnessPoll(P2pContext context, Runnable onDead) {
    this.context = context;
    this.onDead = onDead;
    this.next = context.alarm(this::ask);
  }

  void start() {
    stop();
    if (context.config.witness().isPresent()) {
      next.set(context.attemptNanos());
    }
  }

  /** As {@link #start}, but the first time at once. */
  void askNow() {
    stop();
    ask();
  }

  void stop() {
    next.cancel();
    hangUp();
  }

  /** The pace became fast. */
  void hasten() {
    next.bringForward(context.now() + context.fastNanos());
  }

  private void ask() {
    context.config.witness().ifPresent(this::ask);
  }

  private void ask(InetSocketAddress witness) {
    dial =
        context.dialer.dial(
            witness,
            context.config.source().orElse(null),
            context.timeoutNanos(),
            new Dialer.Handler<P2pMessage>() {
              @Override
              public void connected(Dialer.Link<P2pMessage> link) {
                start();
              }

              @Override
              public void failed(DialFailure failure) {
                // A dial that is reset was accepted.
                if (failure.outcome() == Outcome.HARD && failure.reason() != Reason.RESET) {
                  stop();
                  onDead.run();
                } else {
                  start();
                }
              }

              @Override
              public void received(P2pMessage message) {}

              @Override
              public void closed(Dialer.CloseCause cause, String detail) {}
            });
  }

  private void hangUp() {
    Dialer.Dial current = dial;
    dial = null;
    if (current != null) {
      current.cancel();
    }
  }
}
