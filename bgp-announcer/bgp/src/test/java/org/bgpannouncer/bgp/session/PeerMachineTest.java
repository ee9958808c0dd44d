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
import org.bgpannouncer.bgp.NotificationMessage;
import org.bgpannouncer.bgp.OpenMessage;
import org.bgpannouncer.route.IpAddress;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A peer in virtual time; 1 is the connection that we dial, 2 one that the peer does. */
class PeerMachineTest {
  private static final long SECOND = Duration.ofSeconds(1).toNanos();
  private static final Duration RETRY = Duration.ofSeconds(5);
  private static final IpAddress OURS = IpAddress.parse("192.0.2.10");
  private static final NotificationMessage SHUTDOWN =
      NotificationMessage.of(BgpError.ADMINISTRATIVE_SHUTDOWN);

  private double jitter = 1;
  private PeerMachine machine = machine(ConnectMode.BOTH);
  private long now = -3 * SECOND;

  @Test
  void dialsAtOnceAndAgainEachConnectRetryTime() {
    assertThat(step(new PeerInput.Started())).containsExactly("dial");
    assertThat(machine.phase()).isEqualTo(SessionPhase.CONNECT);
    assertThat(step(new PeerInput.DialFailed("refused"))).isEmpty();
    assertThat(machine.phase()).isEqualTo(SessionPhase.ACTIVE);
    assertThat(passUntil()).isEqualTo(RETRY);
    assertThat(step(new PeerInput.TimePassed())).containsExactly("dial");
    // Nobody answers: the dial is given up for the next.
    assertThat(passUntil()).isEqualTo(RETRY);
    assertThat(step(new PeerInput.TimePassed())).containsExactly("cancel", "dial");
  }

  @Test
  void theConnectRetryTimeIsJittered() {
    jitter = 0.75;
    step(new PeerInput.Started());
    assertThat(passUntil()).isEqualTo(Duration.ofMillis(3750));
  }

  @Test
  void aPassivePeerOnlyWaits() {
    machine = machine(ConnectMode.PASSIVE);
    assertThat(step(new PeerInput.Started())).isEmpty();
    assertThat(machine.phase()).isEqualTo(SessionPhase.ACTIVE);
    assertThat(machine.deadlineNanos()).isEmpty();
    assertThat(step(new PeerInput.Accepted(2))).containsExactly("2:OPEN");
    step(on(2, new SessionInput.ConnectionLost("reset")));
    assertThat(machine.phase()).isEqualTo(SessionPhase.ACTIVE);
    assertThat(machine.deadlineNanos()).isEmpty();
  }

  @Test
  void anActivePeerIsNotDialled() {
    machine = machine(ConnectMode.ACTIVE);
    step(new PeerInput.Started());
    assertThat(step(new PeerInput.Accepted(2))).containsExactly("2 refused");
  }

  @Test
  void beforeItsStartAndAfterItsStopEverybodyIsRefused() {
    assertThat(step(new PeerInput.Accepted(2))).containsExactly("2 refused");
    step(new PeerInput.Started());
    assertThat(step(new PeerInput.Stopped(SHUTDOWN))).containsExactly("cancel");
    assertThat(step(new PeerInput.Accepted(3))).containsExactly("3 refused");
    assertThat(step(new PeerInput.Dialled(1))).containsExactly("1 refused");
    assertThat(machine.deadlineNanos()).isEmpty();
    assertThat(machine.phase()).isEqualTo(SessionPhase.IDLE);
  }

