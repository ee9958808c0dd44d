package org.bgpannouncer.bgp.session;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.DoubleSupplier;
import org.bgpannouncer.bgp.BgpError;
import org.bgpannouncer.bgp.BgpMessage;
import org.bgpannouncer.bgp.KeepaliveMessage;
import org.bgpannouncer.bgp.NotificationMessage;
import org.bgpannouncer.bgp.Octets;
import org.bgpannouncer.bgp.OpenMessage;
import org.bgpannouncer.bgp.session.SessionEvent.EndCause;
import org.jspecify.annotations.Nullable;

/**
 * The state machine of one connection (RFC 4271 section 8.2.2): an input and the time go in,
 * effects come out. What each event does in each state stands in {@link FsmTable}. It lives from
 * the TCP connection, whoever dialled it, to the end of the session; what a peer does before and
 * between is {@link PeerMachine}'s. Pure: no clock, no thread, no socket.
 */
final class SessionMachine {
  /** RFC 4271 section 8.2.2: "a large value", suggested are 4 minutes, until the OPEN is here. */
  static final Duration OPEN_HOLD_TIME = Duration.ofMinutes(4);

  /**
   * From the end of the hold time to the verdict. The thread that judges may itself be late, with
   * octets of the peer in the socket; a loop that is handed a later time reads all of its sockets
   * before.
   */
  static final Duration LAST_READ = Duration.ofMillis(1);

  /** RFC 4271 section 4.4: no more than one KEEPALIVE a second. */
  private static final Duration MIN_KEEPALIVE = Duration.ofSeconds(1);

  private static final int OPEN_ERROR_CODE = 2;
  private static final int UPDATE_ERROR_CODE = 3;
  private static final Ending NO_ENDING =
      new Ending(EndCause.CONNECTION_LOST, Optional.empty(), "");

  private final SessionConfig config;
  private final DoubleSupplier jitter;
  private final FsmEvent connectedBy;
  private final List<SessionEffect> effects = new ArrayList<>();
  private SessionPhase phase;
  private boolean ended;
  private @Nullable Negotiated negotiated;
  private @Nullable Long holdDeadlineNanos;
  private @Nullable Long keepaliveDeadlineNanos;
  private boolean lastRead;

  /** How it ends, for the NOTIFICATION and for the report. */
  private record Ending(EndCause cause, Optional<NotificationMessage> notification, String text) {
    static Ending sent(NotificationMessage notification, String text) {
      return new Ending(EndCause.NOTIFICATION_SENT, Optional.of(notification), text);
    }
  }

  private SessionMachine(
      SessionConfig config, SessionPhase phase, FsmEvent connectedBy, DoubleSupplier jitter) {
    this.config = config;
    this.phase = phase;
    this.connectedBy = connectedBy;
    this.jitter = jitter;
  }

  /** The machine of a connection that we dial; {@code jitter} gives factors of 0.75 to 1. */
  static SessionMachine dialling(SessionConfig config, DoubleSupplier jitter) {
    return new SessionMachine(config, SessionPhase.CONNECT, FsmEvent.TCP_DIALLED, jitter);
  }

  /** The machine of a connection that the peer dialled. */
  static SessionMachine accepting(SessionConfig config, DoubleSupplier jitter) {
    return new SessionMachine(config, SessionPhase.ACTIVE, FsmEvent.TCP_ACCEPTED, jitter);
  }

  SessionPhase phase() {
    return phase;
  }

  /** Whether the connection has ended; nothing has an effect from then on. */
  boolean hasEnded() {
    return ended;
  }

  /** Whether we dialled. */
  boolean isDialled() {
    return connectedBy == FsmEvent.TCP_DIALLED;
  }

  /** What was agreed, once it was. */
  Optional<Negotiated> negotiated() {
    return Optional.ofNullable(negotiated);
  }

  /** When to hand in {@link SessionInput.TimePassed}; empty when nothing waits. */
  OptionalLong deadlineNanos() {
    return Deadlines.earliest(holdDeadlineNanos, keepaliveDeadlineNanos);
  }

  /** One step; the effects are to be carried out in order. */
  List<SessionEffect> step(SessionInput input, long nowNanos) {
    if (!ended) {
      dispatch(input, nowNanos);
    }
    List<SessionEffect> result = List.copyOf(effects);
    effects.clear();
    return result;
  }

