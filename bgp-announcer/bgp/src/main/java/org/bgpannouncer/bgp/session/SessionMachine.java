package org.bgpannouncer.bgp.session;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.bgpannouncer.bgp.BgpError;
import org.bgpannouncer.bgp.BgpMessage;
import org.bgpannouncer.bgp.KeepaliveMessage;
import org.bgpannouncer.bgp.NotificationMessage;
import org.bgpannouncer.bgp.Octets;
import org.bgpannouncer.bgp.OpenMessage;
import org.bgpannouncer.bgp.session.SessionEvent.EndCause;
import org.bgpannouncer.route.IpAddress;
import org.jspecify.annotations.Nullable;

/**
 * The state machine of one session (RFC 4271 section 8.2.2) from the TCP connection on, whoever
 * dialled it: an input and the time go in, effects come out. Pure: no clock, no thread, no socket.
 *
 * <pre>
 * phase         OPEN           KEEPALIVE     UPDATE        NOTIFICATION  hold time passed
 * ACTIVE        -              -             -             -             -
 * OPEN_SENT     OPEN_CONFIRM   5/1           5/1           IDLE          4/0
 * OPEN_CONFIRM  5/2            ESTABLISHED   5/2           IDLE          4/0
 * ESTABLISHED   5/3            restart hold  restart hold  IDLE          4/0
 * IDLE          -              -             -             -             -
 * </pre>
 *
 * <p>A pair of numbers is the NOTIFICATION that is sent before the session goes IDLE.
 */
final class SessionMachine {
  /** RFC 4271 section 8.2.2: "a large value", suggested are 4 minutes, until the OPEN is here. */
  static final Duration OPEN_HOLD_TIME = Duration.ofMinutes(4);

  private final SessionConfig config;
  private final List<SessionEffect> effects = new ArrayList<>();
  private SessionPhase phase = SessionPhase.ACTIVE;
  private @Nullable Negotiated negotiated;
  private @Nullable Long holdDeadlineNanos;
  private @Nullable Long keepaliveDeadlineNanos;

  SessionMachine(SessionConfig config) {
    this.config = config;
  }

  SessionPhase phase() {
    return phase;
  }

  /** When to hand in {@link SessionInput.TimePassed}; empty when nothing waits. */
  OptionalLong deadlineNanos() {
    Long hold = holdDeadlineNanos;
    Long keepalive = keepaliveDeadlineNanos;
    if (hold == null) {
      return OptionalLong.empty();
    }
    return OptionalLong.of(keepalive != null && keepalive - hold < 0 ? keepalive : hold);
  }

  /** One step; the effects are to be carried out in order. */
  List<SessionEffect> step(SessionInput input, long nowNanos) {
    if (phase != SessionPhase.IDLE) {
      dispatch(input, nowNanos);
    }
    List<SessionEffect> result = List.copyOf(effects);
    effects.clear();
    return result;
  }

  private void dispatch(SessionInput input, long nowNanos) {
    if (input instanceof SessionInput.Connected) {
      connected(nowNanos);
    } else if (input instanceof SessionInput.Arrived arrived) {
      arrived(arrived.message(), nowNanos);
    } else if (input instanceof SessionInput.Unreadable unreadable) {
      endWith(unreadable.notification(), unreadable.text());
    } else if (input instanceof SessionInput.TimePassed) {
      timePassed(nowNanos);
    } else if (input instanceof SessionInput.ConnectionLost lost) {
      end(EndCause.CONNECTION_LOST, Optional.empty(), lost.text());
    } else if (input instanceof SessionInput.Stopped stopped) {
      endWith(stopped.notification(), "stopped");
    }
  }

  private void connected(long nowNanos) {
    phase = phase.transitionTo(SessionPhase.OPEN_SENT);
    holdDeadlineNanos = nowNanos + OPEN_HOLD_TIME.toNanos();
    report(new SessionEvent.Connected());
    send(config.open());
  }

  private void arrived(BgpMessage message, long nowNanos) {
    switch (message.type()) {
      case OPEN -> openArrived((OpenMessage) message, nowNanos);
      case KEEPALIVE -> keepaliveArrived(nowNanos);
      case UPDATE, ROUTE_REFRESH -> {
        if (phase == SessionPhase.ESTABLISHED) {
          restartHold(nowNanos);
        } else {
          unexpected(message);
        }
      }
      case NOTIFICATION -> {
        NotificationMessage notification = (NotificationMessage) message;
        end(EndCause.NOTIFICATION_RECEIVED, Optional.of(notification), notification.toString());
      }
    }
  }

