package org.bgpannouncer.bgp.session;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.function.DoubleSupplier;
import org.bgpannouncer.bgp.BgpError;
import org.bgpannouncer.bgp.NotificationMessage;
import org.bgpannouncer.bgp.OpenMessage;
import org.bgpannouncer.bgp.session.SessionEvent.EndCause;
import org.jspecify.annotations.Nullable;

/**
 * The state machine of one peer (RFC 4271 section 8): when it dials, when it lets the peer connect,
 * which of two connections stays, and how long it waits after a failure. Each connection has a
 * {@link SessionMachine} of its own; both do what {@link FsmTable} says. Pure: no clock, no thread,
 * no socket.
 *
 * <p>After a session the peer's own connection is let in at once, and ours follows: at once after a
 * lost connection that had been {@link #STABLE}, otherwise after the ConnectRetryTimer. Where it
 * was we who ended it, for an error of the peer, the peer is IDLE for a while before (damping, RFC
 * 4271 section 8.1.1): {@link #FIRST_IDLE_HOLD}, doubled by each such end in a row, at most {@link
 * #MAX_IDLE_HOLD}. A session that has been up for {@link #STABLE} forgets earlier ones.
 */
final class PeerMachine {
  /** How long the first error keeps a peer out. */
  static final Duration FIRST_IDLE_HOLD = Duration.ofSeconds(1);

  /** How long any error keeps a peer out. */
  static final Duration MAX_IDLE_HOLD = Duration.ofSeconds(60);

  /** How long a session has to be up, to make up for the failures before it. */
  static final Duration STABLE = Duration.ofSeconds(60);

  /** How soon we dial after a session that was stable: the peer is likely to be back. */
  static final Duration QUICK_RETRY = Duration.ofSeconds(1);

  private static final String RESTARTED = "the peer restarted: it has a new connection";

  private final SessionConfig config;
  private final ConnectMode mode;
  private final Duration connectRetry;
  private final DoubleSupplier jitter;
  private final List<PeerEffect> effects = new ArrayList<>();
  private final Map<Long, SessionMachine> connections = new LinkedHashMap<>();
  // The state while there is no connection.
  private SessionPhase base = SessionPhase.IDLE;
  private boolean started;
  private boolean dialling;
  private int failures;
  private @Nullable Long establishedNanos;
  private @Nullable Long retryDeadlineNanos;
  private @Nullable Long idleHoldDeadlineNanos;

  /** {@code jitter} gives factors of 0.75 to 1 (RFC 4271 section 10). */
  PeerMachine(
      SessionConfig config, ConnectMode mode, Duration connectRetry, DoubleSupplier jitter) {
    this.config = config;
    this.mode = mode;
    this.connectRetry = connectRetry;
    this.jitter = jitter;
  }

  /** That of the connection that is furthest, or of the peer where there is none. */
  SessionPhase phase() {
    SessionPhase furthest = base;
    for (SessionMachine machine : connections.values()) {
      if (machine.phase().compareTo(furthest) > 0) {
        furthest = machine.phase();
      }
    }
    return furthest;
  }

  /** ConnectRetryCounter (RFC 4271 section 8): errors of the peer since the last stable session. */
  int failures() {
    return failures;
  }

  /** When to hand in {@link PeerInput.TimePassed}; empty when nothing waits. */
  OptionalLong deadlineNanos() {
    OptionalLong earliest = Deadlines.earliest(retryDeadlineNanos, idleHoldDeadlineNanos);
    for (SessionMachine machine : connections.values()) {
      earliest = Deadlines.earlier(earliest, machine.deadlineNanos());
    }
    return earliest;
  }

  /** One step; the effects are to be carried out in order. */
  List<PeerEffect> step(PeerInput input, long nowNanos) {
    if (input instanceof PeerInput.Started) {
      start(nowNanos);
    } else if (input instanceof PeerInput.Stopped stopped) {
      stop(stopped.notification(), nowNanos);
    } else if (input instanceof PeerInput.Dialled dialled) {
      dialled(dialled.connection(), nowNanos);
    } else if (input instanceof PeerInput.DialFailed) {
      dialFailed(nowNanos);
    } else if (input instanceof PeerInput.Accepted accepted) {
      accepted(accepted.connection(), nowNanos);
    } else if (input instanceof PeerInput.OnConnection on) {
      onConnection(on.connection(), on.input(), nowNanos);
    } else if (input instanceof PeerInput.TimePassed) {
      timePassed(nowNanos);
    }
    List<PeerEffect> result = List.copyOf(effects);
    effects.clear();
    return result;
  }

  private void start(long nowNanos) {
    if (!started) {
      started = true;
      fire(
          mode.dials() ? FsmEvent.MANUAL_START : FsmEvent.MANUAL_START_PASSIVE,
          connectRetry,
          nowNanos);
    }
  }