  private void dispatch(SessionInput input, long nowNanos) {
    if (input instanceof SessionInput.Connected) {
      report(new SessionEvent.Connected());
      fire(connectedBy, NO_ENDING, nowNanos);
    } else if (input instanceof SessionInput.Arrived arrived) {
      arrived(arrived.message(), nowNanos);
    } else if (input instanceof SessionInput.Unreadable unreadable) {
      NotificationMessage notification = unreadable.notification();
      FsmEvent event =
          switch (notification.code()) {
            case OPEN_ERROR_CODE -> FsmEvent.OPEN_ERROR;
            case UPDATE_ERROR_CODE -> FsmEvent.UPDATE_ERROR;
            default -> FsmEvent.HEADER_ERROR;
          };
      fire(event, Ending.sent(notification, unreadable.text()), nowNanos);
    } else if (input instanceof SessionInput.TimePassed) {
      timePassed(nowNanos);
    } else if (input instanceof SessionInput.ConnectionLost lost) {
      Ending ending = new Ending(EndCause.CONNECTION_LOST, Optional.empty(), lost.text());
      fire(FsmEvent.TCP_FAILED, ending, nowNanos);
    } else if (input instanceof SessionInput.Collided) {
      NotificationMessage cease = NotificationMessage.of(BgpError.CONNECTION_COLLISION);
      fire(FsmEvent.COLLISION_DUMP, Ending.sent(cease, "collision"), nowNanos);
    } else if (input instanceof SessionInput.SendStalled stalled) {
      NotificationMessage stall = NotificationMessage.of(BgpError.SEND_HOLD_TIMER_EXPIRED);
      fire(FsmEvent.SEND_HOLD_EXPIRED, Ending.sent(stall, stalled.text()), nowNanos);
    } else if (input instanceof SessionInput.Stopped stopped) {
      fire(FsmEvent.MANUAL_STOP, Ending.sent(forGood(stopped.notification()), "stopped"), nowNanos);
    }
  }

  /** Where a NOTIFICATION is a graceful restart, only a hard reset ends the routes (RFC 8538). */
  private NotificationMessage forGood(NotificationMessage notification) {
    Negotiated agreed = negotiated;
    boolean isSoftened =
        agreed != null
            && agreed.hardReset()
            && notification.code() == BgpError.CEASE.code()
            && notification.subcode() != BgpError.HARD_RESET.subcode();
    return isSoftened ? NotificationMessage.hardReset(notification) : notification;
  }

  private void arrived(BgpMessage message, long nowNanos) {
    switch (message.type()) {
      case OPEN -> openArrived((OpenMessage) message, nowNanos);
      case KEEPALIVE -> fire(FsmEvent.KEEPALIVE, unexpected(message), nowNanos);
      case UPDATE, ROUTE_REFRESH -> fire(FsmEvent.UPDATE, unexpected(message), nowNanos);
      case NOTIFICATION -> {
        NotificationMessage notification = (NotificationMessage) message;
        boolean isVersion = notification.error().equals(Optional.of(BgpError.UNSUPPORTED_VERSION));
        fire(
            isVersion ? FsmEvent.NOTIFICATION_VERSION : FsmEvent.NOTIFICATION,
            new Ending(
                EndCause.NOTIFICATION_RECEIVED, Optional.of(notification), notification.toString()),
            nowNanos);
      }
    }
  }

  private void openArrived(OpenMessage open, long nowNanos) {
    if (phase != SessionPhase.OPEN_SENT) {
      fire(FsmEvent.OPEN, unexpected(open), nowNanos);
      return;
    }
    Optional<OpenRefusal> refusal = OpenRefusal.of(open, config);
    if (refusal.isPresent()) {
      Ending ending = Ending.sent(refusal.get().notification(), refusal.get().text());
      fire(FsmEvent.OPEN_ERROR, ending, nowNanos);
      return;
    }
    negotiated = Negotiated.between(config, open);
    fire(FsmEvent.OPEN, NO_ENDING, nowNanos);
  }

