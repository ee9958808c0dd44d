package org.bgpannouncer.testkit.bgp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.OptionalLong;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.bgpannouncer.bgp.AddressFamily;
import org.bgpannouncer.bgp.BgpError;
import org.bgpannouncer.bgp.KeepaliveMessage;
import org.bgpannouncer.bgp.NotificationMessage;
import org.bgpannouncer.bgp.Octets;
import org.bgpannouncer.bgp.PathAttribute;
import org.bgpannouncer.bgp.UpdateMessage;
import org.bgpannouncer.bgp.session.BgpDialer;
import org.bgpannouncer.bgp.session.BgpSession;
import org.bgpannouncer.bgp.session.SessionConfig;
import org.bgpannouncer.bgp.session.SessionEvent;
import org.bgpannouncer.bgp.session.SessionEvent.EndCause;
import org.bgpannouncer.route.IpAddress;
import org.bgpannouncer.route.Nlri;
import org.bgpannouncer.route.Prefix;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a session of ours sees of each fault of a simulated peer. */
@Timeout(60)
class PeerFaultTest {
  private static final Duration SOON = Duration.ofSeconds(10);
  private static final Prefix PREFIX = Prefix.parse("192.0.2.0/24");
  private static final NotificationMessage SHUTDOWN =
      NotificationMessage.of(BgpError.ADMINISTRATIVE_SHUTDOWN);

  /** An UPDATE whose attributes claim to be longer than the message. */
  private static final Octets IMPOSSIBLE =
      Octets.parse("ff".repeat(16) + "001702" + "0000" + "0010");

  private final SimulatedPeer peer =
      SimulatedPeer.start(config(SimulatedPeer.DEFAULT_AS, "192.0.2.254"));
  private final BlockingQueue<SessionEvent> events = new LinkedBlockingQueue<>();
  private final List<BgpDialer> dialers = new ArrayList<>();
  private volatile @Nullable BgpSession latest;

  @AfterEach
  void close() {
    dialers.forEach(BgpDialer::close);
    peer.close();
  }

  // The shortest hold time there is, so that what outlives it is soon told.
  private static SessionConfig config(long as, String routerId) {
    return new SessionConfig(
        as,
        OptionalLong.empty(),
        IpAddress.parse(routerId),
        Duration.ofSeconds(3),
        List.of(AddressFamily.IPV4_UNICAST));
  }

  @Test
  void refuseIsAConnectionRefused() {
    peer.inject(new PeerFault.Refuse());
    assertThatThrownBy(this::dial)
        .isInstanceOf(IOException.class)
        .hasStackTraceContaining("Connection refused");
  }

  @Test
  void refuseCutsASessionThatStands() throws IOException {
    establish();
    peer.inject(new PeerFault.Refuse());
    assertThat(ended().cause()).isEqualTo(EndCause.CONNECTION_LOST);
    assertThat(peer.awaitEnded(SOON).wasEstablished()).isTrue();
  }

  @Test
  void stallIsAConnectionWithoutAnOpen() throws IOException {
    peer.inject(new PeerFault.Stall());
    dial();
    await(SessionEvent.Sent.class);
    assertThat(poll(Duration.ofMillis(300))).isNull();
    peer.heal();
    assertThat(ended().cause()).isEqualTo(EndCause.CONNECTION_LOST);
    establish();
  }

  @Test
  void halfCloseEndsTheSession() throws IOException {
    establish();
    ours().send(announcement(PREFIX, 1));
    peer.awaitAnnounced(PREFIX, SOON);
    peer.inject(new PeerFault.HalfClose());
    assertThat(ended().cause()).isEqualTo(EndCause.CONNECTION_LOST);
    assertThat(peer.awaitWithdrawn(PREFIX, SOON).cause())
        .isEqualTo(HeardChange.Cause.SESSION_ENDED);
  }

