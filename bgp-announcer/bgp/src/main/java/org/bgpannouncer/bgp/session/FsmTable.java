package org.bgpannouncer.bgp.session;

import static org.bgpannouncer.bgp.session.FsmAction.AGREE;
import static org.bgpannouncer.bgp.session.FsmAction.CLEAR_COUNTER;
import static org.bgpannouncer.bgp.session.FsmAction.COUNT;
import static org.bgpannouncer.bgp.session.FsmAction.DIAL;
import static org.bgpannouncer.bgp.session.FsmAction.DROP;
import static org.bgpannouncer.bgp.session.FsmAction.ESTABLISH;
import static org.bgpannouncer.bgp.session.FsmAction.RESTART_HOLD;
import static org.bgpannouncer.bgp.session.FsmAction.RESTART_KEEPALIVE;
import static org.bgpannouncer.bgp.session.FsmAction.SEND_KEEPALIVE;
import static org.bgpannouncer.bgp.session.FsmAction.SEND_NOTIFICATION;
import static org.bgpannouncer.bgp.session.FsmAction.SEND_OPEN;
import static org.bgpannouncer.bgp.session.FsmAction.START_OPEN_HOLD;
import static org.bgpannouncer.bgp.session.FsmAction.START_RETRY;
import static org.bgpannouncer.bgp.session.FsmAction.STOP_RETRY;
import static org.bgpannouncer.bgp.session.SessionPhase.ACTIVE;
import static org.bgpannouncer.bgp.session.SessionPhase.CONNECT;
import static org.bgpannouncer.bgp.session.SessionPhase.ESTABLISHED;
import static org.bgpannouncer.bgp.session.SessionPhase.IDLE;
import static org.bgpannouncer.bgp.session.SessionPhase.OPEN_CONFIRM;
import static org.bgpannouncer.bgp.session.SessionPhase.OPEN_SENT;

import java.util.List;

/**
 * The transitions of RFC 4271 section 8.2.2, every event in every state: {@link SessionMachine} and
 * {@link PeerMachine} do what stands here and nothing else. DelayOpen is off, and a stop or a start
 * by hand is the only one that clears the ConnectRetryCounter.
 *
 * <p>Three cells differ from the letter, and are meant: a NOTIFICATION is never answered with one
 * (section 6.4) although "any other event" of OpenSent would; an error in a header is told as such
 * in Established, not as an FSM error; and an OPEN on a connection that had one is an FSM error
 * (RFC 6608), since it cannot be another connection's.
 */
final class FsmTable {
  /** What one event does in one state: the state that follows, and the actions in order. */
  record Row(SessionPhase next, List<FsmAction> actions) {
    Row {
      actions = List.copyOf(actions);
    }
  }

  private FsmTable() {}

  /** The cell of the table. */
  static Row on(SessionPhase phase, FsmEvent event) {
    return switch (phase) {
      case IDLE -> idle(event);
      case CONNECT -> connect(event);
      case ACTIVE -> active(event);
      case OPEN_SENT -> openSent(event);
      case OPEN_CONFIRM -> openConfirm(event);
      case ESTABLISHED -> established(event);
    };
  }

  /** Idle: only a start does anything. */
  private static Row idle(FsmEvent event) {
    return switch (event) {
      case MANUAL_START -> row(CONNECT, CLEAR_COUNTER, START_RETRY, DIAL);
      case MANUAL_START_PASSIVE -> row(ACTIVE, CLEAR_COUNTER, START_RETRY);
      case DAMPED_START -> row(CONNECT, START_RETRY, DIAL);
      case DAMPED_START_PASSIVE -> row(ACTIVE, START_RETRY);
      case MANUAL_STOP,
          CONNECT_RETRY_EXPIRED,
          HOLD_EXPIRED,
          KEEPALIVE_EXPIRED,
          TCP_DIALLED,
          TCP_ACCEPTED,
          TCP_FAILED,
          OPEN,
          HEADER_ERROR,
          OPEN_ERROR,
          COLLISION_DUMP,
          NOTIFICATION_VERSION,
          NOTIFICATION,
          KEEPALIVE,
          UPDATE,
          UPDATE_ERROR,
          SEND_HOLD_EXPIRED ->
          row(IDLE);
    };
  }

  /** Connect: a connection, whoever dialled it, is greeted with our OPEN. */
  private static Row connect(FsmEvent event) {
    return switch (event) {
      case MANUAL_START, MANUAL_START_PASSIVE, DAMPED_START, DAMPED_START_PASSIVE -> row(CONNECT);
      case MANUAL_STOP -> row(IDLE, DROP, CLEAR_COUNTER, STOP_RETRY);
      case CONNECT_RETRY_EXPIRED -> row(CONNECT, DROP, START_RETRY, DIAL);
      case TCP_DIALLED, TCP_ACCEPTED -> row(OPEN_SENT, STOP_RETRY, SEND_OPEN, START_OPEN_HOLD);
      case TCP_FAILED -> row(IDLE, STOP_RETRY, DROP);
      case HOLD_EXPIRED,
          KEEPALIVE_EXPIRED,
          OPEN,
          HEADER_ERROR,
          OPEN_ERROR,
          COLLISION_DUMP,
          NOTIFICATION_VERSION,
          NOTIFICATION,
          KEEPALIVE,
          UPDATE,
          UPDATE_ERROR,
          SEND_HOLD_EXPIRED ->
          failed();
    };
  }