  /** RFC 4271 section 6.8 and RFC 6286 section 2.3, from our side: ours is 192.0.2.10 of 65000. */
  @ParameterizedTest
  @CsvSource({
    "192.0.2.9,  65001, 1",
    "192.0.2.11, 65001, 2",
    "192.0.2.10, 64999, 1",
    "192.0.2.10, 65001, 2",
    // Identifiers are compared without a sign.
    "224.0.2.9,  65001, 2",
  })
  void ofTwoConnectionsThatOfTheLargerIdentifierStays(String id, long as, long stays) {
    long loses = 3 - stays;
    for (long first : List.of(1L, 2L)) {
      machine = machine(ConnectMode.BOTH);
      step(new PeerInput.Started());
      step(new PeerInput.Accepted(2));
      step(new PeerInput.Dialled(1));
      List<String> effects = arrive(first, open(id, as));
      if (first == stays) {
        assertThat(effects)
            .containsExactly(loses + ":6/7", loses + " closed", stays + ":KEEPALIVE");
      } else {
        assertThat(effects).containsExactly(loses + ":6/7", loses + " closed");
        assertThat(arrive(stays, open(id, as))).containsExactly(stays + ":KEEPALIVE");
      }
      assertThat(arrive(stays, KeepaliveMessage.INSTANCE)).isEmpty();
      assertThat(machine.phase()).isEqualTo(SessionPhase.ESTABLISHED);
    }
  }

  @Test
  void anOpenThatIsRefusedClosesNoOtherConnection() {
    step(new PeerInput.Started());
    step(new PeerInput.Accepted(2));
    step(new PeerInput.Dialled(1));
    assertThat(arrive(2, open("192.0.2.11", 0))).containsExactly("2:2/2", "2 closed");
    assertThat(machine.phase()).isEqualTo(SessionPhase.OPEN_SENT);
    assertThat(arrive(1, open("192.0.2.11", 65001))).containsExactly("1:KEEPALIVE");
  }

  @Test
  void whileASessionStandsAFurtherConnectionIsRefused() {
    establish();
    assertThat(step(new PeerInput.Accepted(2))).containsExactly("2 refused");
    assertThat(machine.phase()).isEqualTo(SessionPhase.ESTABLISHED);
  }

  @Test
  void withGracefulRestartAFurtherConnectionReplacesTheSession() {
    var restart = new Capability.GracefulRestart(false, true, 60, List.of());
    machine =
        new PeerMachine(
            config().with(SessionCapabilities.NONE.withGracefulRestart(restart)),
            ConnectMode.BOTH,
            RETRY,
            () -> jitter);
    step(new PeerInput.Started());
    step(new PeerInput.Dialled(1));
    arrive(1, open("192.0.2.11", 65001).with(List.of(restart)));
    arrive(1, KeepaliveMessage.INSTANCE);
    assertThat(step(new PeerInput.Accepted(2))).containsExactly("1 closed", "2:OPEN");
    // And a stop of what both can restart softly is a hard one (RFC 8538).
    arrive(2, open("192.0.2.11", 65001).with(List.of(restart)));
    assertThat(step(new PeerInput.Stopped(SHUTDOWN))).containsExactly("2:6/9", "2 closed");
  }

  @Test
  void anOpenOnOneConnectionGivesUpTheDialOfTheOther() {
    step(new PeerInput.Started());
    step(new PeerInput.Accepted(2));
    assertThat(arrive(2, open("192.0.2.11", 65001))).containsExactly("2:KEEPALIVE", "cancel");
    assertThat(step(new PeerInput.Dialled(1))).containsExactly("1 refused");
  }

  @Test
  void aSecondConnectionOfThePeerReplacesAFirstThatIsNotASessionYet() {
    step(new PeerInput.Started());
    step(new PeerInput.DialFailed("refused"));
    step(new PeerInput.Accepted(2));
    assertThat(step(new PeerInput.Accepted(3))).containsExactly("2:6/7", "2 closed", "3:OPEN");
    arrive(3, open("192.0.2.11", 65001));
    arrive(3, KeepaliveMessage.INSTANCE);
    assertThat(machine.phase()).isEqualTo(SessionPhase.ESTABLISHED);
  }

  @Test
  void errorsOfThePeerKeepItOutForLongerAndLonger() {
    step(new PeerInput.Started());
    for (int seconds : List.of(1, 2, 4, 8, 16, 32, 60, 60)) {
      step(new PeerInput.Dialled(1));
      assertThat(arrive(1, open("192.0.2.11", 0))).containsExactly("1:2/2", "1 closed");
      assertThat(machine.phase()).isEqualTo(SessionPhase.IDLE);
      assertThat(step(new PeerInput.Accepted(2))).containsExactly("2 refused");
      assertThat(passUntil()).isEqualTo(Duration.ofSeconds(seconds));
      assertThat(step(new PeerInput.TimePassed())).containsExactly("dial");
    }
    assertThat(machine.failures()).isEqualTo(8);
  }