  private void stop(NotificationMessage notification, long nowNanos) {
    started = false;
    idleHoldDeadlineNanos = null;
    for (long connection : List.copyOf(connections.keySet())) {
      onConnection(connection, new SessionInput.Stopped(notification), nowNanos);
    }
    fire(FsmEvent.MANUAL_STOP, connectRetry, nowNanos);
  }

  /** Nothing is begun any more; the connections are the caller's to close. */
  void halt() {
    started = false;
    dialling = false;
    base = SessionPhase.IDLE;
    idleHoldDeadlineNanos = null;
    retryDeadlineNanos = null;
  }

  private void dialled(long connection, long nowNanos) {
    boolean isWanted = dialling;
    dialling = false;
    retryDeadlineNanos = null;
    if (isWanted) {
      connect(connection, SessionMachine.dialling(config, jitter), nowNanos);
    } else {
      refuse(connection);
    }
  }

  private void dialFailed(long nowNanos) {
    if (!dialling) {
      return;
    }
    dialling = false;
    if (connections.isEmpty()) {
      fire(FsmEvent.TCP_FAILED, connectRetry, nowNanos);
      fire(FsmEvent.DAMPED_START_PASSIVE, connectRetry, nowNanos);
    } else {
      base = SessionPhase.ACTIVE;
    }
  }

  private void accepted(long connection, long nowNanos) {
    for (var entry : List.copyOf(connections.entrySet())) {
      if (restarts(entry.getValue())) {
        onConnection(entry.getKey(), new SessionInput.ConnectionLost(RESTARTED), nowNanos);
      }
    }
    SessionPhase phase = phase();
    if (!mode.accepts() || phase == SessionPhase.IDLE || phase == SessionPhase.ESTABLISHED) {
      refuse(connection);
      return;
    }
    // A second one from the peer means that it has given up the first, which would hold the place
    // until its hold timer.
    for (var entry : List.copyOf(connections.entrySet())) {
      if (!entry.getValue().isDialled()) {
        drop(entry.getKey(), nowNanos);
      }
    }
    retryDeadlineNanos = null;
    connect(connection, SessionMachine.accepting(config, jitter), nowNanos);
  }

  /** With graceful restart, a new connection says that the old one is gone (RFC 4724 section 5). */
  private boolean restarts(SessionMachine machine) {
    return mode.accepts()
        && machine.phase() == SessionPhase.ESTABLISHED
        && machine.negotiated().flatMap(Negotiated::gracefulRestart).isPresent();
  }

  private void connect(long connection, SessionMachine machine, long nowNanos) {
    connections.put(connection, machine);
    onConnection(connection, new SessionInput.Connected(), nowNanos);
  }

  private void refuse(long connection) {
    effects.add(
        new PeerEffect.Refuse(connection, NotificationMessage.of(BgpError.CONNECTION_REJECTED)));
  }

  private void drop(long connection, long nowNanos) {
    onConnection(connection, new SessionInput.Collided(), nowNanos);
  }

  private void onConnection(long connection, SessionInput input, long nowNanos) {
    SessionMachine machine = connections.get(connection);
    if (machine == null) {
      return;
    }
    SessionInput resolved = input;
    if (input instanceof SessionInput.Arrived arrived
        && arrived.message() instanceof OpenMessage open
        && machine.phase() == SessionPhase.OPEN_SENT
        && OpenRefusal.of(open, config).isEmpty()
        && !winsCollision(connection, open, nowNanos)) {
      resolved = new SessionInput.Collided();
    }
    SessionPhase before = machine.phase();
    Ended ended = new Ended(machine, before);
    for (SessionEffect effect : machine.step(resolved, nowNanos)) {
      effects.add(new PeerEffect.OnConnection(connection, effect));
      ended.see(effect);
    }
    if (machine.phase() == SessionPhase.OPEN_CONFIRM && before == SessionPhase.OPEN_SENT) {
      cancelDial();
    } else if (machine.phase() == SessionPhase.ESTABLISHED && before != machine.phase()) {
      establishedNanos = nowNanos;
    }
    if (machine.hasEnded()) {
      connections.remove(connection);
      ended(ended, nowNanos);
    }
  }

  /**
   * Collision detection (RFC 4271 section 6.8), on the OPEN of one of two connections: the one that
   * was dialled by the side with the larger BGP Identifier stays, or with the larger AS number
   * where the identifiers are equal (RFC 6286 section 2.3). The peer is known by the OPEN, so that
   * a connection in OpenSent is decided on too: both sides come to the same end at once, and not to
   * one where each has closed the other's.
   */
  private boolean winsCollision(long connection, OpenMessage open, long nowNanos) {
    for (var entry : List.copyOf(connections.entrySet())) {
      SessionMachine other = entry.getValue();
      if (entry.getKey() == connection) {
        continue;
      }
      if (other.phase() == SessionPhase.ESTABLISHED) {
        return false;
      }
      int byId = config.routerId().compareTo(open.routerId());
      boolean isOursToStay = byId > 0 || (byId == 0 && config.localAs() > open.as());
      if (other.isDialled() == isOursToStay) {
        return false;
      }
      drop(entry.getKey(), nowNanos);
    }
    return true;
  }