  /** Active: like Connect, but no dial is under way. */
  private static Row active(FsmEvent event) {
    return switch (event) {
      case MANUAL_START, MANUAL_START_PASSIVE, DAMPED_START, DAMPED_START_PASSIVE -> row(ACTIVE);
      case MANUAL_STOP -> row(IDLE, DROP, CLEAR_COUNTER, STOP_RETRY);
      case CONNECT_RETRY_EXPIRED -> row(CONNECT, START_RETRY, DIAL);
      case TCP_DIALLED, TCP_ACCEPTED -> row(OPEN_SENT, STOP_RETRY, SEND_OPEN, START_OPEN_HOLD);
      case TCP_FAILED -> row(IDLE, START_RETRY, DROP, COUNT);
      case HOLD_EXPIRED,
          KEEPALIVE_EXPIRED,
          OPEN,
          HEADER_ERROR,
          OPEN_ERROR,
          COLLISION_DUMP,
          NOTIFICATION_VERSION,
          NOTIFICATION,
          KEEPALIVE,
          UPDATE,
          UPDATE_ERROR,
          SEND_HOLD_EXPIRED ->
          failed();
    };
  }

  /** OpenSent: waits for an OPEN, and takes nothing else. */
  private static Row openSent(FsmEvent event) {
    return switch (event) {
      case MANUAL_START,
          MANUAL_START_PASSIVE,
          DAMPED_START,
          DAMPED_START_PASSIVE,
          TCP_DIALLED,
          TCP_ACCEPTED ->
          row(OPEN_SENT);
      case MANUAL_STOP -> stopped();
      case TCP_FAILED -> row(ACTIVE, DROP, START_RETRY);
      case OPEN ->
          row(OPEN_CONFIRM, STOP_RETRY, AGREE, SEND_KEEPALIVE, RESTART_HOLD, RESTART_KEEPALIVE);
      case NOTIFICATION_VERSION -> row(IDLE, STOP_RETRY, DROP);
      case NOTIFICATION -> failed();
      case CONNECT_RETRY_EXPIRED,
          HOLD_EXPIRED,
          KEEPALIVE_EXPIRED,
          HEADER_ERROR,
          OPEN_ERROR,
          COLLISION_DUMP,
          KEEPALIVE,
          UPDATE,
          UPDATE_ERROR,
          SEND_HOLD_EXPIRED ->
          refused();
    };
  }

  /** OpenConfirm: waits for the KEEPALIVE that accepts our OPEN. */
  private static Row openConfirm(FsmEvent event) {
    return switch (event) {
      case MANUAL_START,
          MANUAL_START_PASSIVE,
          DAMPED_START,
          DAMPED_START_PASSIVE,
          TCP_DIALLED,
          TCP_ACCEPTED ->
          row(OPEN_CONFIRM);
      case MANUAL_STOP -> stopped();
      case KEEPALIVE_EXPIRED -> row(OPEN_CONFIRM, SEND_KEEPALIVE, RESTART_KEEPALIVE);
      case TCP_FAILED, NOTIFICATION -> failed();
      case NOTIFICATION_VERSION -> row(IDLE, STOP_RETRY, DROP);
      case KEEPALIVE -> row(ESTABLISHED, RESTART_HOLD, ESTABLISH);
      case CONNECT_RETRY_EXPIRED,
          HOLD_EXPIRED,
          OPEN,
          HEADER_ERROR,
          OPEN_ERROR,
          COLLISION_DUMP,
          UPDATE,
          UPDATE_ERROR,
          SEND_HOLD_EXPIRED ->
          refused();
    };
  }

  /** Established: UPDATEs and KEEPALIVEs restart the hold timer; everything else ends it. */
  private static Row established(FsmEvent event) {
    return switch (event) {
      case MANUAL_START,
          MANUAL_START_PASSIVE,
          DAMPED_START,
          DAMPED_START_PASSIVE,
          TCP_DIALLED,
          TCP_ACCEPTED ->
          row(ESTABLISHED);
      case MANUAL_STOP -> stopped();
      case KEEPALIVE_EXPIRED -> row(ESTABLISHED, SEND_KEEPALIVE, RESTART_KEEPALIVE);
      case KEEPALIVE, UPDATE -> row(ESTABLISHED, RESTART_HOLD);
      case TCP_FAILED, NOTIFICATION_VERSION, NOTIFICATION -> failed();
      case CONNECT_RETRY_EXPIRED,
          HOLD_EXPIRED,
          OPEN,
          HEADER_ERROR,
          OPEN_ERROR,
          COLLISION_DUMP,
          UPDATE_ERROR,
          SEND_HOLD_EXPIRED ->
          refused();
    };
  }

  private static Row failed() {
    return row(IDLE, STOP_RETRY, DROP, COUNT);
  }

  private static Row refused() {
    return row(IDLE, SEND_NOTIFICATION, STOP_RETRY, DROP, COUNT);
  }

  private static Row stopped() {
    return row(IDLE, SEND_NOTIFICATION, STOP_RETRY, DROP, CLEAR_COUNTER);
  }

  private static Row row(SessionPhase next, FsmAction... actions) {
    return new Row(next, List.of(actions));
  }
}