  private void openArrived(OpenMessage open, long nowNanos) {
    if (phase != SessionPhase.OPEN_SENT) {
      unexpected(open);
      return;
    }
    Optional<Refusal> refusal = refusalOf(open);
    if (refusal.isPresent()) {
      endWith(refusal.get().notification(), refusal.get().text());
      return;
    }
    Negotiated agreed = Negotiated.between(config, open);
    negotiated = agreed;
    phase = phase.transitionTo(SessionPhase.OPEN_CONFIRM);
    effects.add(new SessionEffect.Agree(agreed));
    send(KeepaliveMessage.INSTANCE);
    // Without a hold time that of the OPEN goes on: who says no more must not keep its place.
    if (!agreed.holdTime().isZero()) {
      restartHold(nowNanos);
    }
    restartKeepalive(nowNanos);
  }

  private void keepaliveArrived(long nowNanos) {
    Negotiated agreed = negotiated;
    if (phase == SessionPhase.OPEN_CONFIRM && agreed != null) {
      phase = phase.transitionTo(SessionPhase.ESTABLISHED);
      restartHold(nowNanos);
      report(new SessionEvent.Established(agreed));
    } else if (phase == SessionPhase.ESTABLISHED) {
      restartHold(nowNanos);
    } else {
      unexpected(KeepaliveMessage.INSTANCE);
    }
  }

  private void timePassed(long nowNanos) {
    Long hold = holdDeadlineNanos;
    Long keepalive = keepaliveDeadlineNanos;
    if (hold != null && nowNanos - hold >= 0) {
      endWith(NotificationMessage.of(BgpError.HOLD_TIMER_EXPIRED), "nothing heard: hold time");
    } else if (keepalive != null && nowNanos - keepalive >= 0) {
      send(KeepaliveMessage.INSTANCE);
      restartKeepalive(nowNanos);
    }
  }

  private void restartHold(long nowNanos) {
    holdDeadlineNanos = after(negotiated == null ? Duration.ZERO : negotiated.holdTime(), nowNanos);
  }

  private void restartKeepalive(long nowNanos) {
    keepaliveDeadlineNanos =
        after(negotiated == null ? Duration.ZERO : negotiated.keepaliveInterval(), nowNanos);
  }

  private static @Nullable Long after(Duration time, long nowNanos) {
    return time.isZero() ? null : nowNanos + time.toNanos();
  }

  private record Refusal(NotificationMessage notification, String text) {
    static Optional<Refusal> of(BgpError error, String text) {
      return Optional.of(new Refusal(NotificationMessage.of(error), text));
    }
  }

  /** RFC 4271 section 6.2; what is in the octets alone, the codec has refused already. */
  private Optional<Refusal> refusalOf(OpenMessage open) {
    long as = open.as();
    if (as == 0 || (config.peerAs().isPresent() && config.peerAs().getAsLong() != as)) {
      String expected = config.peerAs().isPresent() ? "" + config.peerAs().getAsLong() : "not 0";
      return Refusal.of(BgpError.BAD_PEER_AS, "peer AS: " + as + " (expected: " + expected + ")");
    }
    IpAddress id = open.routerId();
    boolean isZero = id.equals(IpAddress.of(new byte[4]));
    // RFC 6286 section 2.2: unique within an AS.
    boolean isOurs = id.equals(config.routerId()) && as == config.localAs();
    if (isZero || isOurs) {
      return Refusal.of(
          BgpError.BAD_BGP_IDENTIFIER,
          "router-id: " + id + " (expected: neither 0.0.0.0 nor ours)");
    }
    if (open.holdTimeSeconds() == 1 || open.holdTimeSeconds() == 2) {
      return Refusal.of(
          BgpError.UNACCEPTABLE_HOLD_TIME,
          "hold time: " + open.holdTimeSeconds() + " (expected: 0 or 3 and more)");
    }
    return Optional.empty();
  }

  private void unexpected(BgpMessage message) {
    BgpError error =
        switch (phase) {
          case OPEN_SENT -> BgpError.UNEXPECTED_IN_OPEN_SENT;
          case OPEN_CONFIRM -> BgpError.UNEXPECTED_IN_OPEN_CONFIRM;
          case ESTABLISHED -> BgpError.UNEXPECTED_IN_ESTABLISHED;
          case ACTIVE, IDLE -> BgpError.FSM_ERROR;
        };
    // RFC 6608 section 3: the data is the type of the message.
    Octets type = Octets.of((byte) message.type().code());
    endWith(
        NotificationMessage.of(error, type),
        "message: " + message.type() + " in " + phase + " (expected: what the phase allows)");
  }

  private void endWith(NotificationMessage notification, String text) {
    if (phase != SessionPhase.ACTIVE) {
      send(notification);
    }
    end(EndCause.NOTIFICATION_SENT, Optional.of(notification), text);
  }

  private void end(EndCause cause, Optional<NotificationMessage> notification, String text) {
    phase = phase.transitionTo(SessionPhase.IDLE);
    holdDeadlineNanos = null;
    keepaliveDeadlineNanos = null;
    effects.add(new SessionEffect.Close());
    report(new SessionEvent.Ended(cause, notification, text));
  }

  private void send(BgpMessage message) {
    effects.add(new SessionEffect.Send(message));
  }

  private void report(SessionEvent event) {
    effects.add(new SessionEffect.Report(event));
  }
}