  private void cancelDial() {
    retryDeadlineNanos = null;
    if (dialling) {
      dialling = false;
      base = SessionPhase.ACTIVE;
      effects.add(new PeerEffect.CancelDial());
    }
  }

  private void startRetry(Duration time, long nowNanos) {
    retryDeadlineNanos = mode.dials() ? nowNanos + jittered(time) : null;
  }

  private long jittered(Duration time) {
    return (long) (time.toNanos() * jitter.getAsDouble());
  }

  /** What is kept of a connection over a step, to say why it ended. */
  private static final class Ended {
    private final SessionMachine machine;
    private final SessionPhase before;
    private EndCause cause = EndCause.CONNECTION_LOST;
    private boolean collided;

    Ended(SessionMachine machine, SessionPhase before) {
      this.machine = machine;
      this.before = before;
    }

    void see(SessionEffect effect) {
      if (effect instanceof SessionEffect.Report report
          && report.event() instanceof SessionEvent.Ended event) {
        cause = event.cause();
        collided =
            event
                .notification()
                .flatMap(NotificationMessage::error)
                .filter(BgpError.CONNECTION_COLLISION::equals)
                .isPresent();
      }
    }
  }

  private void ended(Ended end, long nowNanos) {
    Long since = establishedNanos;
    boolean wasStable =
        end.before == SessionPhase.ESTABLISHED
            && since != null
            && nowNanos - since >= STABLE.toNanos();
    if (wasStable) {
      failures = 0;
    }
    boolean isOurs = end.cause == EndCause.NOTIFICATION_SENT && !end.collided;
    if (!started || !connections.isEmpty() || (dialling && !isOurs)) {
      return;
    }
    cancelDial();
    base = end.machine.phase();
    if (base == SessionPhase.ACTIVE) {
      startRetry(connectRetry, nowNanos);
    } else if (isOurs) {
      failures++;
      idleHoldDeadlineNanos = nowNanos + jittered(idleHold());
    } else {
      boolean isQuick = wasStable && end.cause == EndCause.CONNECTION_LOST;
      Duration retry =
          isQuick && QUICK_RETRY.compareTo(connectRetry) < 0 ? QUICK_RETRY : connectRetry;
      fire(FsmEvent.DAMPED_START_PASSIVE, retry, nowNanos);
    }
  }

  private Duration idleHold() {
    int doublings = Math.min(failures - 1, 16);
    Duration hold = FIRST_IDLE_HOLD.multipliedBy(1L << doublings);
    return hold.compareTo(MAX_IDLE_HOLD) < 0 ? hold : MAX_IDLE_HOLD;
  }

  private void timePassed(long nowNanos) {
    for (long connection : List.copyOf(connections.keySet())) {
      onConnection(connection, new SessionInput.TimePassed(), nowNanos);
    }
    if (Deadlines.hasPassed(idleHoldDeadlineNanos, nowNanos)) {
      idleHoldDeadlineNanos = null;
      fire(
          mode.dials() ? FsmEvent.DAMPED_START : FsmEvent.DAMPED_START_PASSIVE,
          connectRetry,
          nowNanos);
    }
    if (Deadlines.hasPassed(retryDeadlineNanos, nowNanos)) {
      retryDeadlineNanos = null;
      fire(FsmEvent.CONNECT_RETRY_EXPIRED, connectRetry, nowNanos);
    }
  }

  /** A row of the table while there is no connection. */
  private void fire(FsmEvent event, Duration retry, long nowNanos) {
    FsmTable.Row row = FsmTable.on(base, event);
    base = base.transitionTo(row.next());
    for (FsmAction action : row.actions()) {
      switch (action) {
        case CLEAR_COUNTER -> failures = 0;
        case COUNT -> failures++;
        case START_RETRY -> startRetry(retry, nowNanos);
        case STOP_RETRY -> retryDeadlineNanos = null;
        case DIAL -> {
          dialling = true;
          effects.add(new PeerEffect.Dial());
        }
        case DROP -> {
          if (dialling) {
            dialling = false;
            effects.add(new PeerEffect.CancelDial());
          }
        }
        case SEND_OPEN,
            START_OPEN_HOLD,
            AGREE,
            SEND_KEEPALIVE,
            SEND_NOTIFICATION,
            RESTART_HOLD,
            RESTART_KEEPALIVE,
            ESTABLISH -> {
          // The connection's, not the peer's.
        }
      }
    }
  }
}