  /** The time of {@code hold} has passed only when a last look into the socket found nothing. */
  private void timePassed(long nowNanos) {
    if (Deadlines.hasPassed(keepaliveDeadlineNanos, nowNanos)) {
      fire(FsmEvent.KEEPALIVE_EXPIRED, NO_ENDING, nowNanos);
    }
    if (!Deadlines.hasPassed(holdDeadlineNanos, nowNanos)) {
      return;
    }
    if (!lastRead) {
      lastRead = true;
      holdDeadlineNanos = nowNanos + LAST_READ.toNanos();
      return;
    }
    NotificationMessage expired = NotificationMessage.of(BgpError.HOLD_TIMER_EXPIRED);
    fire(FsmEvent.HOLD_EXPIRED, Ending.sent(expired, "nothing heard for the hold time"), nowNanos);
  }

  private void fire(FsmEvent event, Ending ending, long nowNanos) {
    FsmTable.Row row = FsmTable.on(phase, event);
    phase = phase.transitionTo(row.next());
    for (FsmAction action : row.actions()) {
      perform(action, event, ending, nowNanos);
    }
  }

  private void perform(FsmAction action, FsmEvent event, Ending ending, long nowNanos) {
    switch (action) {
      case SEND_OPEN -> send(config.open());
      case START_OPEN_HOLD -> setHold(OPEN_HOLD_TIME, nowNanos);
      case AGREE ->
          effects.add(
              new SessionEffect.Agree(
                  agreed(), agreed().readOptions(config.capabilities()), agreed().writeOptions()));
      case SEND_KEEPALIVE -> send(KeepaliveMessage.INSTANCE);
      case SEND_NOTIFICATION -> ending.notification().ifPresent(this::send);
      case RESTART_HOLD -> restartHold(nowNanos);
      case RESTART_KEEPALIVE -> restartKeepalive(nowNanos);
      case ESTABLISH -> report(new SessionEvent.Established(agreed()));
      case DROP -> {
        ended = true;
        holdDeadlineNanos = null;
        keepaliveDeadlineNanos = null;
        effects.add(new SessionEffect.Close(event == FsmEvent.SEND_HOLD_EXPIRED));
        report(new SessionEvent.Ended(ending.cause(), ending.notification(), ending.text()));
      }
      case CLEAR_COUNTER, COUNT, START_RETRY, STOP_RETRY, DIAL -> {
        // The peer's, not the connection's.
      }
    }
  }

  private Negotiated agreed() {
    Negotiated agreed = negotiated;
    if (agreed == null) {
      throw new IllegalStateException("negotiated: nothing in " + phase + " (expected: an OPEN)");
    }
    return agreed;
  }

  private void restartHold(long nowNanos) {
    Duration hold = agreed().holdTime();
    if (!hold.isZero()) {
      setHold(hold, nowNanos);
    } else if (phase == SessionPhase.ESTABLISHED) {
      holdDeadlineNanos = null;
    }
    // Without a hold time that of the OPEN goes on: who says no more must not keep its place.
  }

  private void setHold(Duration time, long nowNanos) {
    holdDeadlineNanos = nowNanos + time.toNanos();
    lastRead = false;
  }

  private void restartKeepalive(long nowNanos) {
    long intervalNanos = agreed().keepaliveInterval().toNanos();
    long jittered = (long) (intervalNanos * jitter.getAsDouble());
    keepaliveDeadlineNanos =
        intervalNanos == 0 ? null : nowNanos + Math.max(jittered, MIN_KEEPALIVE.toNanos());
  }

  /** What to answer where the table has no place for {@code message} (RFC 6608 section 3). */
  private Ending unexpected(BgpMessage message) {
    BgpError error =
        switch (phase) {
          case OPEN_SENT -> BgpError.UNEXPECTED_IN_OPEN_SENT;
          case OPEN_CONFIRM -> BgpError.UNEXPECTED_IN_OPEN_CONFIRM;
          case ESTABLISHED -> BgpError.UNEXPECTED_IN_ESTABLISHED;
          case CONNECT, ACTIVE, IDLE -> BgpError.FSM_ERROR;
        };
    // RFC 6608 section 3: the data is the type of the message.
    Octets type = Octets.of((byte) message.type().code());
    return Ending.sent(
        NotificationMessage.of(error, type),
        "message: " + message.type() + " in " + phase + " (expected: what the phase allows)");
  }

  private void send(BgpMessage message) {
    effects.add(new SessionEffect.Send(message));
  }

  private void report(SessionEvent event) {
    effects.add(new SessionEffect.Report(event));
  }
}
