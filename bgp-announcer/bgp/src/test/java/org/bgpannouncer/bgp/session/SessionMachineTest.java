package org.bgpannouncer.bgp.session;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import org.bgpannouncer.bgp.AddressFamily;
import org.bgpannouncer.bgp.BgpError;
import org.bgpannouncer.bgp.BgpMessage;
import org.bgpannouncer.bgp.Capability;
import org.bgpannouncer.bgp.KeepaliveMessage;
import org.bgpannouncer.bgp.MessageType;
import org.bgpannouncer.bgp.NotificationMessage;
import org.bgpannouncer.bgp.OpenMessage;
import org.bgpannouncer.bgp.RouteRefreshMessage;
import org.bgpannouncer.bgp.UpdateMessage;
import org.bgpannouncer.bgp.session.SessionEvent.EndCause;
import org.bgpannouncer.route.IpAddress;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class SessionMachineTest {
  private static final IpAddress OURS = IpAddress.parse("192.0.2.254");
  private static final IpAddress THEIRS = IpAddress.parse("192.0.2.1");
  private static final NotificationMessage CEASE = NotificationMessage.of(BgpError.CEASE);
  private static final long SECOND = Duration.ofSeconds(1).toNanos();

  private final SessionMachine machine = SessionMachine.accepting(config(90), () -> 1);
  private long now = -5 * SECOND;

  /** The table of the class, cell by cell. */
  @ParameterizedTest
  @CsvSource({
    "OPEN_SENT, OPEN, OPEN_CONFIRM, KEEPALIVE",
    "OPEN_SENT, KEEPALIVE, IDLE, UNEXPECTED_IN_OPEN_SENT",
    "OPEN_SENT, UPDATE, IDLE, UNEXPECTED_IN_OPEN_SENT",
    "OPEN_SENT, NOTIFICATION, IDLE, ''",
    "OPEN_CONFIRM, OPEN, IDLE, UNEXPECTED_IN_OPEN_CONFIRM",
    "OPEN_CONFIRM, KEEPALIVE, ESTABLISHED, ''",
    "OPEN_CONFIRM, UPDATE, IDLE, UNEXPECTED_IN_OPEN_CONFIRM",
    "OPEN_CONFIRM, NOTIFICATION, IDLE, ''",
    "ESTABLISHED, OPEN, IDLE, UNEXPECTED_IN_ESTABLISHED",
    "ESTABLISHED, KEEPALIVE, ESTABLISHED, ''",
    "ESTABLISHED, UPDATE, ESTABLISHED, ''",
    "ESTABLISHED, NOTIFICATION, IDLE, ''",
    "IDLE, OPEN, IDLE, ''",
    "IDLE, KEEPALIVE, IDLE, ''",
    "IDLE, UPDATE, IDLE, ''",
    "IDLE, NOTIFICATION, IDLE, ''",
  })
  void answersEachMessageInEachPhase(
      SessionPhase phase, MessageType message, SessionPhase next, String sent) {
    bringTo(phase);
    List<SessionEffect> effects = arrive(sample(message));
    assertThat(machine.phase()).isEqualTo(next);
    assertThat(sentIn(effects)).isEqualTo(sent);
    boolean ends = next == SessionPhase.IDLE && phase != SessionPhase.IDLE;
    assertThat(effects.contains(new SessionEffect.Close(false))).isEqualTo(ends);
    assertThat(endsIn(effects)).hasSize(ends ? 1 : 0);
  }

  @ParameterizedTest
  @EnumSource(
      value = SessionPhase.class,
      names = {"OPEN_SENT", "OPEN_CONFIRM", "ESTABLISHED"})
  void endsWhenTheHoldTimePasses(SessionPhase phase) {
    bringTo(phase);
    Duration hold =
        phase == SessionPhase.OPEN_SENT ? SessionMachine.OPEN_HOLD_TIME : Duration.ofSeconds(90);
    long until = now + hold.toNanos();
    now = until - 1;
    assertThat(sentIn(step(new SessionInput.TimePassed()))).isIn("", "KEEPALIVE");
    now = until;
    step(new SessionInput.TimePassed());
    now += SessionMachine.LAST_READ.toNanos();
    List<SessionEffect> effects = step(new SessionInput.TimePassed());
    assertThat(sentIn(effects)).isEqualTo("HOLD_TIMER_EXPIRED");
    assertThat(endsIn(effects))
        .extracting(SessionEvent.Ended::cause)
        .containsExactly(EndCause.NOTIFICATION_SENT);
    assertThat(machine.deadlineNanos()).isEmpty();
  }

  @Test
  void withoutAHoldTimeThePeerMustStillConfirmItsOpen() {
    bringTo(SessionPhase.OPEN_SENT);
    long until = now + SessionMachine.OPEN_HOLD_TIME.toNanos();
    now += SECOND;
    arrive(open(64496, 0));
    assertThat(machine.phase()).isEqualTo(SessionPhase.OPEN_CONFIRM);
    assertThat(machine.deadlineNanos()).hasValue(until);
    now = until;
    assertThat(sentIn(step(new SessionInput.TimePassed()))).isEmpty();
    now += SessionMachine.LAST_READ.toNanos();
    assertThat(sentIn(step(new SessionInput.TimePassed()))).isEqualTo("HOLD_TIMER_EXPIRED");
    assertThat(machine.phase()).isEqualTo(SessionPhase.IDLE);
  }

  @Test
  void sendsOpenFirst() {
    List<SessionEffect> effects = step(new SessionInput.Connected());
    assertThat(effects)
        .containsExactly(
            new SessionEffect.Report(new SessionEvent.Connected()),
            new SessionEffect.Send(config(90).open()));
  }

  @Test
  void agreesBeforeItAnswersAnOpen() {
    bringTo(SessionPhase.OPEN_SENT);
    OpenMessage open =
        new OpenMessage(
            OpenMessage.AS_TRANS, 30, THEIRS, List.of(new Capability.FourOctetAs(64496)));
    Negotiated agreed = Negotiated.between(config(90), open);
    assertThat(agreed.holdTime()).isEqualTo(Duration.ofSeconds(30));
    assertThat(agreed.fourOctetAs()).isTrue();
    assertThat(agreed.families()).containsExactly(AddressFamily.IPV4_UNICAST);
    assertThat(arrive(open))
        .containsExactly(
            new SessionEffect.Agree(agreed, agreed.writeOptions(), agreed.writeOptions()),
            new SessionEffect.Send(KeepaliveMessage.INSTANCE));
    assertThat(arrive(KeepaliveMessage.INSTANCE))
        .containsExactly(new SessionEffect.Report(new SessionEvent.Established(agreed)));
  }

  @Test
  void sendsAKeepaliveEachThirdOfTheSmallerHoldTime() {
    step(new SessionInput.Connected());
    arrive(open(64496, 9));
    arrive(KeepaliveMessage.INSTANCE);
    for (int i = 0; i < 5; i++) {
      assertThat(machine.deadlineNanos()).hasValue(now + 3 * SECOND);
      now += 3 * SECOND;
      assertThat(sentIn(step(new SessionInput.TimePassed()))).isEqualTo("KEEPALIVE");
      arrive(KeepaliveMessage.INSTANCE);
    }
    assertThat(machine.phase()).isEqualTo(SessionPhase.ESTABLISHED);
  }

  @Test
  void anUpdateRestartsTheHoldTime() {
    bringTo(SessionPhase.ESTABLISHED);
    now += 89 * SECOND;
    arrive(sample(MessageType.UPDATE));
    now += 89 * SECOND;
    step(new SessionInput.TimePassed());
    assertThat(machine.phase()).isEqualTo(SessionPhase.ESTABLISHED);
  }

  @Test
  void octetsFoundByTheLastLookSaveTheSession() {
    bringTo(SessionPhase.ESTABLISHED);
    now += 90 * SECOND;
    step(new SessionInput.TimePassed());
    assertThat(machine.deadlineNanos()).hasValue(now + SessionMachine.LAST_READ.toNanos());
    arrive(KeepaliveMessage.INSTANCE);
    now += SessionMachine.LAST_READ.toNanos();
    step(new SessionInput.TimePassed());
    assertThat(machine.phase()).isEqualTo(SessionPhase.ESTABLISHED);
  }

  @Test
  void keepalivesAreJitteredButAtMostOneASecond() {
    SessionMachine jittered = SessionMachine.dialling(config(90), () -> 0.75);
    jittered.step(new SessionInput.Connected(), 0);
    jittered.step(new SessionInput.Arrived(open(64496, 9)), 0);
    assertThat(jittered.deadlineNanos()).hasValue(3 * SECOND * 3 / 4);
    SessionMachine shortest = SessionMachine.dialling(config(90), () -> 0.75);
    shortest.step(new SessionInput.Connected(), 0);
    shortest.step(new SessionInput.Arrived(open(64496, 3)), 0);
    assertThat(shortest.deadlineNanos()).hasValue(SECOND);
  }

  @Test
  void aStallIsToldAndResetsTheConnection() {
    bringTo(SessionPhase.ESTABLISHED);
    List<SessionEffect> effects = step(new SessionInput.SendStalled("withdraw: not taken"));
    assertThat(sentIn(effects)).isEqualTo("SEND_HOLD_TIMER_EXPIRED");
    assertThat(effects).contains(new SessionEffect.Close(true));
  }

  @Test
  void holdTimeZeroMeansNoTimer() {
    step(new SessionInput.Connected());
    arrive(open(64496, 0));
    arrive(KeepaliveMessage.INSTANCE);
    assertThat(machine.deadlineNanos()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "64497, 180, 192.0.2.1, BAD_PEER_AS, peer AS: 64497 (expected: 64496)",
    "0, 180, 192.0.2.1, BAD_PEER_AS, peer AS: 0 (expected: 64496)",
    "64496, 180, 0.0.0.0, BAD_BGP_IDENTIFIER, 'router-id: 0.0.0.0 (expected: neither 0.0.0.0 nor"
        + " ours)'",
    "64496, 1, 192.0.2.1, UNACCEPTABLE_HOLD_TIME, hold time: 1 (expected: 0 or 3 and more)",
    "64496, 2, 192.0.2.1, UNACCEPTABLE_HOLD_TIME, hold time: 2 (expected: 0 or 3 and more)",
  })
  void refusesAnOpen(long as, int hold, String routerId, String error, String text) {
    bringTo(SessionPhase.OPEN_SENT);
    OpenMessage open =
        OpenMessage.of(
            as,
            Duration.ofSeconds(hold),
            IpAddress.parse(routerId),
            List.of(AddressFamily.IPV4_UNICAST));
    List<SessionEffect> effects = arrive(open);
    assertThat(sentIn(effects)).isEqualTo(error);
    assertThat(endsIn(effects)).extracting(SessionEvent.Ended::text).containsExactly(text);
  }

  @Test
  void refusesItsOwnIdentifierWithinItsOwnAs() {
    SessionMachine ibgp =
        SessionMachine.accepting(
            new SessionConfig(
                65000,
                OptionalLong.empty(),
                OURS,
                Duration.ofSeconds(90),
                List.of(AddressFamily.IPV4_UNICAST)),
            () -> 1);
    ibgp.step(new SessionInput.Connected(), 0);
    OpenMessage open =
        OpenMessage.of(65000, Duration.ofSeconds(90), OURS, List.of(AddressFamily.IPV4_UNICAST));
    List<SessionEffect> effects = ibgp.step(new SessionInput.Arrived(open), 0);
    assertThat(sentIn(effects)).isEqualTo("BAD_BGP_IDENTIFIER");
  }

  @Test
  void saysWhyItCannotReadOn() {
    bringTo(SessionPhase.ESTABLISHED);
    NotificationMessage why = NotificationMessage.of(BgpError.CONNECTION_NOT_SYNCHRONIZED);
    List<SessionEffect> effects = step(new SessionInput.Unreadable(why, "marker: not all ones"));
    assertThat(sentIn(effects)).isEqualTo("CONNECTION_NOT_SYNCHRONIZED");
    assertThat(endsIn(effects))
        .extracting(SessionEvent.Ended::text)
        .containsExactly("marker: not all ones");
  }

  @Test
  void tellsALostConnectionFromANotification() {
    bringTo(SessionPhase.ESTABLISHED);
    List<SessionEffect> effects = step(new SessionInput.ConnectionLost("reset"));
    assertThat(sentIn(effects)).isEmpty();
    assertThat(endsIn(effects))
        .extracting(SessionEvent.Ended::cause)
        .containsExactly(EndCause.CONNECTION_LOST);
  }

  @Test
  void stopsOnce() {
    bringTo(SessionPhase.ESTABLISHED);
    assertThat(sentIn(step(new SessionInput.Stopped(CEASE)))).isEqualTo("CEASE");
    assertThat(step(new SessionInput.Stopped(CEASE))).isEmpty();
  }

  private void bringTo(SessionPhase phase) {
    step(new SessionInput.Connected());
    if (phase == SessionPhase.OPEN_CONFIRM || phase == SessionPhase.ESTABLISHED) {
      arrive(open(64496, 180));
    }
    if (phase == SessionPhase.ESTABLISHED) {
      arrive(KeepaliveMessage.INSTANCE);
    }
    if (phase == SessionPhase.IDLE) {
      step(new SessionInput.Stopped(CEASE));
    }
    assertThat(machine.phase()).isEqualTo(phase);
  }

  private static BgpMessage sample(MessageType type) {
    return switch (type) {
      case OPEN -> open(64496, 180);
      case KEEPALIVE -> KeepaliveMessage.INSTANCE;
      case UPDATE -> UpdateMessage.endOfRib(AddressFamily.IPV4_UNICAST);
      case NOTIFICATION -> CEASE;
      case ROUTE_REFRESH -> RouteRefreshMessage.request(AddressFamily.IPV4_UNICAST);
    };
  }

  private List<SessionEffect> arrive(BgpMessage message) {
    return step(new SessionInput.Arrived(message));
  }

  private List<SessionEffect> step(SessionInput input) {
    return machine.step(input, now);
  }

  /** The message sent, by its type or by its error; at most one is expected. */
  private static String sentIn(List<SessionEffect> effects) {
    List<String> sent = new ArrayList<>();
    for (SessionEffect effect : effects) {
      if (effect instanceof SessionEffect.Send send) {
        sent.add(
            send.message() instanceof NotificationMessage notification
                ? notification.error().orElseThrow().name()
                : send.message().type().name());
      }
    }
    assertThat(sent).hasSizeLessThanOrEqualTo(1);
    return String.join("", sent);
  }

  private static List<SessionEvent.Ended> endsIn(List<SessionEffect> effects) {
    return effects.stream()
        .filter(SessionEffect.Report.class::isInstance)
        .map(effect -> ((SessionEffect.Report) effect).event())
        .filter(SessionEvent.Ended.class::isInstance)
        .map(SessionEvent.Ended.class::cast)
        .toList();
  }

  private static SessionConfig config(int holdSeconds) {
    return new SessionConfig(
        65000,
        OptionalLong.of(64496),
        OURS,
        Duration.ofSeconds(holdSeconds),
        List.of(AddressFamily.IPV4_UNICAST, AddressFamily.IPV6_UNICAST));
  }

  private static OpenMessage open(long as, int holdSeconds) {
    return OpenMessage.of(
        as, Duration.ofSeconds(holdSeconds), THEIRS, List.of(AddressFamily.IPV4_UNICAST));
  }
}