  @Test
  void zeroWindowKeepsTheSessionAndTakesNoWithdraw() throws IOException {
    peer.inject(new PeerFault.ZeroWindow());
    establish();
    int messages = 2_000;
    for (int i = 0; i < messages; i++) {
      ours().send(announcement(PREFIX, 900));
    }
    ours().send(withdraw(PREFIX));
    // Four times a third of the hold time, and the peer's KEEPALIVEs keep the session.
    for (int i = 0; i < 4; i++) {
      awaitKeepalive();
    }
    assertThat(events).doesNotHaveAnyElementsOfTypes(SessionEvent.Ended.class);
    assertThat(peer.changes()).isEmpty();
    assertThat(peer.sessions()).hasSize(1);
    peer.heal();
    peer.awaitWithdrawn(PREFIX, SOON);
    assertThat(peer.messages(UpdateMessage.class)).hasSize(messages + 1);
  }

  @Test
  void zeroWindowHitsASessionThatStandsToo() throws IOException {
    establish();
    ours().send(announcement(PREFIX, 1));
    peer.awaitAnnounced(PREFIX, SOON);
    peer.inject(new PeerFault.ZeroWindow());
    ours().send(withdraw(PREFIX));
    peer.assertStaysAnnounced(PREFIX, Duration.ofMillis(500));
    peer.heal();
    peer.awaitWithdrawn(PREFIX, SOON);
  }

  @Test
  void slowReaderHearsTheWithdrawLate() throws IOException {
    peer.inject(new PeerFault.SlowReader(20_000));
    establish();
    long beforeNanos = System.nanoTime();
    for (int i = 0; i < 10; i++) {
      ours().send(announcement(PREFIX, 900));
    }
    ours().send(withdraw(PREFIX));
    long tookNanos = peer.awaitWithdrawn(PREFIX, SOON.plus(SOON)).nanos() - beforeNanos;
    // 10 messages of 3.6 KB.
    assertThat(Duration.ofNanos(tookNanos)).isGreaterThan(Duration.ofMillis(1_500));
    assertThat(peer.messages(UpdateMessage.class)).hasSize(11);
  }

  @Test
  void notifyEndsSessionsThatStandAndThoseToCome() throws IOException {
    establish();
    peer.inject(new PeerFault.Notify(SHUTDOWN));
    assertThat(ended().notification()).contains(SHUTDOWN);
    dial();
    SessionEvent.Ended second = ended();
    assertThat(second.cause()).isEqualTo(EndCause.NOTIFICATION_RECEIVED);
    assertThat(second.notification()).contains(SHUTDOWN);
    peer.heal();
    establish();
  }

  @Test
  void truncatedIsALostConnectionAndNoMessage() throws IOException {
    peer.inject(new PeerFault.Truncated(PeerFault.HALF_AN_UPDATE));
    dial();
    await(SessionEvent.Established.class); // on the peer's side it may be over by now
    assertThat(ended().cause()).isEqualTo(EndCause.CONNECTION_LOST);
  }

  @Test
  void malformedIsAnsweredWithANotification() throws IOException {
    establish();
    peer.inject(new PeerFault.Malformed(IMPOSSIBLE));
    NotificationMessage expected = NotificationMessage.of(BgpError.MALFORMED_ATTRIBUTE_LIST);
    SessionEvent.Ended ended = ended();
    assertThat(ended.cause()).isEqualTo(EndCause.NOTIFICATION_SENT);
    assertThat(ended.notification()).contains(expected);
    assertThat(peer.awaitNotification(SOON).message()).isEqualTo(expected);
  }

  @Test
  void silenceLastsUntilTheHoldTimeIsOver() throws IOException {
    establish();
    ours().send(announcement(PREFIX, 1));
    peer.awaitAnnounced(PREFIX, SOON);
    long sinceNanos = System.nanoTime();
    peer.inject(new PeerFault.Silence());
    NotificationMessage expired = NotificationMessage.of(BgpError.HOLD_TIMER_EXPIRED);
    assertThat(ended().notification()).contains(expired);
    assertThat(Duration.ofNanos(System.nanoTime() - sinceNanos))
        .isGreaterThan(Duration.ofMillis(1_900)); // its last KEEPALIVE may be a second old
    assertThat(peer.awaitNotification(SOON).message()).isEqualTo(expired);
  }