  @Test
  void aStableSessionMakesUpForErrors() {
    step(new PeerInput.Started());
    step(new PeerInput.Dialled(1));
    arrive(1, open("192.0.2.11", 0));
    passUntil();
    step(new PeerInput.TimePassed());
    step(new PeerInput.Dialled(1));
    arrive(1, open("192.0.2.11", 65001));
    arrive(1, KeepaliveMessage.INSTANCE);
    now += PeerMachine.STABLE.toNanos();
    step(on(1, new SessionInput.ConnectionLost("reset")));
    assertThat(machine.failures()).isZero();
    assertThat(passUntil()).isEqualTo(PeerMachine.QUICK_RETRY);
  }

  @Test
  void afterALostSessionThePeerMayComeBackAtOnce() {
    establish();
    step(on(1, new SessionInput.ConnectionLost("reset")));
    assertThat(machine.phase()).isEqualTo(SessionPhase.ACTIVE);
    assertThat(step(new PeerInput.Accepted(2))).containsExactly("2:OPEN");
  }

  @Test
  void aConnectionThatBreaksBeforeTheOpenIsTriedAgainAfterTheConnectRetryTime() {
    step(new PeerInput.Started());
    step(new PeerInput.Dialled(1));
    step(on(1, new SessionInput.ConnectionLost("reset")));
    assertThat(machine.phase()).isEqualTo(SessionPhase.ACTIVE);
    assertThat(passUntil()).isEqualTo(RETRY);
    assertThat(step(new PeerInput.TimePassed())).containsExactly("dial");
  }

  private void establish() {
    step(new PeerInput.Started());
    step(new PeerInput.Dialled(1));
    arrive(1, open("192.0.2.11", 65001));
    arrive(1, KeepaliveMessage.INSTANCE);
    assertThat(machine.phase()).isEqualTo(SessionPhase.ESTABLISHED);
  }

  /** Lets the time pass until something is to be done, and says how long that was. */
  private Duration passUntil() {
    Duration passed = Duration.ofNanos(machine.deadlineNanos().orElseThrow() - now);
    now = machine.deadlineNanos().getAsLong();
    return passed;
  }

  private List<String> arrive(long connection, BgpMessage message) {
    return step(on(connection, new SessionInput.Arrived(message)));
  }

  private static PeerInput on(long connection, SessionInput input) {
    return new PeerInput.OnConnection(connection, input);
  }

  private List<String> step(PeerInput input) {
    List<String> words = new ArrayList<>();
    for (PeerEffect effect : machine.step(input, now)) {
      if (effect instanceof PeerEffect.Dial) {
        words.add("dial");
      } else if (effect instanceof PeerEffect.CancelDial) {
        words.add("cancel");
      } else if (effect instanceof PeerEffect.Refuse refuse) {
        words.add(refuse.connection() + " refused");
      } else if (effect instanceof PeerEffect.OnConnection on) {
        if (on.effect() instanceof SessionEffect.Send send) {
          words.add(on.connection() + ":" + name(send.message()));
        } else if (on.effect() instanceof SessionEffect.Close) {
          words.add(on.connection() + " closed");
        }
      }
    }
    return words;
  }

  private static String name(BgpMessage message) {
    return message instanceof NotificationMessage notification
        ? notification.code() + "/" + notification.subcode()
        : message.type().name();
  }

  private PeerMachine machine(ConnectMode mode) {
    return new PeerMachine(config(), mode, RETRY, () -> jitter);
  }

  private static SessionConfig config() {
    return new SessionConfig(
        65000,
        OptionalLong.empty(),
        OURS,
        Duration.ofSeconds(90),
        List.of(AddressFamily.IPV4_UNICAST));
  }

  private static OpenMessage open(String id, long as) {
    return OpenMessage.of(
        as, Duration.ofSeconds(90), IpAddress.parse(id), List.of(AddressFamily.IPV4_UNICAST));
  }
}