  @Test
  void wrongAsIsRefusedInTheOpen() throws IOException {
    peer.inject(new PeerFault.WrongAs(65551));
    dial();
    SessionEvent.Ended ended = ended();
    assertThat(ended.cause()).isEqualTo(EndCause.NOTIFICATION_SENT);
    assertThat(ended.notification()).contains(NotificationMessage.of(BgpError.BAD_PEER_AS));
    assertThat(peer.awaitNotification(SOON).message())
        .isEqualTo(NotificationMessage.of(BgpError.BAD_PEER_AS));
    peer.heal();
    establish();
  }

  @Test
  void otherFamiliesLeaveNoneInCommon() throws IOException {
    peer.inject(new PeerFault.OtherFamilies(List.of(AddressFamily.IPV6_UNICAST)));
    dial();
    assertThat(await(SessionEvent.Established.class).negotiated().families()).isEmpty();
  }

  @Test
  void resetInTheMiddleOfAnUpdateIsALostConnectionAndNoRoute() throws IOException {
    establish();
    peer.inject(new PeerFault.Reset(PeerFault.HALF_AN_UPDATE));
    SessionEvent.Ended ended = ended();
    assertThat(ended.cause()).isEqualTo(EndCause.CONNECTION_LOST);
    assertThat(ended.text()).containsIgnoringCase("reset");
    assertThat(peer.awaitEnded(SOON).wasEstablished()).isTrue();
  }

  @Test
  void theConversationTellsTheFault() throws IOException {
    establish();
    peer.inject(new PeerFault.Silence());
    assertThat(peer.conversation()).contains("#1 fault Silence[]");
  }

  private void dial() throws IOException {
    events.clear();
    SessionConfig any = config(64496, "192.0.2.1");
    SessionConfig config =
        new SessionConfig(
            any.localAs(),
            OptionalLong.of(SimulatedPeer.DEFAULT_AS),
            any.routerId(),
            any.holdTime(),
            any.families());
    dialers.add(
        BgpDialer.dial(
            peer.address(),
            config,
            (session, event) -> {
              latest = session;
              events.add(event);
            },
            SOON));
  }

  private void establish() throws IOException {
    dial();
    await(SessionEvent.Established.class);
    peer.awaitSession(SOON);
  }

  private BgpSession ours() {
    return Objects.requireNonNull(latest, "a session");
  }

  private SessionEvent.Ended ended() {
    return await(SessionEvent.Ended.class);
  }

  private void awaitKeepalive() {
    while (!(await(SessionEvent.Received.class).message() instanceof KeepaliveMessage)) {
      // An OPEN, or what the test does not ask for.
    }
  }

  private <E extends SessionEvent> E await(Class<E> kind) {
    while (true) {
      SessionEvent event = poll(SOON);
      assertThat(event).as("no %s came; the peer:\n%s", kind, peer.conversation()).isNotNull();
      if (kind.isInstance(event)) {
        return kind.cast(event);
      }
    }
  }

  private @Nullable SessionEvent poll(Duration bound) {
    try {
      return events.poll(bound.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError(e);
    }
  }

  /** An announcement whose AS path makes it as long as that. */
  private static UpdateMessage announcement(Prefix prefix, int hops) {
    List<PathAttribute.Segment> segments = new ArrayList<>();
    for (int left = hops; left > 0; left -= 255) {
      segments.add(
          new PathAttribute.Segment(
              PathAttribute.SegmentType.AS_SEQUENCE,
              Collections.nCopies(Math.min(left, 255), 64496L)));
    }
    return new UpdateMessage(
        List.of(),
        List.of(
            PathAttribute.Origin.IGP,
            new PathAttribute.AsPath(segments),
            new PathAttribute.NextHopAddress(IpAddress.parse("198.51.100.1"))),
        List.of(Nlri.of(prefix)));
  }

  private static UpdateMessage withdraw(Prefix prefix) {
    return new UpdateMessage(List.of(Nlri.of(prefix)), List.of(), List.of());
  }
}
